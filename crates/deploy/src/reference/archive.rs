//! References from the defaults of a fetched chart. Their place is the one in the repository that decides
//! which chart is used; the place in the chart is kept too.

use model::{DefaultOf, Reference, Target};
use source::Site;

/// A chart whose defaults or whose rendered result are read.
#[derive(Clone, Debug)]
pub(crate) struct Archive {
    /// The scalar in the repository that decides which chart it is.
    pub(crate) place: Site,
    /// True for a rendered result, false for defaults.
    pub(crate) is_rendered: bool,
}

/// Moves the places of a reference that are in an archive to the place in the repository that decides which archive it
/// is.
pub(super) fn place_in_repository(reference: &mut Reference, archive: &Archive) {
    let place = &archive.place;
    let parts = &mut reference.parts;
    let places = [&mut parts.repository, &mut parts.tag, &mut parts.digest];
    let (mut is_whole, mut first) = (reference.site.file.origin().is_some(), None);
    if is_whole {
        first = Some(reference.site.clone());
        reference.site = place.clone();
    }
    for part in places {
        let Some(site) = part.take_if(|site| site.file.origin().is_some()) else {
            is_whole &= part.is_none();
            continue;
        };
        first.get_or_insert(site);
    }
    if let Target::Malformed(problem) | Target::Unknown(problem) = &mut reference.target
        && problem.site.file.origin().is_some()
    {
        first.get_or_insert(std::mem::replace(&mut problem.site, place.clone()));
    }
    reference.related.retain(|(site, _)| site.file.origin().is_none());
    reference.default_of = first.map(|site| {
        Box::new(DefaultOf {
            chart: site.file.origin().unwrap_or_default().to_owned(),
            path: site.file.path().clone(),
            line: site.location().line,
            is_whole: is_whole && !archive.is_rendered,
        })
    });
}
