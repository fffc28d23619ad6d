//! Corrections that are certain enough to be applied without confirmation. Each replaces the text of one
//! place; its quotes are added later.

use image::Image;
use model::{Fix, Problem, Reference};
use source::Site;

use super::searches::Near;

/// The fix of a missing tag: the only tag that differs by one typing mistake, or by a leading `v`. The
/// version has to be the same: another version may be a build that is not pushed yet.
pub(super) fn of_tag(reference: &Reference, image: &Image, near: &Near) -> Option<Fix> {
    replaced_tag(reference, image, near.only.as_deref()?)
}

/// The correction that replaces the tag of a reference, if one scalar contains the unchanged tag.
pub(super) fn replaced_tag(reference: &Reference, image: &Image, tag: &str) -> Option<Fix> {
    let wanted = image.tag.as_deref()?;
    let site = reference.parts.tag.as_ref().filter(|site| site.text() == wanted)?;
    let corrected = Image { tag: Some(tag.to_owned()), ..image.clone() };
    let description = format!("replace the tag {wanted} with {tag}");
    Some(Fix::of_place(description, site.clone(), tag.to_owned(), Some(corrected.to_string())))
}

/// The problem of a tag that Helm printed from a number, and its fix: quotes.
pub(super) fn of_printed(reference: &Reference, image: &Image) -> Option<(Problem, Option<Fix>)> {
    let (tag, site) = (image.tag.as_deref()?, reference.parts.tag.as_ref()?);
    let written = site.text();
    let printed = yaml::number(written)?.to_string();
    if tag != printed || printed == written {
        return None;
    }
    let corrected = Image { tag: Some(written.to_owned()), ..image.clone() };
    let fix = of_number(site).map(|fix| Fix { image: Some(corrected.to_string()), ..fix });
    Some((Problem::of_number(written, &printed, site.clone()), fix))
}

/// The fix of a tag that is a number: quotes around it.
pub(super) fn of_number(site: &Site) -> Option<Fix> {
    let written = site.text();
    if yaml::number(written).is_none() || line_before(site).contains('!') {
        return None;
    }
    Some(Fix::of_place(format!("quote the tag {written}"), site.clone(), written.to_owned(), None))
}

/// The text before a site on its line.
fn line_before(site: &Site) -> &str {
    let before = site.file.text().get(..site.span.range().start).unwrap_or_default();
    before.rsplit('\n').next().unwrap_or_default()
}
