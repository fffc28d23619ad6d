//! Versions of charts: single versions, and ranges of them.

/// True if a version is a range in the sense of Helm's and Flux's semantic versions: `^1.2`, `>=1 <2`,
/// `1.x`, `1.2`. A text that does not begin like a version is a tag.
pub(crate) fn is_range(version: &str) -> bool {
    if version.contains(['^', '~', '<', '>', '=', '*', '|', ',', ' ']) {
        return true;
    }
    let plain = version.strip_prefix('v').unwrap_or(version);
    let core = plain.split(['-', '+']).next().unwrap_or_default();
    let (mut parts, mut wild) = (0, false);
    for part in core.split('.') {
        let is_wild = matches!(part, "x" | "X");
        if !is_wild && !is_number(part) {
            return false;
        }
        parts += 1;
        wild |= is_wild;
    }
    parts < 3 || wild
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_numeric) && text.is_ascii()
}
