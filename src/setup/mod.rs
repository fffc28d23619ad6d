//! Failures in a cluster that no notification reports, determined from the files of a repository.

use deploy::Notifying;
use git::{Head, Repository};
use model::setup::{Counts, FaultKind, SETUP_SCHEMA_VERSION, Setup};

use crate::config::Options;
use crate::context::Context;
use crate::error::Error;
use crate::stages::Queries;

mod argo_cd;
mod fault;
mod flux;
mod pattern;

use fault::of_repository;

/// Reads the work tree, or the commit of `HEAD` if there is none, and finds the faults.
///
/// # Errors
/// [`Error`] if the folder is not a repository, or its files cannot be listed.
pub fn setup(options: &Options, context: &Context) -> Result<Setup, Error> {
    let repository = Repository::open(&context.root, &context.deadline)?;
    let head = if repository.workdir().is_some() { Head::Worktree } else { Head::from("HEAD") };
    let files = repository.all(&head)?.files;
    let repositories = Queries::begin(options, context, &*files)?.repositories();
    Ok(of(&deploy::notifying(&*files, options.max_file_size, &repositories)?))
}

fn of(notifying: &Notifying) -> Setup {
    let is = |kind: &str| notifying.watched.iter().filter(|watched| watched.resource.kind == kind).count();
    let objects = Counts {
        kustomizations: is("Kustomization"),
        helm_releases: is("HelmRelease"),
        alerts: notifying.alerts.len(),
        providers: notifying.providers.len(),
        applications: notifying.applications.len(),
    };
    let mut faults = Vec::new();
    if objects.kustomizations + objects.helm_releases + objects.applications == 0 {
        let message = "no Kustomization, HelmRelease or Application is in this repository";
        let help = "run it in the repository from which Flux or Argo CD deploys";
        faults.push(of_repository(FaultKind::NothingDeployed, message, help));
    }
    faults.extend(flux::faults(notifying));
    faults.extend(argo_cd::faults(notifying));
    faults.sort_by_key(|fault| fault.fault);
    Setup { schema_version: SETUP_SCHEMA_VERSION, objects, faults }
}

#[cfg(test)]
mod tests;
