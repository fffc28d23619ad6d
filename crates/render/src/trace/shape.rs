//! The form of a text that may be part of an image, and the places in it at which a number does not change
//! its form: templates compare versions, split references and check digests.

use std::ops::Range;

/// The form of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The host of a registry.
    Registry,
    /// A repository, or any other text.
    Name,
    /// A tag or a version, with or without a digest after it.
    Tag,
    /// `sha256:…`, or only the hexadecimal digits.
    Digest,
    /// A whole reference.
    Image,
}

/// A place for a number: it replaces `replaced`, between two short texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) replaced: Range<usize>,
    pub(crate) before: &'static str,
    pub(crate) after: &'static str,
    /// The part of a reference in which it is.
    pub(crate) part: Part,
}

/// The parts of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The registry, if it is written separately.
    Registry,
    /// The repository.
    Name,
    /// Tag and digest.
    Version,
}

/// Characters of a digest that a number replaces.
pub(crate) const DIGITS: usize = 9;

/// The places for numbers in a text, from the first to the last.
pub(crate) fn slots(text: &str, shape: Shape) -> Vec<Slot> {
    match shape {
        Shape::Registry => vec![registry(text)],
        Shape::Name => vec![name(text, 0..text.len())],
        Shape::Tag => tag_and_digest(text),
        Shape::Digest => digest(text, 0..text.len()).into_iter().collect(),
        Shape::Image => image(text),
    }
}

/// The place before the host.
fn registry(text: &str) -> Slot {
    let at = text.find("://").map_or(0, |at| at + 3);
    Slot { replaced: at..at, before: "p", after: ".", part: Part::Registry }
}

/// The place after the last letter or digit.
fn name(text: &str, range: Range<usize>) -> Slot {
    let part = text.get(range.clone()).unwrap_or_default();
    let end = range.start + part.trim_end_matches(|last: char| !last.is_ascii_alphanumeric()).len();
    let at = if end == range.start { range.end } else { end };
    Slot { replaced: at..at, before: "-", after: "", part: Part::Name }
}

/// The third number of a version, or an additional number of a shorter one; for any other text, the place
/// after it.
fn tag(text: &str, range: Range<usize>) -> Slot {
    let part = text.get(range.clone()).unwrap_or_default();
    let prefix = part.len() - part.trim_start_matches('v').len();
    let mut start = prefix;
    for count in 1..=3 {
        let rest = part.get(start..).unwrap_or_default();
        let digits = rest.len() - rest.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
        let (from, to) = (range.start + start, range.start + start + digits);
        let next = part.get(start + digits..).and_then(|rest| rest.chars().next());
        match next {
            _ if digits == 0 || prefix > 1 => break,
            _ if count == 3 && !next.is_some_and(char::is_alphabetic) => {
                return Slot { replaced: from..to, before: "", after: "", part: Part::Version };
            }
            Some('.') => start += digits + 1,
            None | Some('-' | '+') => {
                return Slot { replaced: to..to, before: ".", after: "", part: Part::Version };
            }
            _ => break,
        }
    }
    Slot { part: Part::Version, ..name(text, range) }
}

fn tag_and_digest(text: &str) -> Vec<Slot> {
    let Some((version, _)) = text.split_once('@') else { return vec![tag(text, 0..text.len())] };
    let mut slots = vec![tag(text, 0..version.len())];
    slots.extend(digest(text, version.len() + 1..text.len()));
    slots
}

/// The last digits of a SHA-256; `None` for another text.
fn digest(text: &str, range: Range<usize>) -> Option<Slot> {
    let part = text.get(range.clone())?;
    let digits = part.strip_prefix("sha256:").unwrap_or(part);
    if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let replaced = range.end - DIGITS..range.end;
    Some(Slot { replaced, before: "", after: "", part: Part::Version })
}

/// A place in the repository, one in the tag and one in the digest.
fn image(text: &str) -> Vec<Slot> {
    let (rest, at) = text.split_once('@').map_or((text, None), |(rest, _)| (rest, Some(rest.len() + 1)));
    let colon = rest.rfind(':').filter(|colon| *colon > rest.rfind('/').unwrap_or_default());
    let mut slots = Vec::new();
    let end = colon.unwrap_or(rest.len());
    if end > 0 {
        slots.push(name(text, 0..end));
    }
    if let Some(colon) = colon.filter(|colon| colon + 1 < rest.len()) {
        slots.push(tag(text, colon + 1..rest.len()));
    }
    slots.extend(at.and_then(|at| digest(text, at..text.len())));
    slots
}

/// True for a SHA-256 with or without its prefix.
pub(crate) fn is_digest(text: &str) -> bool {
    digest(text, 0..text.len()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with `#` at the places of the numbers.
    fn marked(text: &str, shape: Shape) -> String {
        let mut out = String::new();
        let mut done = 0;
        for slot in slots(text, shape) {
            out.push_str(&text[done..slot.replaced.start]);
            out.push_str(&format!("{}#{}", slot.before, slot.after));
            done = slot.replaced.end;
        }
        out + &text[done..]
    }

    #[test]
    fn versions_stay_versions() {
        for (text, expected) in [
            ("1.27.3", "1.27.#"),
            ("v1.27.3-debian-12-r0", "v1.27.#-debian-12-r0"),
            ("1.27.3+build", "1.27.#+build"),
            ("1.2.3.4", "1.2.#.4"),
            ("1.25", "1.25.#"),
            ("1.25-alpine", "1.25.#-alpine"),
            ("16", "16.#"),
            ("v3", "v3.#"),
            ("2025.01.02", "2025.01.#"),
            ("1.2.3rc1", "1.2.3rc1-#"),
            ("latest", "latest-#"),
            ("1a2b3c4", "1a2b3c4-#"),
            ("v", "v-#"),
            ("vv1.2.3", "vv1.2.3-#"),
            ("RELEASE.2024-01-02T03-04-05Z", "RELEASE.2024-01-02T03-04-05Z-#"),
            ("1.", "1-#."),
            ("ö", "ö-#"),
        ] {
            assert_eq!(marked(text, Shape::Tag), expected);
        }
    }

    #[test]
    fn references_have_a_number_in_each_part() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let cut = format!("sha256:{}#", "a".repeat(55));
        for (text, shape, expected) in [
            ("quay.io/a/b", Shape::Name, "quay.io/a/b-#".to_owned()),
            ("quay.io/a/", Shape::Name, "quay.io/a-#/".to_owned()),
            ("quay.io", Shape::Registry, "p#.quay.io".to_owned()),
            ("https://quay.io", Shape::Registry, "https://p#.quay.io".to_owned()),
            (&digest, Shape::Digest, cut.clone()),
            ("sha256:abc", Shape::Digest, "sha256:abc".to_owned()),
            ("nginx", Shape::Image, "nginx-#".to_owned()),
            ("localhost:5000/a", Shape::Image, "localhost:5000/a-#".to_owned()),
            ("localhost:5000/a:1.2.3", Shape::Image, "localhost:5000/a-#:1.2.#".to_owned()),
            (&format!("a/b:1@{digest}"), Shape::Image, format!("a/b-#:1.#@{cut}")),
            (&format!("1.2.3@{digest}"), Shape::Tag, format!("1.2.#@{cut}")),
            (":1", Shape::Image, ":1-#".to_owned()),
        ] {
            assert_eq!(marked(text, shape), expected);
        }
    }
}
