//! Corrections that are certain enough to be applied without a question.

use model::{Fix, Reference, TagList};
use source::Site;

use super::near;

/// The fix of a missing tag: the only tag one slip of the keyboard away, or the same with or without a leading `v`.
/// The version has to be the same: another version may be a build that is not pushed yet.
pub(super) fn of_tag(reference: &Reference, wanted: &str, list: &TagList) -> Option<Fix> {
    let site = reference.parts.tag.as_ref()?;
    if !list.complete || site.text() != wanted {
        return None;
    }
    let tag = near::only_slip(wanted, &list.tags)?;
    // A tag that is a scalar of its own must stay text.
    let is_scalar = site.span == reference.site.span;
    let replacement =
        if is_scalar && !is_quoted(site) && !is_text(tag) { format!("\"{tag}\"") } else { tag.to_owned() };
    Some(Fix::of_place(format!("replace the tag {wanted} with {tag}"), site.clone(), replacement))
}

/// The fix of a tag that is a number: quotes around it.
pub(super) fn of_number(site: &Site) -> Option<Fix> {
    let written = site.text();
    let tagged = line_before(site).contains('!');
    if yaml::number(written).is_none() || is_quoted(site) || tagged {
        return None;
    }
    Some(Fix::of_place(format!("quote the tag {written}"), site.clone(), format!("\"{written}\"")))
}

/// True if YAML reads a plain scalar of this text as text.
fn is_text(text: &str) -> bool {
    let word = text.to_ascii_lowercase();
    let other = ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    yaml::number(text).is_none() && !other.contains(&word.as_str())
}

fn is_quoted(site: &Site) -> bool {
    line_before(site).ends_with(['"', '\''])
}

/// The text before a site on its line.
fn line_before(site: &Site) -> &str {
    let before = site.file.text().get(..site.span.range().start).unwrap_or_default();
    before.rsplit('\n').next().unwrap_or_default()
}
