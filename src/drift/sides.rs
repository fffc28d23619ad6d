//! The two sides of the comparison: what is known of Git, and what the dump tells.

use std::collections::HashSet;

use cluster::{Dump, KINDS};
use deploy::{Extraction, deployed_from};
use drift::{Compared, Git, Renamed};
use model::{Reference, Resource, Rule, UnitId};
use source::RepoPath;

use crate::config;
use crate::error::Error;

use super::session::Run;

impl Run<'_> {
    /// Compares a dump with the references of the commit.
    pub(super) fn compared(&self, dump: Dump, extraction: &Extraction) -> Result<Compared, Error> {
        let limit = self.options.max_file_size;
        let deployments = deploy::deployments(self.files, limit, &self.queries.repositories())?;
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
        let git = Git {
            references: &extraction.references,
            deployments: &deployments,
            suspended: &suspended,
            roots,
            chosen,
            unread: unread(extraction),
            mirrors: Renamed(self.queries.mirrors()?),
        };
        let names = dump.absent_kinds();
        let absent: Vec<&str> =
            KINDS.iter().filter(|(_, name)| names.contains(name)).map(|(kind, _)| *kind).collect();
        Ok(drift::compare(&git, &cluster::workloads(dump), &absent))
    }

    /// The folders of the command line, else those of the configuration; `None` for all units.
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

/// True if a unit on or below a folder has the reference.
fn is_below(reference: &Reference, root: &RepoPath) -> bool {
    let holders = reference.holders();
    let mut paths = holders.iter().map(|holder| holder.unit.path());
    paths.any(|path| path == root || path.ancestors().any(|above| above == *root))
}

/// The files of which something could not be read.
fn unread(extraction: &Extraction) -> Vec<RepoPath> {
    let rules = [Rule::UnreadableFile, Rule::UnparseableFile, Rule::BrokenKustomization];
    let problems = extraction.problems.iter().filter(|problem| rules.contains(&problem.rule));
    problems.map(|problem| problem.path.clone()).collect()
}

/// Facts that limit what the comparison tells.
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
            "registries were not queried (--offline): moved and unreproducible are not told".to_owned(),
        );
    }
    notices
}
