//! The screen of a comparison: which units have to be evaluated to know whether the change reaches them through files and
//! resources that their documents name. Most changes can be no such file or resource, and then no document is parsed to
//! find that out. The screen only saves time: a unit that it passes is evaluated in full, and its reads decide.

use std::collections::HashMap;

use source::RepoPath;

use crate::document::is_kustomization_file;
use crate::ecosystem::argo_cd::model::is_override_file;
use crate::ecosystem::flux::model::is_git_repository;
use crate::engine::file;
use crate::engine::generated::generated_files;
use crate::engine::index::is_candidate;
use crate::engine::lookup::is_named_by_others;
use crate::engine::part::Part;
use crate::engine::reads::{Difference, Reads};
use crate::engine::says::Says;
use crate::engine::side::Side;
use crate::engine::tree::Tree;

/// The screen of a comparison.
#[derive(Debug)]
pub(crate) struct Screen {
    /// The words of the files that each kustomization of head reads, by itself or below.
    below: HashMap<RepoPath, Says>,
    /// The change may reach a release of Helm: a resource that it names, or a chart.
    reaches_releases: bool,
    /// The change may reach a resource that deploys a folder.
    reaches_deployers: bool,
}

impl Screen {
    pub(crate) fn new(head: &Side<'_>, base: Option<&Side<'_>>, difference: &Difference) -> Self {
        let sides: Vec<&Side<'_>> = std::iter::once(head).chain(base).collect();
        let generators_differ = base.is_some_and(|base| !head.graph().generates_as(base.graph()));
        let reaches_releases = generators_differ
            || sides.iter().any(|side| difference.files().any(|path| reaches_release(side, path)))
            || sides.iter().any(|side| generates_from(side, difference));
        let elsewhere_differs = base.is_some_and(|base| !head.graph().is_elsewhere_as(base.graph()));
        let reaches_deployers = reaches_releases
            || elsewhere_differs
            || difference.has_listings()
            || difference.files().any(is_kustomization_file)
            || head.index.files().any(is_override_file);
        Self { below: words_below(head), reaches_releases, reaches_deployers }
    }

    /// True if a unit of head with these traced reads has to be evaluated in full.
    pub(crate) fn passes(&self, head: &Side<'_>, traced: &Reads) -> bool {
        let mut words = words(head, traced);
        for folder in &traced.included {
            words = words.with(self.below.get(folder).copied().unwrap_or_default());
        }
        if !words.holds(Says::NAMING) {
            return false;
        }
        words.holds(Says::FILES)
            || self.reaches_releases
            || self.reaches_deployers && words.holds(Says::DEPLOYER)
    }
}

/// The words of the files of a record. A file that is no part of the result may still name a field of a part: an inline
/// patch of a kustomization does.
fn words(side: &Side<'_>, reads: &Reads) -> Says {
    let mut words = Says::default();
    for record in reads.records() {
        for (path, is_part) in &record.files {
            let says = side.index.says(path);
            words = words.with(if *is_part { says } else { says.only(Says::PATCHED) });
        }
    }
    words
}

/// The words of each kustomization, and of all that it includes.
fn words_below(side: &Side<'_>) -> HashMap<RepoPath, Says> {
    let graph = side.graph();
    let mut below: HashMap<RepoPath, Says> = HashMap::new();
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

/// True if a changed file holds a resource that releases name, or belongs to a chart.
fn reaches_release(side: &Side<'_>, path: &RepoPath) -> bool {
    holds_named(side, path)
        || side.index.deployers_in(path).iter().any(is_git_repository)
        || path.ancestors().any(|folder| side.index.has_file(&folder.join("Chart.yaml")))
}

fn holds_named(side: &Side<'_>, path: &RepoPath) -> bool {
    if !is_candidate(path) || !side.index.says(path).holds(Says::NAMED) {
        return false;
    }
    let mut found = false;
    if let Ok(Some(file)) = file::read(&Tree::new(side), path) {
        file::documents(&file, &mut |part| {
            found |= matches!(part, Part::Document(document) if is_named_by_others(&document));
        });
    }
    found
}

/// True if a kustomization generates a config map or a secret from a changed file.
fn generates_from(side: &Side<'_>, difference: &Difference) -> bool {
    for (folder, entry) in side.graph().all_generators() {
        if generated_files(folder, entry).iter().any(|path| difference.holds(path)) {
            return true;
        }
    }
    false
}
