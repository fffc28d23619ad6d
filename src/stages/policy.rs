//! The policy of a run: configuration and baseline, and the commit from which they are read. In a pull
//! request this is the base in every mode, because a change must not disable the gate that it has to pass.

use git::{Compared, GitError, Head, Repository};
use judge::baseline::Baseline;
use model::FileProblem;
use model::effective::Origin;
use model::policy::{FILE, Policy};
use source::change::Range;
use source::{Files, RepoPath};

use crate::ci;
use crate::config::{self, Options, What};
use crate::context::Context;
use crate::error::Error;

use super::baseline;
use super::configuration;
use super::inside::inside;
use super::range::range;
use super::repositories;

/// Configuration and baseline, as they were read.
#[derive(Default)]
pub(super) struct Loaded {
    /// The configuration.
    pub(super) config: config::File,
    /// The place from which it was read; `None` if there is none.
    pub(super) origin: Option<Origin>,
    /// The baseline, if one is named.
    pub(super) baseline: Option<Baseline>,
    /// Notices: the change edits one of the two, or the base lacks it.
    pub(super) problems: Vec<FileProblem>,
    /// The files of the two, inside the repository.
    pub(super) files: Vec<RepoPath>,
    /// True if the change that is checked may have written the configuration.
    pub(super) is_of_change: bool,
    /// The change of the pull request, in a run over whole files.
    pub(super) change: Option<Compared>,
}

/// Reads the policy of a comparison from its base.
pub(super) fn of_base(
    options: &Options,
    context: &Context,
    repository: &Repository,
    compared: &Compared,
    folder: &RepoPath,
) -> Result<Loaded, Error> {
    let path = folder.join(FILE);
    let config = configuration::of_base(options, context, compared, &path)?;
    let base = Some(compared.comparison.base.clone());
    let origin = origin(options, &*compared.base, &path, base);
    let mut problems = Vec::new();
    if options.config.is_none() {
        problems.extend(configuration::changed(compared, &path, options.max_file_size));
    }
    let known = baseline::of_base(options, context, repository, compared)?;
    let mut loaded = Loaded {
        config,
        origin,
        baseline: None,
        problems,
        files: vec![path],
        is_of_change: false,
        change: None,
    };
    if let Some(known) = known {
        loaded.baseline = Some(known.baseline);
        loaded.problems.extend(known.problems);
        loaded.files.extend(known.path);
    }
    let named = options.config.as_ref();
    loaded.is_of_change = named.is_some_and(|file| inside(repository, context, file).is_some());
    Ok(loaded)
}

/// Reads the policy of a run over whole files: from the base of the pull request that CI names, otherwise
/// from these files and the disk.
pub(super) fn of_whole(options: &Options, context: &Context, files: &dyn Files) -> Result<Loaded, Error> {
    if ci::proposal(&context.env).is_some() && (options.config.is_none() || options.baseline.is_some()) {
        match Repository::open(&context.root, &context.deadline) {
            Ok(repository) => {
                let compared = comparison(options, context, &repository).map_err(no_base)?;
                // Given files are checked with the configuration of the current folder.
                let top = RepoPath::default();
                let folder = if options.what == What::Change { &top } else { repository.prefix() };
                let loaded = of_base(options, context, &repository, &compared, folder)?;
                return Ok(Loaded { change: Some(compared), ..loaded });
            }
            Err(GitError::NotARepository { .. }) => refuse(options, context, files)?,
            Err(error) => return Err(no_base(error.into())),
        }
    }
    let path = RepoPath::new(FILE);
    let config = configuration::read(options, context, files, &path)?;
    let origin = origin(options, files, &path, None);
    let baseline = baseline::on_disk(options, context)?;
    let is_of_change =
        options.config.as_ref().is_none_or(|file| match Repository::open(&context.root, &context.deadline) {
            Ok(repository) => inside(&repository, context, file).is_some(),
            Err(_) => context.path(file).starts_with(&context.root),
        });
    let (problems, files, change) = (Vec::new(), Vec::new(), None);
    Ok(Loaded { config, origin, baseline, problems, files, is_of_change, change })
}

/// The place of the configuration: the given file, or the one among these files, with or without a base
/// commit.
fn origin(options: &Options, files: &dyn Files, path: &RepoPath, base: Option<String>) -> Option<Origin> {
    if let Some(file) = &options.config {
        return Some(Origin { path: file.display().to_string(), base: None });
    }
    let is_there = matches!(files.read(path, options.max_file_size), Ok(Some(_)));
    is_there.then(|| Origin { path: path.to_string(), base })
}

fn comparison(options: &Options, context: &Context, repository: &Repository) -> Result<Compared, Error> {
    let checked_out = Range { head: None, ..range(options, context, repository)? };
    Ok(repository.compare(&checked_out, Head::from("HEAD"))?)
}

/// Fails if there is a policy, outside of a repository, that the change may have written.
fn refuse(options: &Options, context: &Context, files: &dyn Files) -> Result<(), Error> {
    let is_there = |file: &str| files.read(&RepoPath::new(file), options.max_file_size) != Ok(None);
    let below = |file: &std::path::PathBuf| context.path(file).starts_with(&context.root);
    let is_configured = options.config.is_none() && is_there(FILE);
    if is_configured || options.baseline.as_ref().is_some_and(below) {
        return Err(no_base(GitError::NotARepository { dir: context.root.clone() }.into()));
    }
    Ok(())
}

/// The error of a pull request whose base is not known.
fn no_base(error: Error) -> Error {
    match error {
        error @ (Error::Git(_) | Error::Ci(_)) => Error::PolicyBase(Box::new(error)),
        other => other,
    }
}

/// The policy of flags, configuration and baseline.
pub(super) fn effective(loaded: &Loaded, options: &Options, context: &Context) -> Policy {
    let mut policy = config::policy(options, &loaded.config, loaded.baseline.as_ref(), context.today);
    policy.files.clone_from(&loaded.files);
    repositories::add_remotes(&mut policy, context);
    if loaded.is_of_change && ci::from_fork(&context.env) {
        // The guard against private networks is on by default: a file of the change cannot disable it.
        policy.reach.deny_private = policy.reach.deny_private.filter(|deny| *deny);
    }
    policy
}
