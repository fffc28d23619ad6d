//! The files that a run covers: a change between base and head, a whole head, given paths, or standard input.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use deploy::{is_candidate, not_understood};
use git::{Compared, Head, Repository};
use model::{FileProblem, Rule, SUBMODULE};
use source::change::{Change, Comparison};
use source::{Files, Memory, RepoPath, SourceFile, disk};

use crate::ci;
use crate::config::{self, Options, Scope, What};
use crate::context::Context;
use crate::error::Error;

use super::policy::{self, Loaded};
use super::range::range;
use super::same_commit;

/// The files that a run covers.
pub(super) struct Source {
    /// The commits that are compared; `None` if whole files are checked.
    pub(super) comparison: Option<Comparison>,
    /// The files of the head.
    pub(super) head: Box<dyn Files>,
    /// The files of the base, if only introduced references count.
    pub(super) base: Option<Box<dyn Files>>,
    /// The differences; `None` if everything is checked.
    pub(super) changes: Option<Vec<Change>>,
    /// The files that the run is about.
    pub(super) paths: HashSet<RepoPath>,
    /// The folder above all paths of the work tree; `None` for standard input.
    pub(super) root: Option<PathBuf>,
    /// The files that the run was given by name.
    pub(super) given: Vec<RepoPath>,
    /// Files that could not be read or evaluated.
    pub(super) problems: Vec<FileProblem>,
    /// Configuration and baseline.
    pub(super) policy: Loaded,
}

impl Source {
    fn whole(head: Box<dyn Files>, paths: Vec<RepoPath>, policy: Loaded) -> Self {
        let mut problems = not_understood(paths.iter());
        problems.extend_from_slice(&policy.problems);
        let paths = paths.into_iter().collect();
        Self {
            comparison: None,
            head,
            base: None,
            changes: None,
            paths,
            root: None,
            given: Vec::new(),
            problems,
            policy,
        }
    }
}

/// Finds the files of the options.
pub(super) fn source(options: &Options, context: &Context) -> Result<Source, Error> {
    match &options.what {
        What::Stdin => of_stdin(options, context),
        What::Paths(paths) => of_paths(paths, options, context),
        What::Change => {
            let repository = Repository::open(&context.root, &context.deadline)?;
            let head = head(options, context, &repository);
            if options.scope == Scope::All {
                of_head(options, context, &repository, &head)
            } else {
                of_change(options, context, &repository, head)
            }
        }
    }
}

impl Source {
    /// Leaves out files that are excluded.
    pub(super) fn leave_out(&mut self, excluded: &[RepoPath]) {
        for path in excluded {
            self.paths.remove(path);
        }
    }

    /// True if standard input has a Kubernetes object, or YAML that could not be read.
    pub(super) fn holds_objects(&self, options: &Options) -> bool {
        let bytes = self.head.read(&config::stdin_path(), options.max_file_size).ok().flatten();
        let file = bytes.and_then(|bytes| SourceFile::decode(config::stdin_path(), bytes).ok());
        let Some(file) = file else { return true };
        let mut found = false;
        yaml::each_document(&Arc::new(file), |document| {
            found |= document.is_ok_and(|root| root.get("kind").is_some() || !root.items().is_empty());
        });
        found
    }
}

fn of_stdin(options: &Options, context: &Context) -> Result<Source, Error> {
    same_commit::expect_here(context)?;
    let path = config::stdin_path();
    let bytes = context.input.read(options.max_file_size, &context.deadline).map_err(Error::Stdin)?;
    if bytes.len() as u64 > options.max_file_size {
        return Err(Error::StdinTooLarge { limit: options.max_file_size });
    }
    let memory = Memory::default().with(path.as_str(), bytes);
    let here = disk::Paths::new(&context.root, &[])?;
    let policy = policy::of_whole(options, context, &here)?;
    Ok(Source::whole(Box::new(memory), vec![path], policy))
}

fn of_paths(paths: &[PathBuf], options: &Options, context: &Context) -> Result<Source, Error> {
    same_commit::expect_here(context)?;
    let files = disk::Paths::new(&context.root, paths)?;
    let mut problems = Vec::new();
    for (path, why) in files.problems() {
        problems.push(unreadable(path, why.clone()));
    }
    let listed = files.list()?;
    let given = listed.iter().filter(|file| is_given(file, paths)).cloned().collect();
    let policy = policy::of_whole(options, context, &files)?;
    let mut source = Source::whole(Box::new(files), listed, policy);
    source.problems.extend(problems);
    source.given = given;
    source.root = Some(context.root.clone());
    Ok(source)
}

