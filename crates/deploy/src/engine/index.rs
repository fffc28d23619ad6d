//! The index of the files of a tree, with the facts that connect them. Every file is scanned, few are parsed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use source::change::Change;
use source::{Files as _, ReadError, RepoPath, SourceFile};
use yaml::{self, Node};

use crate::document::{Document, is_kustomization_file};
use crate::ecosystem::argo_cd::model as argo_cd;
use crate::ecosystem::flux::model::{Kustomization, is_git_repository};
use crate::engine::links::Followed;
use crate::engine::named_kind::NamedKind;
use crate::engine::parallel;
use crate::engine::schemas::Documents;
use crate::engine::words::Words;

/// The names of the file of a kustomization, in the order in which kustomize searches for them.
pub(crate) const KUSTOMIZATION_FILES: [&str; 3] =
    ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// True if a file may contain references, by its name.
pub fn is_candidate(path: &RepoPath) -> bool {
    path.is_yaml()
}

/// The files of a tree, and the facts of those that refer to other files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    /// Sorted.
    files: Vec<RepoPath>,
    known: HashSet<RepoPath>,
    facts: HashMap<RepoPath, Arc<Facts>>,
    /// From a folder to the facts of its kustomization.
    kustomizations: HashMap<RepoPath, Arc<Facts>>,
    /// Files that exist and that the system or git cannot read, each with the reason: their facts are not known.
    unreadable: BTreeMap<RepoPath, String>,
}

/// The facts of a file that concern other files.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The kustomization in the file, if it is one.
    pub(crate) kustomization: Option<Arc<Node>>,
    /// The resources in it that deploy folders: Flux Kustomizations, Argo CD Applications; and the repositories that
    /// these folders are in.
    pub(crate) deployers: Vec<Document>,
    /// The words in it.
    pub(crate) words: Words,
}

impl Facts {
    fn is_empty(&self) -> bool {
        self.kustomization.is_none() && self.deployers.is_empty() && self.words == Words::default()
    }
}

impl Index {
    /// Scans all files.
    ///
    /// # Errors
    /// [`ReadError`] if they cannot be listed.
    pub(crate) fn new(files: &Followed<'_>, limit: u64) -> Result<Self, ReadError> {
        let paths = files.list()?;
        let Seen { facts, unreadable } = look_through(files, limit, &candidates(&paths));
        let known = paths.iter().cloned().collect();
        let kustomizations = kustomizations(&facts);
        let mut index = Self { files: paths, known, facts, kustomizations, unreadable };
        index.look_through_named(files, limit);
        Ok(index)
    }

    /// Adds the facts of the files that kustomizations name as resources and that are no candidates: they may hold
    /// deployers. Facts of other files that are no candidates are removed.
    fn look_through_named(&mut self, files: &Followed<'_>, limit: u64) {
        let named = named(&self.kustomizations, &self.known);
        self.facts.retain(|path, _| is_candidate(path) || named.contains(path));
        let new: Vec<&RepoPath> = named.iter().filter(|path| !self.facts.contains_key(path)).collect();
        let seen = look_through(files, limit, &new);
        self.facts.extend(seen.facts);
        self.unreadable.extend(seen.unreadable);
    }

