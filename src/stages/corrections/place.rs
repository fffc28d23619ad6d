//! The places where a digest belongs: after the tag of an image, in the `newTag` of kustomize, in the `tag`
//! of Helm values, and beside the `tag` of Flux' `OCIRepository`. These are the forms that Renovate and
//! Dependabot keep up to date; docs/fix.md has the table.

use image::Image;
use model::{Kind, Reference};
use source::{Site, Span};
use yaml::Scalars;

/// The comment of a line that Flux' image automation writes.
const IMAGE_POLICY: &str = "$imagepolicy";
/// The labels of scalars whose value is substituted in others.
const VARIABLES: &[&str] = &["variable", "value of the variable", "parameter"];

/// The place of a digest, and the text that is written there.
pub(super) struct Digest {
    pub(super) site: Site,
    pub(super) text: String,
    /// True if it becomes a separate entry after that of the place.
    pub(super) beside: bool,
}

/// The place of the digest of a reference, or the reason why it has none.
pub(super) fn of_digest(reference: &Reference, image: &Image, digest: &str) -> Result<Digest, String> {
    if let Some(old) = &image.digest {
        return of_old_digest(reference, old, digest);
    }
    if reference.kind == Kind::Artifact {
        return beside_tag(reference, digest);
    }
    match (&image.tag, &reference.parts.tag) {
        (Some(tag), Some(site)) if site.text() == tag => {
            Ok(Digest { site: site.clone(), text: format!("{tag}@{digest}"), beside: false })
        }
        (None, None) => {
            let site = reference.parts.repository.clone().filter(|site| *site.text() != *"");
            let site = site.ok_or("the name of the image is not written here")?;
            let text = format!("{}:latest@{digest}", site.text());
            Ok(Digest { site, text, beside: false })
        }
        _ => Err("the tag consists of several values".to_owned()),
    }
}

/// The replacement of an existing digest, with its algorithm or, as in some values, without it.
fn of_old_digest(reference: &Reference, old: &str, new: &str) -> Result<Digest, String> {
    let bare = |digest: &str| digest.split_once(':').map_or(digest, |(_, hex)| hex).to_owned();
    let site = reference.parts.digest.clone().ok_or("the digest is not written here")?;
    if site.text() == old {
        Ok(Digest { site, text: new.to_owned(), beside: false })
    } else if site.text() == bare(old) {
        Ok(Digest { site, text: bare(new), beside: false })
    } else {
        Err("the digest consists of several values".to_owned())
    }
}

/// The entry `digest` beside the `tag` of an `OCIRepository`: Flux uses the digest, and the tag is kept for
/// readers.
fn beside_tag(reference: &Reference, digest: &str) -> Result<Digest, String> {
    let site = reference.parts.tag.clone().filter(|_| &*reference.field == "spec.ref.tag");
    let site = site.ok_or("a digest here would replace the tag")?;
    Ok(Digest { site, text: digest.to_owned(), beside: true })
}

/// Fails with the reason if the scalar at a place does not accept a digest.
pub(super) fn allows_digest(reference: &Reference, site: &Site, scalars: &Scalars) -> Result<(), String> {
    let is_variable = |(at, label): &(Site, &'static str)| {
        VARIABLES.contains(label) && at.file.path() == site.file.path() && holds(at.span, site.span)
    };
    if reference.related.iter().any(is_variable) {
        return Err("it is the value of a variable, which other texts may use too".to_owned());
    }
    let last = site.location().end_line;
    if site.file.line(last).is_some_and(|line| line.contains(IMAGE_POLICY)) {
        return Err("Flux image automation writes this line, and would remove the digest".to_owned());
    }
    let whole = scalars.text(site.span).unwrap_or_default();
    if whole.contains("{{") || whole.contains("${") {
        return Err("it is written by a template or with a variable".to_owned());
    }
    let key = scalars.key(site.span).unwrap_or_default();
    let is_replaced = reference.parts.digest.as_ref().is_some_and(|old| old.span == site.span);
    let is_whole = whole == site.text();
    let is_tag = match reference.extractor {
        // `kubernetes`: values that a chart rendered into a container.
        "helm-values" | "kubernetes" => key == "tag" || key.ends_with("Tag"),
        _ => key == "newTag",
    };
    // A name without a tag also gets a tag, which only an image may have.
    let is_image = reference.parts.tag.is_some() || key.to_ascii_lowercase().ends_with("image");
    match (is_whole, reference.parts.tag.is_some()) {
        _ if is_replaced => Ok(()),
        (true, true) if !is_tag => Err(format!("`{key}` accepts a tag or a version, but no digest")),
        (true, false) | (false, _) if !is_image => Err(format!("`{key}` accepts no tag")),
        _ => Ok(()),
    }
}

fn holds(whole: Span, part: Span) -> bool {
    whole.start <= part.start && part.end <= whole.end
}
