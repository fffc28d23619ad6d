//! The paths that a walk looks at: commits that touch none of them leave a unit, or a reference, as it was.

use deploy::UnitState;
use git::PathFilter;
use model::Reference;
use source::Site;

/// Everything that a unit reads.
pub(crate) fn of_unit(state: &UnitState) -> PathFilter {
    let mut filter = PathFilter::default();
    for path in state.reads.files.keys() {
        filter.file(path);
    }
    add_listings(&mut filter, state);
    filter
}

/// The files that decide a reference, and those that put the unit together. Other files of a unit change often, and
/// rarely matter: whoever relies on this filter verifies the result.
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

/// All places that take part in a reference.
fn sites(reference: &Reference) -> Vec<&Site> {
    let parts = &reference.parts;
    let mut sites = vec![&reference.site];
    sites.extend([&parts.repository, &parts.tag, &parts.digest].into_iter().flatten());
    sites.extend(reference.related.iter().map(|(site, _)| site));
    sites
}