    /// The index of the base, before these changes.
    pub(crate) fn before(&self, files: &Followed<'_>, limit: u64, changes: &[Change]) -> Self {
        let mut before = self.clone();
        let (gone, came): (Vec<_>, Vec<_>) =
            changes.iter().map(|change| (change.head.clone(), change.base.clone())).unzip();
        let mut gone: Vec<RepoPath> = gone.into_iter().flatten().collect();
        gone.sort();
        before.files.retain(|path| gone.binary_search(path).is_err());
        before.facts.retain(|path, _| gone.binary_search(path).is_err());
        before.unreadable.retain(|path, _| gone.binary_search(path).is_err());
        let came: Vec<RepoPath> = came.into_iter().flatten().collect();
        let seen = look_through(files, limit, &candidates(&came));
        before.facts.extend(seen.facts);
        before.unreadable.extend(seen.unreadable);
        before.files.extend(came);
        before.files.sort();
        before.files.dedup();
        before.known = before.files.iter().cloned().collect();
        before.kustomizations = kustomizations(&before.facts);
        before.look_through_named(files, limit);
        before
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &RepoPath> {
        self.files.iter()
    }

    pub(crate) fn facts(&self) -> impl Iterator<Item = (&RepoPath, &Facts)> {
        self.files.iter().filter_map(|path| Some((path, &**self.facts.get(path)?)))
    }

    /// The files that the system or git cannot read, each with the reason.
    pub(crate) fn unreadable(&self) -> &BTreeMap<RepoPath, String> {
        &self.unreadable
    }

    /// The facts of a file.
    pub(crate) fn facts_of(&self, path: &RepoPath) -> Option<&Facts> {
        self.facts.get(path).map(|facts| &**facts)
    }

    /// The resources in a file that deploy folders.
    pub(crate) fn deployers_in(&self, path: &RepoPath) -> &[Document] {
        self.facts.get(path).map(|facts| facts.deployers.as_slice()).unwrap_or_default()
    }

    /// True if a file holds a resource that deploys a folder.
    pub(crate) fn deploys(&self, path: &RepoPath) -> bool {
        !self.deployers_in(path).is_empty()
    }

    /// The files that contain one of these words.
    pub(crate) fn with_words(&self, words: Words) -> impl Iterator<Item = &RepoPath> {
        self.facts().filter(move |(_, facts)| facts.words.holds(words)).map(|(path, _)| path)
    }

    /// The files that may contain a resource of a kind.
    pub(crate) fn possible(&self, kind: NamedKind) -> impl Iterator<Item = &RepoPath> {
        self.facts().filter(move |(_, facts)| kind.is_possible(facts.words)).map(|(path, _)| path)
    }

    /// The words of a file. A file that was not scanned may contain any word.
    pub(crate) fn words(&self, path: &RepoPath) -> Words {
        match self.facts.get(path) {
            Some(facts) => facts.words,
            None if is_candidate(path) || !self.has_file(path) => Words::default(),
            None => Words::ALL,
        }
    }

    /// The kustomization of a folder.
    pub(crate) fn kustomization(&self, folder: &RepoPath) -> Option<&Arc<Node>> {
        self.kustomizations.get(folder)?.kustomization.as_ref()
    }

    /// The existing files that kustomize may read as the kustomization of a folder.
    pub(crate) fn kustomization_files(&self, folder: &RepoPath) -> impl Iterator<Item = RepoPath> {
        let paths = KUSTOMIZATION_FILES.map(|name| folder.join(name));
        paths.into_iter().filter(|path| self.facts.contains_key(path))
    }

    /// The words of the kustomization of a folder.
    pub(crate) fn words_of_kustomization(&self, folder: &RepoPath) -> Words {
        self.kustomizations.get(folder).map(|facts| facts.words).unwrap_or_default()
    }

    /// The folders that have a kustomization.
    pub(crate) fn kustomizations(&self) -> impl Iterator<Item = (&RepoPath, &Arc<Node>)> {
        let mut all = BTreeMap::new();
        for (folder, facts) in &self.kustomizations {
            all.extend(facts.kustomization.as_ref().map(|kustomization| (folder, kustomization)));
        }
        all.into_iter()
    }

    /// True if a folder contains a file at any depth.
    pub(crate) fn has_folder(&self, folder: &RepoPath) -> bool {
        self.files_below(folder).next().is_some()
    }

    pub(crate) fn has_file(&self, path: &RepoPath) -> bool {
        self.known.contains(path)
    }

    /// The files below a folder.
    pub(crate) fn files_below<'a>(
        &'a self,
        folder: &RepoPath,
    ) -> impl Iterator<Item = &'a RepoPath> + use<'a> {
        let prefix = if folder.as_str().is_empty() { String::new() } else { format!("{folder}/") };
        let start = self.files.partition_point(|path| path.as_str() < prefix.as_str());
        let rest = self.files.get(start..).unwrap_or_default().iter();
        rest.take_while(move |path| path.as_str().starts_with(&prefix))
    }
}

/// The facts of the kustomization of each folder. If there are several files, the first in the order of
/// kustomize counts.
fn kustomizations(facts: &HashMap<RepoPath, Arc<Facts>>) -> HashMap<RepoPath, Arc<Facts>> {
    let mut all = HashMap::new();
    for name in KUSTOMIZATION_FILES {
        for (path, facts) in facts {
            if facts.kustomization.is_some() && path.file_name() == name {
                all.entry(path.parent()).or_insert_with(|| Arc::clone(facts));
            }
        }
    }
    all
}

fn candidates(paths: &[RepoPath]) -> Vec<&RepoPath> {
    paths.iter().filter(|path| is_candidate(path)).collect()
}

