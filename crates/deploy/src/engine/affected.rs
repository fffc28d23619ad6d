//! The units of a side, and those that a change affects: units that do not exist at base, and units with a recorded
//! read that differs.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use model::UnitId;
use source::RepoPath;
use source::change::Change;

use crate::ecosystem::kustomize::model::GeneratedKind;
use crate::engine::file_unit::FileUnit;
use crate::engine::generated::written;
use crate::engine::index::is_candidate;
use crate::engine::links;
use crate::engine::names::Names;
use crate::engine::nested;
use crate::engine::parallel;
use crate::engine::reads::{Difference, Lookup, Reads};
use crate::engine::root::Root;
use crate::engine::screen::Screen;
use crate::engine::side::Side;
use crate::engine::tree::Tree;
use crate::engine::unit::{Assembled, Pair, Unit};
use crate::engine::units::{charts, files, gone, is_unit};

/// The units that a change affects, each with the same unit at base. Without a base: the units that read a
/// changed file.
pub(crate) fn affected(head: &Side<'_>, base: Option<&Side<'_>>, changes: &[Change]) -> Affected {
    let changes = links::all_changes(changes, &head.files, base.map(|base| &base.files));
    let comparison = Comparison::new(head, base, &changes);
    let units = comparison.units();
    let effects = parallel::map(&units, |pair| comparison.effect(pair));
    comparison.lend_deployers();
    let mut affected =
        Affected { pairs: Vec::new(), gone: Vec::new(), read: comparison.read.clone(), changes };
    if let Some(base) = base {
        let kept = units.iter().filter_map(|pair| Some(pair.base.as_ref()?.id())).collect();
        affected.gone = gone(head, base, &comparison.difference, &kept);
    }
    for (mut pair, effect) in units.into_iter().zip(effects) {
        affected.read.extend(effect.read);
        if effect.is_affected {
            pair.assembled = effect.assembled;
            affected.pairs.push(pair);
        }
    }
    affected
}

/// The unit at base that a unit of head is compared with.
pub(crate) fn before(
    head: &Side<'_>,
    base: &Side<'_>,
    changes: &[Change],
    wanted: &UnitId,
) -> Option<UnitId> {
    let changes = links::all_changes(changes, &head.files, Some(&base.files));
    let units = Comparison::new(head, Some(base), &changes).units();
    let pair = units.into_iter().find(|pair| pair.head.id() == *wanted)?;
    pair.base.map(|unit| unit.id())
}

/// The units that a change affects.
pub(crate) struct Affected {
    /// Each with the same unit at base.
    pub(crate) pairs: Vec<Pair>,
    /// The units of base that head does not have.
    pub(crate) gone: Vec<Box<dyn Unit>>,
    /// The changed files that a unit of head reads, as far as tracing determines them.
    pub(crate) read: BTreeSet<RepoPath>,
    /// The changes, with those of paths that symbolic links add.
    pub(crate) changes: Vec<Change>,
}

/// The effect of a change on a unit.
#[derive(Default)]
struct Effect {
    is_affected: bool,
    /// The changed files that it reads, as far as they were traced.
    read: Vec<RepoPath>,
    /// Its full evaluation, if tracing alone does not determine its reads.
    assembled: Option<Assembled>,
}

struct Comparison<'a> {
    head: &'a Side<'a>,
    base: Option<&'a Side<'a>>,
    difference: Difference,
    /// From a path of head to its path at base, for the files that were renamed or added.
    moved: HashMap<RepoPath, Option<RepoPath>>,
    /// From a folder of head to the folder of base that all its kustomizations or manifests come from.
    moved_folders: HashMap<RepoPath, RepoPath>,
    /// Kustomizations of head with a read that differs, by themselves or below.
    differing: HashSet<RepoPath>,
    screen: Screen,
    /// The changed files that a kustomization of head reads by itself.
    read: BTreeSet<RepoPath>,
}

impl<'a> Comparison<'a> {
    fn new(head: &'a Side<'a>, base: Option<&'a Side<'a>>, changes: &[Change]) -> Self {
        let difference = Difference::new(changes);
        let (mut moved, mut moved_folders) = (HashMap::new(), HashMap::new());
        for change in changes.iter().filter(|change| change.base != change.head) {
            let Some(path) = &change.head else { continue };
            if base.is_some_and(|base| base.index.has_file(path)) {
                // The path was a link before; the file has another origin.
                continue;
            }
            moved.insert(path.clone(), change.base.clone());
            if let Some(before) = &change.base
                && !head.index.has_folder(&before.parent())
            {
                moved_folders.insert(path.parent(), before.parent());
            }
        }
        let (mut read, mut differing) = (BTreeSet::new(), Vec::new());
        for (folder, reads) in &head.graph().kustomizations {
            read.extend(reads.differing_files(&difference).cloned());
            if reads.differ(&difference) {
                differing.push(folder.clone());
            }
        }
        let differing = head.graph().with_users(differing);
        let screen = Screen::new(head, base, &difference, Names::new(head, base, &difference));
        Self { head, base, difference, moved, moved_folders, differing, screen, read }
    }

