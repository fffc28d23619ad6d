//! The lines that git writes to a pre-push hook.

use pullable::hook::parse;

/// Reads any bytes as these lines.
pub fn run(data: &[u8]) {
    let Ok(pushed) = parse(data) else { return };
    assert!(pushed.len() <= data.split(|byte| *byte == b'\n').count());
    let mut lines = String::new();
    for one in &pushed {
        for oid in std::iter::once(&one.commit).chain(&one.there) {
            assert!(
                matches!(oid.len(), 40 | 64) && oid.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{oid:?}"
            );
            assert!(oid.bytes().any(|byte| byte != b'0'), "no object is pushed");
        }
        assert!(!one.remote_ref.contains(' ') && !one.remote_ref.starts_with("refs/tags/"), "{one:?}");
        let there = one.there.clone().unwrap_or_else(|| "0".repeat(one.commit.len()));
        lines.push_str(&format!("refs/heads/x {} {} {there}\n", one.commit, one.remote_ref));
    }
    assert_eq!(parse(lines.as_bytes()).unwrap(), pushed, "the same lines, printed and read again");
}
