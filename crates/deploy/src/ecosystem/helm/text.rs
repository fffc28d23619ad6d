//! Distinguishes references from other texts in values.

use image::{self, Fault};
use yaml::{Meaning, Node};

use crate::reference::placeholder::placeholder;
use crate::reference::text::LONGEST;

/// True if a lone string is a reference: it has a tag or a digest, or it names a registry's host. A
/// placeholder counts if it is in a reference or under the plain key `image`.
pub(super) fn is_reference(key: &str, value: &Node, tagged: bool) -> bool {
    let Some(Meaning::Text(text)) = value.meaning() else { return false };
    if !may_be_name(text) {
        return text.starts_with("ko://") || key == "image" && text.starts_with("{{");
    }
    if placeholder(text).is_some() {
        return key == "image" || text.contains(['/', ':']);
    }
    let host = text.split_once('/').is_some_and(|(host, _)| host.contains('.'));
    !is_file(text)
        && (tagged || (key == "image" && host))
        && image::parse(text).map_or_else(|error| near_miss(text, &error), |_| true)
}

/// True if a text may be the name of an image: it is not an address, a path or a sentence.
pub(super) fn may_be_name(text: &str) -> bool {
    let is_other = text.is_empty() || text.contains("://") || text.starts_with(['/', '.']);
    !is_other && !text.contains(char::is_whitespace)
}

/// True if a text that is not a reference was meant to be one: it has a mistake within a name or a tag, and
/// is not another kind of text with a colon.
fn near_miss(text: &str, error: &image::ParseError) -> bool {
    let last = text.rsplit('/').next().unwrap_or_default();
    let slip = matches!(
        error.fault,
        Fault::UpperCase(_)
            | Fault::TagCharacter(_)
            | Fault::LongTag
            | Fault::DigestLength { .. }
            | Fault::DigestCharacter(_)
    );
    let plain = !text.contains(['(', ')', ';', ','])
        && last.split('@').next().unwrap_or_default().matches(':').count() <= 1;
    slip && plain
}

/// True if a text names a file, by its ending.
pub(super) fn is_file(text: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "png", "svg", "jpg", "jpeg", "gif", "ico", "iso", "img", "qcow2", "webp", "bmp", "raw", "vmdk",
        "vhd", "git",
    ];
    text.rsplit_once('.').is_some_and(|(_, end)| ENDINGS.contains(&end.to_ascii_lowercase().as_str()))
}

/// A scalar that is written, and neither null nor empty.
pub(super) fn scalar(node: &Node) -> Option<&Node> {
    let text = node.scalar()?;
    (!text.is_empty() && text.len() <= LONGEST && !node.is_null()).then_some(node)
}
