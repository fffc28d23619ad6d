//! The screen of a comparison: a cheap test that selects the units which a change may reach through files and
//! resources that their documents name. Most changes cannot reach a unit in this way, and then no document is
//! parsed. The screen only saves time: a unit that it passes is evaluated completely, and its reads decide.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use source::{Files as _, RepoPath};

use crate::document::is_kustomization_file;
use crate::ecosystem::argo_cd::model::is_override_file;
use crate::ecosystem::flux::model::is_git_repository;
use crate::ecosystem::kustomize::model::has_fields_beside;
use crate::engine::names::Names;
use crate::engine::parallel;
use crate::engine::reads::{Difference, Reads, Use};
use crate::engine::side::Side;
use crate::engine::words::Words;

/// The screen of a comparison.
#[derive(Debug)]
pub(crate) struct Screen {
    /// The words of the files that each kustomization of head reads, by itself or below.
    below: HashMap<RepoPath, Words>,
    /// True if a chart differs, or the URL of a repository that has charts as files.
    reaches_releases: bool,
    /// True if the change may reach a resource that deploys a folder.
    reaches_deployers: bool,
    mentions: Mentions,
}

/// The files of head that may name a resource that differs.
#[derive(Debug)]
struct Mentions {
    names: Names,
    /// The files that were searched.
    known: Mutex<HashMap<RepoPath, bool>>,
    /// The kustomizations that have such a file, themselves or below.
    below: HashSet<RepoPath>,
}

impl Screen {
    pub(crate) fn new(
        head: &Side<'_>,
        base: Option<&Side<'_>>,
        difference: &Difference,
        names: Names,
    ) -> Self {
        let mut sides = std::iter::once(head).chain(base);
        let reaches_releases = sides.any(|side| difference.files().any(|path| reaches_release(side, path)));
        let elsewhere_differs = base.is_some_and(|base| !head.graph().is_elsewhere_as(base.graph()));
        let reaches_deployers = reaches_releases
            || elsewhere_differs
            || difference.has_listings()
            || difference.files().any(is_kustomization_file)
            || head.index.files().any(is_override_file);
        let mentions = Mentions::new(head, names);
        Self { below: words_below(head), reaches_releases, reaches_deployers, mentions }
    }

    /// The names of the resources that differ.
    pub(crate) fn names(&self) -> &Names {
        &self.mentions.names
    }

    /// True if a unit of head with these traced reads has to be evaluated completely.
    pub(crate) fn passes(&self, head: &Side<'_>, traced: &Reads) -> bool {
        let mut words = words(head, traced);
        for folder in traced.all_included() {
            words = words.with(self.below.get(folder).copied().unwrap_or_default());
        }
        if !words.holds(Words::NAMING) {
            return false;
        }
        words.holds(Words::FILES)
            || self.reaches_releases
            || self.reaches_deployers && words.holds(Words::DEPLOYER)
            || self.mentions.names.holds_repository() && words.holds(Words::HELM_CHART)
            || self.mentions.are_in(head, traced)
    }
}

impl Mentions {
    fn new(head: &Side<'_>, names: Names) -> Self {
        let mut mentions = Self { names, known: Mutex::default(), below: HashSet::new() };
        if !mentions.names.is_empty() {
            let kustomizations: Vec<_> = head.graph().kustomizations.iter().collect();
            let found = parallel::map(&kustomizations, |(_, reads)| mentions.are_in_files(head, reads));
            let with = kustomizations.iter().zip(found).filter(|(_, found)| *found);
            mentions.below =
                head.graph().with_users(with.map(|((folder, _), _)| (*folder).clone()).collect());
        }
        mentions
    }

    /// True if a file of a unit may name a resource that differs.
    fn are_in(&self, head: &Side<'_>, traced: &Reads) -> bool {
        traced.all_included().any(|folder| self.below.contains(folder)) || self.are_in_files(head, traced)
    }

    fn are_in_files(&self, head: &Side<'_>, traced: &Reads) -> bool {
        if self.names.is_empty() {
            return false;
        }
        for record in traced.records() {
            // A resource without look-ups names no other resource.
            let names_others = |(path, made): &(&RepoPath, &Use)| {
                **made != Use::Resource || head.index.words(path).holds(Words::LOOKING_UP)
            };
            let files = record.files.iter().filter(names_others).map(|(path, _)| path.clone());
            let kustomizations = record.kustomizations.iter().filter(|folder| changes_others(head, folder));
            let mut all =
                files.chain(kustomizations.flat_map(|folder| head.index.kustomization_files(folder)));
            if all.any(|path| self.is_in_file(head, path)) {
                return true;
            }
        }
        false
    }

    fn is_in_file(&self, head: &Side<'_>, path: RepoPath) -> bool {
        let known = self.known.lock().ok().and_then(|known| known.get(&path).copied());
        known.unwrap_or_else(|| {
            let found = match head.files.read(&path, head.limit) {
                Ok(bytes) => bytes.is_some_and(|bytes| self.names.may_be_in(&bytes)),
                Err(_) => true,
            };
            if let Ok(mut known) = self.known.lock() {
                known.insert(path, found);
            }
            found
        })
    }
}

/// The words of the files of a record. A file that is not part of the result may still name a field of a
/// part: an inline patch of a kustomization does.
fn words(side: &Side<'_>, reads: &Reads) -> Words {
    let mut words = Words::default();
    for record in reads.records() {
        for (path, made) in &record.files {
            let found = side.index.words(path);
            words = words.with(if *made == Use::Beside { found.only(Words::PATCHED) } else { found });
        }
        for folder in &record.kustomizations {
            words = words.with(side.index.words_of_kustomization(folder).only(Words::PATCHED));
        }
    }
    words
}

/// The words of each kustomization, and of all files that it includes.
fn words_below(side: &Side<'_>) -> HashMap<RepoPath, Words> {
    let graph = side.graph();
    let mut below: HashMap<RepoPath, Words> = HashMap::new();
    let mut open = Vec::new();
    for (folder, reads) in &graph.kustomizations {
        open.push((folder.clone(), words(side, reads)));
    }
    while let Some((folder, more)) = open.pop() {
        let known = below.entry(folder.clone()).or_default();
        let all = known.with(more);
        if all != *known {
            *known = all;
            for user in graph.users(&folder) {
                open.push((user.clone(), all));
            }
        }
    }
    below
}

/// True if the kustomization of a folder may change the objects that resources name. Components are searched
/// separately.
fn changes_others(side: &Side<'_>, folder: &RepoPath) -> bool {
    side.index.kustomization(folder).is_some_and(|own| has_fields_beside(own, &["components"]))
}

/// True if a changed file may reach a release that does not name it: one of a chart, or one with the URL of a repository.
fn reaches_release(side: &Side<'_>, path: &RepoPath) -> bool {
    side.index.deployers_in(path).iter().any(is_git_repository)
        || path.ancestors().any(|folder| side.index.has_file(&folder.join("Chart.yaml")))
}