    /// All units of head, each with the same unit of base.
    fn units(&self) -> Vec<Pair> {
        let mut units = Vec::new();
        for root in self.head.graph().roots() {
            units.push(Pair::of(root.clone(), self.root_before(root)));
        }
        for chart in charts(self.head) {
            let before =
                self.base.and_then(|base| chart.before(&Tree::new(base), &|path| self.path_before(path)));
            units.push(Pair::of(chart, before));
        }
        for object in &self.head.objects {
            units.push(Pair::of(object.clone(), self.base.and_then(|base| object.same_in(base))));
        }
        for path in files(self.head).filter(|path| is_candidate(path)) {
            let before = self.path_before(path).filter(|before| self.stood_alone(before));
            units.push(Pair::of(FileUnit::new(path.clone()), before.map(FileUnit::new)));
        }
        units
    }

    /// Shares the deployers of head with the base, if the base has them too.
    fn lend_deployers(&self) {
        let Some(base) = self.base.filter(|base| self.head.graph().is_built_as(base.graph())) else { return };
        let (Ok(known), Ok(mut lent)) = (self.head.deployers.lock(), base.deployers.lock()) else { return };
        for (root, deployers) in known.iter() {
            let is_same = deployers.get().is_some_and(|recorded| !self.differ(&recorded.1, &mut Vec::new()));
            if is_same {
                lent.insert(*root, Arc::clone(deployers));
            }
        }
    }

    /// The path that a file of head had at base, if it existed there.
    fn path_before(&self, path: &RepoPath) -> Option<RepoPath> {
        match self.moved.get(path) {
            Some(before) => before.clone(),
            None => Some(path.clone()),
        }
    }

    fn stood_alone(&self, path: &RepoPath) -> bool {
        self.base.is_some_and(|base| is_candidate(path) && base.index.has_file(path) && is_unit(base, path))
    }

    /// The same root at base: on the same folder, or on the folder that it was renamed from.
    fn root_before(&self, root: &Root) -> Option<Root> {
        let base = self.base?;
        let on_same = same_root(base, self.head, root, &root.folder);
        on_same.or_else(|| same_root(base, self.head, root, self.moved_folders.get(&root.folder)?)).cloned()
    }

    /// The effect of the change on a unit: it is affected if it is new, or if a recorded read differs.
    fn effect(&self, pair: &Pair) -> Effect {
        let mut effect = Effect::default();
        if self.base.is_some() && pair.base.is_none() {
            effect.is_affected = true;
            return effect;
        }
        let traced = pair.head.traced(self.head);
        if self.differ(&traced, &mut effect.read) {
            effect.is_affected = true;
        } else if self.screen.passes(self.head, &traced) {
            let assembled = Assembled::new(&*pair.head, self.head);
            effect.is_affected = self.differ(&assembled.reads, &mut effect.read);
            effect.assembled = Some(assembled).filter(|_| effect.is_affected);
        } else {
            debug_assert!(!self.differs_in_full(&*pair.head), "the screen holds back {}", pair.head.id());
        }
        effect
    }

    /// True if the reads of a full evaluation differ.
    fn differs_in_full(&self, unit: &dyn Unit) -> bool {
        self.differ(&Assembled::new(unit, self.head).reads, &mut Vec::new())
    }

    /// True if recorded reads differ between base and head. `read` gets the files that differ.
    fn differ(&self, reads: &Reads, read: &mut Vec<RepoPath>) -> bool {
        read.extend(reads.differing_files(&self.difference).cloned());
        reads.differ(&self.difference)
            || reads.all_included().any(|folder| self.differing.contains(folder))
            || reads.lookups().any(|lookup| self.answer_differs(lookup))
    }

    fn answer_differs(&self, lookup: &Lookup) -> bool {
        if let Lookup::Named(kind, name) = lookup {
            return self.screen.names().holds(*kind, name);
        }
        let Some(base) = self.base else { return false };
        let head = self.head;
        let is_built_alike = head.graph().is_built_as(base.graph());
        if is_built_alike && !matches!(lookup, Lookup::Generators(_)) {
            // No file is on one side only.
            return false;
        }
        match lookup {
            Lookup::Folder(folder) => head.index.has_folder(folder) != base.index.has_folder(folder),
            Lookup::Elsewhere(url) => head.graph().is_elsewhere(url) != base.graph().is_elsewhere(url),
            Lookup::GitRepository(name) => head.git_repositories(name) != base.git_repositories(name),
            Lookup::Generators(name) => generated(head, name) != generated(base, name),
            Lookup::Deployers(file) => nested::deploying(head, file) != nested::deploying(base, file),
            Lookup::Named(..) => false,
        }
    }
}

/// The entries of kustomizations that generate a config map or a secret: the folder and the text of each.
fn generated<'s>(side: &'s Side<'_>, name: &str) -> Vec<(&'s RepoPath, String)> {
    let graph = side.graph();
    let mut entries = Vec::new();
    for kind in GeneratedKind::ALL {
        for (folder, entry) in graph.generators(kind, name) {
            entries.push((folder, written(entry)));
        }
    }
    entries
}

/// The root of base on a folder that is the same as one of head: deployed by the same resource or, if that resource was
/// renamed, by the only one of its kind.
fn same_root<'s>(base: &'s Side<'_>, head: &Side<'_>, root: &Root, folder: &RepoPath) -> Option<&'s Root> {
    let roots: Vec<&Root> =
        base.graph().roots_on(folder).filter(|other| other.group() == root.group()).collect();
    let named: Vec<&&Root> = roots.iter().filter(|other| other.name() == root.name()).collect();
    if let Some(same) = named.iter().find(|other| other.file() == root.file()).or(named.first()) {
        return Some(**same);
    }
    let [only] = roots.as_slice() else { return None };
    let is_kept = head.graph().roots_on(&root.folder).any(|other| other.name() == only.name());
    (!is_kept).then_some(*only)
}
