//! Units and files that the configuration excludes.

use std::collections::BTreeSet;

use model::UnitId;
use model::policy::Patterns;
use source::RepoPath;
use source::change::Change;

use crate::engine::index::is_candidate;
use crate::engine::side::Side;
use crate::engine::unit::{Pair, Unit};

/// Removes the units that are excluded. A unit that is excluded only at base is a new one at head.
pub(crate) fn apply(pairs: &mut Vec<Pair>, gone: &mut Vec<Box<dyn Unit>>, patterns: &Patterns) {
    pairs.retain(|pair| !is_excluded(&pair.head.id(), patterns));
    gone.retain(|unit| !is_excluded(&unit.id(), patterns));
    for pair in pairs {
        pair.base = pair.base.take().filter(|unit| !is_excluded(&unit.id(), patterns));
    }
}

/// True if a unit is excluded: its file, or its whole folder.
fn is_excluded(unit: &UnitId, patterns: &Patterns) -> bool {
    let path = unit.path();
    match unit {
        UnitId::File(_) | UnitId::Chart { values: Some(_), .. } => patterns.fit(path.as_str()),
        UnitId::Chart { values: None, .. } | UnitId::Kustomization(_) | UnitId::Deployed { .. } => {
            patterns.cover_folder(path)
        }
    }
}

/// The excluded files that the run covers and that no unit reads.
pub(crate) fn files(
    head: &Side<'_>,
    changes: Option<&[Change]>,
    patterns: &Patterns,
    read: &BTreeSet<RepoPath>,
) -> Vec<RepoPath> {
    let is_out = |path: &&RepoPath| patterns.fit(path.as_str()) && !read.contains(*path);
    let mut files: Vec<RepoPath> = match changes {
        Some(changes) => {
            changes.iter().filter_map(|change| change.head.as_ref()).filter(is_out).cloned().collect()
        }
        None => head.index.files().filter(|path| is_candidate(path)).filter(is_out).cloned().collect(),
    };
    files.sort();
    files
}
