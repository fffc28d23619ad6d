//! The two sides of the comparison: Git and the dump.

use std::collections::HashSet;

use cluster::{Dump, KINDS, Workload};
use deploy::{Deployment, Extraction, Survey, deployed_from, is_kustomization_file};
use drift::{Compared, Git, Renamed};
use git::Repository;
use model::{Reference, Resource, Rule, UnitId};
use source::RepoPath;

use crate::config;
use crate::error::Error;
use crate::stages::inside;

use super::session::Run;

impl Run<'_> {
    /// Compares a dump with the references of the commit.
    pub(super) fn compared(&self, dump: Dump, extraction: &Extraction) -> Result<Compared, Error> {
        let limit = self.options.max_file_size;
        let survey = Survey::new(self.files, limit, &self.queries.repositories())?;
        let deployments = survey.deployments();
        let suspended: Vec<Resource> = deploy::objects(self.files, limit, None)?
            .suspended
            .into_iter()
            .map(|object| object.resource)
            .collect();
        let roots = self.roots()?;
        let chosen: HashSet<UnitId> =
            roots.as_ref().map(|roots| deployed_from(&deployments, roots)).unwrap_or_default();
        for root in roots.iter().flatten() {
            let below = deployed_from(&deployments, std::slice::from_ref(root));
            if below.is_empty() && !extraction.references.iter().any(|reference| is_below(reference, root)) {
                return Err(Error::NoRoot { root: root.to_string(), head: self.head.clone() });
            }
        }
        let unread = unread(&survey, extraction, &deployments);
        let left_out = extraction.left_out(&survey, roots.as_deref().unwrap_or_default());
        let git = Git {
            references: &extraction.references,
            deployments: &deployments,
            suspended: &suspended,
            roots,
            chosen,
            unread,
            left_out,
            namespaces: self.wanted.namespaces.clone(),
            mirrors: Renamed(self.queries.mirrors()?),
        };
        let names = dump.absent_kinds();
        let absent: Vec<&str> =
            KINDS.iter().filter(|(_, name)| names.contains(name)).map(|(kind, _)| *kind).collect();
        let workloads = self.workloads(dump)?;
        Ok(drift::compare(&git, &workloads, &absent))
    }

    /// The workloads of a dump; an error if a compared namespace has none.
    fn workloads(&self, dump: Dump) -> Result<Vec<Workload>, Error> {
        let workloads = cluster::workloads(dump);
        for namespace in &self.wanted.namespaces {
            if !workloads.iter().any(|workload| workload.identity.namespace == *namespace) {
                return Err(Error::NoNamespace { namespace: namespace.clone() });
            }
        }
        Ok(workloads)
    }

    /// The folders of the command line, otherwise those of the configuration; `None` for all units.
    fn roots(&self) -> Result<Option<Vec<RepoPath>>, Error> {
        let mut roots = Vec::new();
        for written in &self.wanted.roots {
            roots.push(config::root(written).map_err(|why| Error::Usage(format!("--root: {why}")))?);
        }
        if roots.is_empty() {
            roots.clone_from(&self.queries.drift_settings().roots);
        }
        Ok((!roots.is_empty()).then_some(roots))
    }
}

/// The units with a part that could not be read, or that only `kustomize build` with a network can determine.
fn unread(survey: &Survey<'_>, extraction: &Extraction, deployments: &[Deployment]) -> HashSet<UnitId> {
    let paths = unread_files(extraction);
    let mut unread = HashSet::new();
    if paths.is_empty() {
        return unread;
    }
    for Deployment { unit, .. } in deployments {
        let mut below = paths.iter().filter(|path| path.is_on_or_below(unit.path()));
        let reads = || survey.unit(unit).map(|state| state.reads.files).unwrap_or_default();
        if below.next().is_some() || reads().keys().any(|path| paths.contains(path)) {
            unread.insert(unit.clone());
        }
    }
    unread
}

/// True if a unit on or below a folder has the reference.
fn is_below(reference: &Reference, root: &RepoPath) -> bool {
    let holders = reference.holders();
    holders.iter().any(|holder| holder.unit.path().is_on_or_below(root))
}

/// The files with a part that could not be read, and the kustomizations with a part that is not evaluated,
/// for example a remote base.
fn unread_files(extraction: &Extraction) -> HashSet<RepoPath> {
    let mut files = HashSet::new();
    for problem in &extraction.problems {
        let is_unread = match problem.rule {
            Rule::UnreadableFile | Rule::UnparseableFile | Rule::BrokenKustomization => true,
            Rule::NotChecked => is_kustomization_file(&problem.path),
            _ => false,
        };
        if is_unread {
            files.insert(problem.path.clone());
        }
    }
    files
}

/// Leaves out the dump if it is a file of the commit: its objects are those of the cluster, and it is not
/// deployed. Returns a notice if objects were left out.
pub(super) fn leave_out_dump(
    extraction: &mut Extraction,
    repository: &Repository,
    run: &Run<'_>,
) -> Option<String> {
    let path = inside(repository, run.context, &run.wanted.dump)?;
    let own = UnitId::File(path.clone());
    let before = extraction.references.len();
    extraction.references.retain(|reference| reference.unit != own || !reference.also_in.is_empty());
    let is_there = extraction.references.len() < before;
    is_there.then(|| {
        format!(
            "{path} is the dump, and also a file of the commit: its objects are not counted as \
                 deployed by Git"
        )
    })
}

/// Facts that limit the result.
pub(super) fn notices(dump: &Dump, run: &Run<'_>) -> Vec<String> {
    let mut notices = Vec::new();
    let absent = dump.absent_kinds();
    if !absent.is_empty() {
        let names = absent.join(", ");
        notices.push(format!(
            "the dump holds no {names}: if the cluster has some, add them to kubectl's command"
        ));
    }
    if !run.is_online() {
        notices.push(
            "registries were not queried (--offline): moved and unreproducible are not reported".to_owned(),
        );
    }
    notices
}
