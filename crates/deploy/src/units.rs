//! Units of one tree by their identity: their references, and the files that these depend on. Walks through a
//! history use them to compare a unit with its earlier states.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use model::{Reference, UnitId};
use source::change::Change;
use source::{ReadError, RepoPath};

use crate::engine::affected;
use crate::engine::index::KUSTOMIZATION_FILES;
use crate::engine::links::Held;
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
    /// All its references, in the order of the documents, without those of charts from chart repositories.
    pub references: Vec<Box<Reference>>,
    /// The reads of its evaluation.
    pub reads: UnitReads,
}

/// The reads of an evaluation: if none of them differs, the unit is the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitReads {
    /// Files that were read, or whose existence was tested; true for files that combine others:
    /// kustomizations, and resources that deploy folders.
    pub files: BTreeMap<RepoPath, bool>,
    /// Folders whose files were listed, or whose existence was tested.
    pub folders: BTreeSet<RepoPath>,
}

/// The units of a tree, as far as its kustomizations and deployers determine them. The survey of a similar tree is derived from it, so that a walk through a history reads only the files that differ.
///
/// ```
/// use deploy::{Repositories, Survey};
/// use model::UnitId;
/// use source::{Files, Memory, RepoPath};
///
/// let pod = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: nginx:1.27}]}\n";
/// let files = Memory::default().with("pod.yaml", pod);
/// let survey = Survey::new(&files as &dyn Files, 1 << 20, &Repositories::default())?;
/// let unit = survey.unit(&UnitId::File(RepoPath::new("pod.yaml")));
/// assert_eq!(unit.map(|unit| unit.references.len()), Some(1));
/// assert!(survey.unit(&UnitId::File(RepoPath::new("absent.yaml"))).is_none());
/// # Ok::<(), source::ReadError>(())
/// ```
pub struct Survey<'a> {
    pub(crate) side: Side<'a>,
}

impl<'a> Survey<'a> {
    /// Surveys all files of a tree.
    ///
    /// # Errors
    /// [`ReadError`] if the files cannot be listed.
    pub fn new(
        files: impl Into<Held<'a>>,
        max_file_size: u64,
        repositories: &Repositories,
    ) -> Result<Self, ReadError> {
        Ok(Self { side: survey::whole(files, max_file_size, true, false, repositories)? })
    }

    /// The survey of another tree. `changes`: from that tree to this one.
    ///
    /// # Errors
    /// [`ReadError`] if the links cannot be listed.
    pub fn before<'b>(
        &self,
        files: impl Into<Held<'b>>,
        changes: &[Change],
    ) -> Result<Survey<'b>, ReadError> {
        Ok(Survey { side: survey::base_of(&self.side, files, changes)? })
    }

    /// Evaluates a unit; `None` if it is not in the tree.
    pub fn unit(&self, id: &UnitId) -> Option<UnitState> {
        let on_path = units::on(&self.side, id.path());
        let unit = on_path.iter().find(|unit| unit.id() == *id)?;
        Some(state(&**unit, &self.side))
    }

    /// A file that a unit reads and that the system or git cannot read, with the reason. Without a unit, any such file of
    /// the tree: the unit may exist there.
    pub fn unreadable(&self, unit: Option<&UnitState>) -> Option<(&RepoPath, &str)> {
        let mut all = self.side.index.unreadable().iter();
        let is_read = |path: &RepoPath| unit.is_none_or(|unit| unit.reads.files.contains_key(path));
        all.find(|(path, _)| is_read(path)).map(|(path, why)| (path, why.as_str()))
    }

    /// The units on a path: a folder may be a unit by itself and, in another tree, a unit that Flux deploys.
    pub fn units_on(&self, path: &RepoPath) -> Vec<UnitId> {
        units::on(&self.side, path).iter().map(|unit| unit.id()).collect()
    }

    /// True for a file on its own in or below the folder of a kustomization that does not include it. Kustomizations that
    /// cannot be read may include it.
    ///
    /// ```
    /// use deploy::{Repositories, Survey};
    /// use source::{Files, Memory, RepoPath};
    ///
    /// let files = Memory::default()
    ///     .with("apps/kustomization.yaml", "resources: [web.yaml]\n")
    ///     .with("apps/web.yaml", "kind: Pod\n")
    ///     .with("apps/old.yaml", "kind: Pod\n");
    /// let survey = Survey::new(&files as &dyn Files, 1 << 20, &Repositories::default())?;
    /// assert!(survey.is_left_out(&RepoPath::new("apps/old.yaml")));
    /// assert!(!survey.is_left_out(&RepoPath::new("apps/web.yaml")));
    /// # Ok::<(), source::ReadError>(())
    /// ```
    pub fn is_left_out(&self, path: &RepoPath) -> bool {
        let index = &self.side.index;
        let mut is_beside = false;
        for folder in path.ancestors() {
            if index.kustomization(&folder).is_some() {
                is_beside = true;
            } else if KUSTOMIZATION_FILES.iter().any(|name| index.has_file(&folder.join(name))) {
                return false;
            }
        }
        is_beside && units::is_unit(&self.side, path)
    }

    /// The unit of another tree that a comparison of the two treats as the same unit: it has the same folder
    /// and deployer, or was renamed. `changes`: from that tree to this one, with renames.
    pub fn unit_before(&self, base: &Survey<'_>, changes: &[Change], unit: &UnitId) -> Option<UnitId> {
        affected::before(&self.side, &base.side, changes, unit)
    }
}

fn state(unit: &dyn Unit, side: &Side<'_>) -> UnitState {
    let assembled = Assembled::new(unit, side);
    let references = references_in(unit.id(), &assembled);
    UnitState { references, reads: reads(assembled.reads, side) }
}

/// The reads of a unit, with those of the kustomizations that it includes.
fn reads(mut own: Reads, side: &Side<'_>) -> UnitReads {
    let graph = side.graph();
    let mut open: Vec<RepoPath> = own.all_included().cloned().collect();
    let mut seen: HashSet<RepoPath> = HashSet::new();
    while let Some(folder) = open.pop() {
        if let Some(included) = graph.kustomizations.get(&folder)
            && seen.insert(folder)
        {
            open.extend(included.included.iter().cloned());
            own.extend(included);
        }
    }
    let mut reads = UnitReads::default();
    for record in own.records() {
        reads.folders.extend(record.folders.iter().cloned());
    }
    for path in own.paths() {
        let facts = side.index.facts_of(&path);
        let puts_together =
            facts.is_some_and(|facts| facts.kustomization.is_some() || !facts.deployers.is_empty());
        // The deployers of the unit are built from files that many units share.
        let is_structure = puts_together && own.holds(&path);
        reads.files.insert(path, is_structure);
    }
    for lookup in own.lookups() {
        if let Lookup::Folder(folder) = lookup {
            reads.folders.insert(folder.clone());
        }
    }
    reads
}
