//! The configuration of a run: the given file, or the one among the checked files or those of the base.

use std::path::Path;

use git::{Compared, Repository};
use model::policy::{FILE, Ignore, Policy};
use model::{FileProblem, Rule};
use source::{Files, RepoPath};

use crate::config::{self, ConfigError, Options};
use crate::context::Context;
use crate::error::Error;

/// The configuration of the options, otherwise the one at a path among these files.
pub(super) fn read(
    options: &Options,
    context: &Context,
    files: &dyn Files,
    path: &RepoPath,
) -> Result<config::File, Error> {
    let limit = options.max_file_size;
    if let Some(file) = &options.config {
        let (named, bytes) = context.read(file, limit)?;
        return Ok(config::File::parse(named, bytes)?);
    }
    match files.read(path, limit) {
        Ok(Some(bytes)) => Ok(config::File::parse(path.clone(), bytes)?),
        Ok(None) => Ok(config::File::default()),
        Err(error) => Err(ConfigError::of_file(path.clone(), error.to_string()).into()),
    }
}

/// Maximum size of a configuration of a work tree, in bytes.
const LARGEST: u64 = 1 << 20;

/// The configuration of the work tree of the current folder, or of the folder itself outside of a repository;
/// the defaults if there is none.
///
/// # Errors
/// [`Error`] if it cannot be read or has an error.
pub(crate) fn of_work_tree(context: &Context) -> Result<config::File, Error> {
    let top = match Repository::open(&context.root, &context.deadline) {
        Ok(repository) => repository.workdir().map(Path::to_owned),
        Err(_) => None,
    };
    let file = top.as_ref().unwrap_or(&context.root).join(FILE);
    if !file.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
        return Ok(config::File::default());
    }
    let (_, bytes) = context.read(&file, LARGEST)?;
    Ok(config::File::parse(RepoPath::new(FILE), bytes)?)
}

/// The configuration of a change: of its base, because a change must not disable the gate that it has to
/// pass.
pub(super) fn of_base(
    options: &Options,
    context: &Context,
    compared: &Compared,
    path: &RepoPath,
) -> Result<config::File, Error> {
    match read(options, context, &*compared.base, path) {
        Err(Error::Config(error)) if options.config.is_none() => {
            let base = &compared.comparison.base;
            Err(error
                .with_note(&format!(
                    "it is read from the base, {base}; --config {path} reads the file of the work tree"
                ))
                .into())
        }
        read => read,
    }
}

/// The notices on a change of the configuration itself.
pub(super) fn changed(compared: &Compared, path: &RepoPath, limit: u64) -> Vec<FileProblem> {
    let mut sides = compared.changes.iter().flat_map(|change| [&change.base, &change.head]);
    if !sides.any(|side| side.as_ref() == Some(path)) {
        return Vec::new();
    }
    let next = match compared.head.read(path, limit) {
        Ok(Some(bytes)) => config::File::parse(path.clone(), bytes),
        _ => Ok(config::File::default()),
    };
    let (then, error) = match next {
        Ok(next) => (format!("then: {}; ", next.summary()), None),
        Err(error) => (String::new(), Some(error)),
    };
    let mut problems = vec![FileProblem {
        rule: Rule::NotChecked,
        path: path.clone(),
        cause: "configuration-changed".to_owned(),
        message: "this change of the configuration takes effect after the merge".to_owned(),
        help: Some(format!(
            "{then}it is read from the base, and --config {path} tries the file of the work tree"
        )),
        site: None,
        about: 0,
    }];
    if let Some(error) = error {
        problems.push(FileProblem {
            rule: Rule::UnparseableFile,
            path: path.clone(),
            cause: "configuration-broken".to_owned(),
            message: format!("after the merge this configuration stops every run: {}", error.message),
            help: error.help,
            site: error.site,
            about: 0,
        });
    }
    problems
}

/// Notes the ignores that have expired.
pub(super) fn note_expired(policy: &Policy, context: &Context) {
    for ignore in &policy.expired {
        let Ignore { file, line, reason, .. } = ignore;
        let last = ignore.expires.map(|last| last.to_string()).unwrap_or_default();
        context.events.note(&format!(
            "the ignore on line {line} of {file} expired on {last} and covers nothing any more: {reason}"
        ));
    }
}