/// True if a path names the file itself, and not a folder above it.
fn is_given(file: &RepoPath, paths: &[PathBuf]) -> bool {
    paths.iter().any(|path| path.file_name().is_some_and(|name| name == file.file_name()))
}

/// The head of the options, otherwise the commit that is checked out in CI, otherwise the work tree.
fn head(options: &Options, context: &Context, repository: &Repository) -> Head {
    match &options.head {
        Some(head) => Head::from(head.as_str()),
        None if ci::is_ci(&context.env) || repository.workdir().is_none() => Head::Commit("HEAD".to_owned()),
        None => Head::Worktree,
    }
}

fn of_head(
    options: &Options,
    context: &Context,
    repository: &Repository,
    head: &Head,
) -> Result<Source, Error> {
    if options.head.is_none() {
        same_commit::expect(ci::proposal(&context.env).as_ref(), repository)?;
    }
    let whole = repository.all(head)?;
    let mut paths = whole.files.list()?;
    let notices = not_understood(paths.iter());
    paths.retain(is_candidate);
    let policy = policy::of_whole(options, context, &*whole.files)?;
    let mut source = Source::whole(whole.files, Vec::new(), policy);
    source.paths = paths.into_iter().collect();
    source.problems.extend(notices);
    source.problems.extend(not_seen(&whole.submodules, &whole.not_utf8));
    source.root = repository.workdir().map(Path::to_owned);
    Ok(source)
}

fn of_change(
    options: &Options,
    context: &Context,
    repository: &Repository,
    head: Head,
) -> Result<Source, Error> {
    let proposal = ci::proposal(&context.env);
    let mut wanted = range(options, context, repository)?;
    if options.head.is_some() {
        wanted.head = None;
    } else if wanted.head.is_none() {
        same_commit::expect(proposal.as_ref(), repository)?;
    }
    let compared = repository.compare(&wanted, head)?;
    let changed: Vec<RepoPath> = compared.changes.iter().filter_map(|change| change.head.clone()).collect();
    let mut problems = not_understood(changed.iter());
    problems.extend(not_seen(&compared.submodules, &compared.not_utf8));
    problems.extend(same_commit::nothing_compared(&compared, proposal.as_ref(), repository)?);
    let policy = policy::of_base(options, context, repository, &compared, &RepoPath::default())?;
    problems.extend_from_slice(&policy.problems);
    let Compared { comparison, changes, base, head, .. } = compared;
    Ok(Source {
        comparison: Some(comparison),
        head,
        base: (options.scope == Scope::Introduced).then_some(base),
        changes: Some(changes),
        paths: changed.into_iter().filter(is_candidate).collect(),
        root: repository.workdir().map(Path::to_owned),
        given: Vec::new(),
        problems,
        policy,
    })
}

/// Submodules and unusable names, which are in the tree and cannot be checked.
fn not_seen(submodules: &[RepoPath], not_utf8: &[String]) -> Vec<FileProblem> {
    let mut problems = Vec::new();
    for name in not_utf8 {
        let why = format!("the file was not checked: {}", disk::NOT_UTF8);
        problems.push(unreadable(&RepoPath::new(name), why));
    }
    for path in submodules {
        problems.push(FileProblem {
            rule: Rule::NotChecked,
            path: path.clone(),
            cause: "submodule".to_owned(),
            message: SUBMODULE.to_owned(),
            help: Some("run pullable in the submodule's own repository".to_owned()),
            site: None,
            about: 0,
        });
    }
    problems
}

fn unreadable(path: &RepoPath, why: String) -> FileProblem {
    let is_name = why.ends_with(disk::NOT_UTF8);
    let (rule, cause) = if is_name {
        (Rule::UnparseableFile, "file-name".to_owned())
    } else {
        (Rule::UnreadableFile, "unreadable".to_owned())
    };
    FileProblem { rule, path: path.clone(), cause, message: why, help: None, site: None, about: 0 }
}
