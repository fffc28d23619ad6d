//! Units of one tree by their identity: their references, and the files that these depend on. For walks through a
//! history, which compare a unit with what it was.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::{Reference, UnitId};
use source::change::Change;
use source::{Files, ReadError, RepoPath};

use crate::engine::affected;
use crate::engine::each;
use crate::engine::reads::{Lookup, Reads};
use crate::engine::side::Side;
use crate::engine::survey;
use crate::engine::unit::{Assembled, Unit};
use crate::engine::units;
use crate::evaluate::references_in;
use crate::repositories::Repositories;

/// A unit of a tree.
#[derive(Clone, Debug)]
pub struct UnitState {
    /// All its references, in the order of the documents; charts of chart repositories take no part.
    pub references: Vec<Reference>,
    /// The reads of its evaluation.
    pub reads: UnitReads,
}

/// The reads of an evaluation: as long as none of them differs, a unit is the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitReads {
    /// Files that were read or looked for; true for those that put other files together: kustomizations, and the
    /// resources that deploy folders.
    pub files: BTreeMap<RepoPath, bool>,
    /// Folders whose files were listed, or looked for.
    pub folders: BTreeSet<RepoPath>,
}

/// Evaluates units of a tree; `None` for one that is not in it.
///
/// ```
/// use deploy::Repositories;
/// use model::UnitId;
/// use source::{Memory, RepoPath};
///
/// let pod = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: nginx:1.27}]}\n";
/// let files = Memory::default().with("pod.yaml", pod);
/// let wanted = [UnitId::File(RepoPath::new("pod.yaml")), UnitId::File(RepoPath::new("absent.yaml"))];
/// let units = deploy::units(&files, 1 << 20, &Repositories::default(), &wanted)?;
/// assert_eq!(units[0].as_ref().map(|unit| unit.references.len()), Some(1));
/// assert!(units[1].is_none());
/// # Ok::<(), source::ReadError>(())
/// ```
///
/// # Errors
/// [`ReadError`] where the files cannot be listed.
pub fn units(
    files: &dyn Files,
    max_file_size: u64,
    repositories: &Repositories,
    wanted: &[UnitId],
) -> Result<Vec<Option<UnitState>>, ReadError> {
    let side = survey::whole(files, max_file_size, true, repositories)?;
    let ids: HashSet<&UnitId> = wanted.iter().collect();
    let mut found = units::all(&side, |_| true);
    found.retain(|pair| ids.contains(&pair.head.id()));
    let states = each::map(&found, |pair| state(&*pair.head, &side));
    let by_id: HashMap<UnitId, UnitState> = found.iter().map(|pair| pair.head.id()).zip(states).collect();
    Ok(wanted.iter().map(|id| by_id.get(id).cloned()).collect())
}

/// The unit at base that a comparison of two trees takes for the same as a unit of head: of the same folder and
/// deployer, or of the one that it was renamed from.
///
/// # Errors
/// [`ReadError`] where the files cannot be listed.
pub fn unit_before(
    head: &dyn Files,
    base: &dyn Files,
    changes: &[Change],
    max_file_size: u64,
    repositories: &Repositories,
    unit: &UnitId,
) -> Result<Option<UnitId>, ReadError> {
    let new = survey::whole(head, max_file_size, true, repositories)?;
    let old = survey::base_of(&new, base, changes)?;
    Ok(affected::before(&new, &old, changes, unit))
}

/// The units of a tree on a path: a folder may be a unit by itself and, in another tree, one that Flux deploys.
///
/// # Errors
/// [`ReadError`] where the files cannot be listed.
pub fn units_on(
    files: &dyn Files,
    max_file_size: u64,
    repositories: &Repositories,
    path: &RepoPath,
) -> Result<Vec<UnitId>, ReadError> {
    let side = survey::whole(files, max_file_size, true, repositories)?;
    let mut ids: Vec<UnitId> = units::all(&side, |_| true).iter().map(|pair| pair.head.id()).collect();
    ids.retain(|id| id.path() == path);
    Ok(ids)
}

fn state(unit: &dyn Unit, side: &Side<'_>) -> UnitState {
    let assembled = Assembled::new(unit, side);
    let references = references_in(unit.id(), &assembled);
    UnitState { references, reads: reads(assembled.reads, side) }
}

/// The reads of a unit, with those of the kustomizations that it includes.
fn reads(mut own: Reads, side: &Side<'_>) -> UnitReads {
    let graph = side.graph();
    let mut open: Vec<RepoPath> = own.included.iter().cloned().collect();
    let mut seen: HashSet<RepoPath> = HashSet::new();
    while let Some(folder) = open.pop() {
        if let Some(included) = graph.kustomizations.get(&folder)
            && seen.insert(folder)
        {
            open.extend(included.included.iter().cloned());
            own.extend(included);
        }
    }
    let mut reads = UnitReads { files: BTreeMap::new(), folders: own.folders };
    for path in own.files.into_keys() {
        let facts = side.index.facts_of(&path);
        let is_structure =
            facts.is_some_and(|facts| facts.kustomization.is_some() || !facts.deployers.is_empty());
        reads.files.insert(path, is_structure);
    }
    for lookup in own.lookups {
        if let Lookup::Folder(folder) = lookup {
            reads.folders.insert(folder);
        }
    }
    reads
}