/// The existing files that kustomizations name as resources and that are no candidates. Go does not care about the case
/// of a field.
fn named(kustomizations: &HashMap<RepoPath, Arc<Facts>>, known: &HashSet<RepoPath>) -> BTreeSet<RepoPath> {
    let mut named = BTreeSet::new();
    for (folder, facts) in kustomizations {
        let Some(kustomization) = &facts.kustomization else { continue };
        kustomization.each_entry(|key, entries| {
            let is = |name: &str| key.scalar().is_some_and(|key| key.eq_ignore_ascii_case(name));
            if is("resources") || is("bases") {
                // Almost all entries have the usual suffix, and a comparison is cheaper than a path.
                let others = entries.items().iter().filter(|entry| !has_suffix(entry));
                named.extend(others.filter_map(Node::text).map(|entry| folder.join(entry)));
            }
        });
    }
    named.retain(|path| !is_candidate(path) && known.contains(path));
    named
}

/// True for the name of a file that is a candidate by its suffix.
fn has_suffix(entry: &Node) -> bool {
    const SUFFIXES: [&str; 2] = [".yaml", ".yml"];
    entry.scalar().is_some_and(|name| SUFFIXES.iter().any(|suffix| name.ends_with(suffix)))
}

/// The facts of files, and the files that cannot be read.
#[derive(Default)]
struct Seen {
    facts: HashMap<RepoPath, Arc<Facts>>,
    unreadable: BTreeMap<RepoPath, String>,
}

/// The facts of files, on all cores.
fn look_through(files: &Followed<'_>, limit: u64, paths: &[&RepoPath]) -> Seen {
    let mut paths = paths.to_vec();
    files.sort_for_reading(&mut paths);
    let facts = parallel::map_rows(&paths, |path| facts(files, limit, path));
    let mut seen = Seen::default();
    for (path, facts) in paths.into_iter().zip(facts) {
        match facts {
            Ok(Some(facts)) => _ = seen.facts.insert(path.clone(), Arc::new(facts)),
            Ok(None) | Err(ReadError::TooLarge { .. }) => {}
            Err(ReadError::Unreadable(why)) => _ = seen.unreadable.insert(path.clone(), why),
        }
    }
    seen
}

/// The facts of a file; `None` if there are none. A file that is no text is reported by its unit.
///
/// # Errors
/// [`ReadError`] if it cannot be read.
fn facts(files: &Followed<'_>, limit: u64, path: &RepoPath) -> Result<Option<Facts>, ReadError> {
    let bytes = files.read(path, limit)?;
    Ok(bytes.and_then(|bytes| facts_in(files, path, bytes)))
}

/// The facts in the bytes of a file.
fn facts_in(files: &Followed<'_>, path: &RepoPath, bytes: Vec<u8>) -> Option<Facts> {
    let is_kustomization = is_kustomization_file(path);
    let words = Words::of(&bytes);
    let mut facts = Facts { words, ..Facts::default() };
    if !is_kustomization && !words.holds(Words::DEPLOYER) {
        return (!facts.is_empty()).then_some(facts);
    }
    let file = Arc::new(SourceFile::decode(files.real(path).unwrap_or(path).clone(), bytes).ok()?);
    if is_kustomization {
        facts.kustomization = Some(kustomization(&file));
    } else {
        facts.deployers = deployers(&file, path);
    }
    // The template of a deployer is not a deployer yet.
    if facts.deployers.is_empty() && !is_kustomization && !is_template(path) {
        facts.words = facts.words.without(Words::DEPLOYER);
    }
    (!facts.is_empty()).then_some(facts)
}

/// The kustomization in a file. One that is empty or cannot be parsed is a root too: its build reports the fault.
fn kustomization(file: &Arc<SourceFile>) -> Arc<Node> {
    let mut first = None;
    yaml::each_document(file, |document| {
        first.get_or_insert_with(|| document.unwrap_or_else(|_| Node::whole_of(file)));
    });
    Arc::new(first.unwrap_or_else(|| Node::whole_of(file)))
}

/// The resources in a file that deploy folders.
fn deployers(file: &Arc<SourceFile>, path: &RepoPath) -> Vec<Document> {
    let mut deployers = Vec::new();
    Documents::of(file).each_other_readable(|root| {
        let (documents, _) = Document::classify(root, path);
        deployers.extend(documents.into_iter().filter(is_deployer));
    });
    deployers
}

/// True if a file may be a template of a chart.
fn is_template(path: &RepoPath) -> bool {
    path.ancestors().any(|folder| folder.file_name() == "templates")
}

fn is_deployer(document: &Document) -> bool {
    Kustomization::is(document)
        || is_git_repository(document)
        || argo_cd::is_application(document)
        || argo_cd::is_set(document)
}
