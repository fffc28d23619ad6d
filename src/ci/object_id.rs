//! Object ids as CI systems write them.

/// Whether it is a whole object id, SHA-1 or SHA-256.
pub(super) fn is_object_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether an object id stands for no commit.
pub(super) fn is_zero(oid: &str) -> bool {
    oid.bytes().all(|byte| byte == b'0')
}
