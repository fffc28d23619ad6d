//! The paths that a walk watches: commits that change none of them do not change a unit, or a reference.

use deploy::UnitState;
use git::PathFilter;
use model::Reference;
use source::Site;

/// All paths that a unit reads.
pub(crate) fn of_unit(state: &UnitState) -> PathFilter {
    let mut filter = PathFilter::default();
    for path in state.reads.files.keys() {
        filter.file(path);
    }
    add_listings(&mut filter, state);
    filter
}

/// The files that decide a reference, and those that combine the files of the unit. Other files of a unit
/// change often and rarely matter: the caller has to verify a result that this filter gives.
pub(crate) fn of_reference(state: &UnitState, reference: &Reference) -> PathFilter {
    let mut filter = PathFilter::default();
    for (path, is_structure) in &state.reads.files {
        if *is_structure {
            filter.file(path);
        }
    }
    for site in sites(reference) {
        filter.file(site.file.path());
    }
    add_listings(&mut filter, state);
    filter
}

fn add_listings(filter: &mut PathFilter, state: &UnitState) {
    for folder in &state.reads.folders {
        filter.listing(folder);
    }
}

/// All places that contribute to a reference.
fn sites(reference: &Reference) -> Vec<&Site> {
    let parts = &reference.parts;
    let mut sites = vec![&reference.site];
    sites.extend([&parts.repository, &parts.tag, &parts.digest].into_iter().flatten());
    sites.extend(reference.related.iter().map(|(site, _)| site));
    sites
}
