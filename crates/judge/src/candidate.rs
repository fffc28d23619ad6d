//! Corrections that are likely, but that the user has to confirm.

use image::Image;
use model::{Candidate, Edit, Fix, Reference};

use super::certain::replaced_tag;
use super::searches::Near;

/// The registry that puts `library/` before names of one part.
const DOCKER_HUB: &str = "docker.io";
const LIBRARY: &str = "library/";

/// The corrections of a missing tag: the tags that differ by a typing mistake, the most likely first.
pub(super) fn of_tag(reference: &Reference, image: &Image, near: &Near) -> Vec<Candidate> {
    let caution = match near.mistaken.as_slice() {
        [_] if near.is_complete => "it may not be the intended version".to_owned(),
        [_] => "the registry lists more tags than were read".to_owned(),
        several => format!("{} tags are equally similar: {}", several.len(), several.join(", ")),
    };
    let mut candidates = Vec::new();
    for tag in &near.mistaken {
        let fix = replaced_tag(reference, image, tag);
        candidates.extend(fix.map(|fix| Candidate { fix, caution: caution.clone() }));
    }
    candidates
}

/// The correction of a misspelt repository: a similar name whose repository has the requested tag or digest.
pub(super) fn of_repository(reference: &Reference, image: &Image, near: &str) -> Option<Candidate> {
    let site = reference.parts.repository.as_ref()?;
    let (mut old, mut new) = (image.repository.as_str(), near);
    if image.registry == DOCKER_HUB && !site.text().ends_with(old) {
        (old, new) = (old.strip_prefix(LIBRARY)?, new.strip_prefix(LIBRARY).unwrap_or(new));
    }
    let kept = site.text().strip_suffix(old)?;
    if !kept.is_empty() && !kept.ends_with('/') {
        return None;
    }
    let edit = Edit { site: site.part(kept.len()..site.text().len()), replacement: new.to_owned() };
    let corrected = Image { repository: near.to_owned(), ..image.clone() };
    let description = format!("replace the repository {old} with {new}");
    let fix = Fix { description, edits: vec![edit], image: Some(corrected.to_string()) };
    Some(Candidate { fix, caution: "another repository may be meant".to_owned() })
}
