//! Units and files that the configuration excludes.

use std::collections::BTreeSet;

use model::UnitId;
use model::policy::Patterns;
use source::RepoPath;

use crate::engine::index::is_candidate;
use crate::plan::Plan;

/// Removes the units that are excluded. A unit that is excluded at base alone is a new one at head.
pub(crate) fn apply(plan: &mut Plan<'_>, patterns: &Patterns) {
    plan.pairs.retain(|pair| !is_excluded(&pair.head.id(), patterns));
    plan.gone.retain(|unit| !is_excluded(&unit.id(), patterns));
    for pair in &mut plan.pairs {
        pair.base = pair.base.take().filter(|unit| !is_excluded(&unit.id(), patterns));
    }
}

/// True if a unit is excluded: its file, or all of its folder.
fn is_excluded(unit: &UnitId, patterns: &Patterns) -> bool {
    let path = unit.path();
    match unit {
        UnitId::File(_) | UnitId::Chart { values: Some(_), .. } => patterns.fit(path.as_str()),
        UnitId::Chart { values: None, .. } | UnitId::Kustomization(_) | UnitId::Deployed { .. } => {
            patterns.cover_folder(path)
        }
    }
}

/// The excluded files that the run is about and that no unit reads.
pub(crate) fn files(plan: &Plan<'_>, patterns: &Patterns, read: &BTreeSet<RepoPath>) -> Vec<RepoPath> {
    let is_out = |path: &&RepoPath| patterns.fit(path.as_str()) && !read.contains(*path);
    let mut files: Vec<RepoPath> = match plan.changes {
        Some(changes) => {
            changes.iter().filter_map(|change| change.head.as_ref()).filter(is_out).cloned().collect()
        }
        None => plan.head.index.files().filter(|path| is_candidate(path)).filter(is_out).cloned().collect(),
    };
    files.sort();
    files
}
