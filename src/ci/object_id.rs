//! Object ids as git and CI systems write them.

/// True for a whole object id, SHA-1 or SHA-256.
pub(crate) fn is_object_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// True for the object id that means no object, of either hash.
pub(crate) fn is_zero(oid: &str) -> bool {
    oid.bytes().all(|byte| byte == b'0')
}
