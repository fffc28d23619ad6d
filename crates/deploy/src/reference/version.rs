//! Versions of charts: what names one, and what leaves the choice to whoever resolves it.

/// Whether a version is a range in the sense of Helm's and Flux's semantic versions: `^1.2`, `>=1 <2`,
/// `1.x`, `1.2`. Whatever does not begin like a version is a tag.
pub(crate) fn is_range(version: &str) -> bool {
    if version.contains(['^', '~', '<', '>', '=', '*', '|', ',', ' ']) {
        return true;
    }
    let plain = version.strip_prefix('v').unwrap_or(version);
    let core = plain.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    let number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty();
    let wild = |part: &&str| matches!(*part, "x" | "X");
    let like_one = parts.iter().all(|part| number(part) || wild(part));
    like_one && (parts.len() < 3 || parts.iter().any(wild))
}
