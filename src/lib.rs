//! Nothing merges that cannot be pulled: the pre-merge gate for image references in GitOps repositories.
//!
//! The modules stand in the order of the pipeline, and data goes one way through it:
//! change → extract → resolve → judge → report. `docs/architecture.md` says which may import which.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

pub mod ci;

pub mod cli;
pub mod config;
pub mod context;
pub mod error;
pub mod explain;
pub mod hook;
mod lookup;
pub mod output;
pub mod report;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Instant;

use config::{ConfigError, Options, Scope, What};
use context::Context;
use deploy::extract::{self, Extraction, Input, Selection};
use error::Error;
use git::Head;
use judge::baseline::Baseline;
use model::policy::{self, FILE};
use model::{BaselineUse, Class, FileProblem, Report, Rule, SUBMODULE, Severity};
use source::change::{Base, Change, Comparison, Range};
use source::disk;
use source::{Files, Memory, RepoPath};

/// The gate: change → extract → resolve → judge; the caller reports.
///
/// # Errors
/// [`Error`] where the run could not happen.
pub async fn run(options: &Options, context: &Context<'_>) -> Result<Report, Error> {
    let start = Instant::now();
    let source = source(options, context)?;
    let files = source.paths.len();
    let baseline = options.baseline.as_deref().map(|file| read_baseline(file, options)).transpose()?;
    let policy = config::policy(options, source.config, baseline.as_ref(), context.today);
    policy.expired.iter().for_each(|ignore| (context.note)(&expiry(ignore)));
    let introduced = source.base.is_some();
    let Extraction { references, mut problems, .. } = extract::extract(&Input {
        head: &*source.head,
        base: source.base.as_deref(),
        selection: match &source.changes {
            Some(changes) => Selection::Changed(changes),
            None if matches!(options.what, What::Change) => Selection::Candidates,
            None => Selection::All,
        },
        max_file_size: options.max_file_size,
        ignores: &policy.ignores,
    })?;
    problems.extend(source.problems);
    let answers = match &options.network {
        Some(network) => lookup::ask(&references, &policy, network, start, context).await?,
        None => HashMap::new(),
    };
    let judged = judge::judge(references, problems, &policy, |reference| {
        answers.get(&lookup::request(reference, &policy)?).cloned()
    });
    // What was not looked at, or could not be verified, may still be there.
    let complete = options.network.is_some() && !introduced && judged.summary.unverified == 0;
    let looked_at = |path: &RepoPath| options.scope == Scope::All || source.paths.contains(path);
    let baseline = baseline.map(|baseline| BaselineUse::Applied {
        dropped: judged.in_baseline.len(),
        gone: complete.then(|| baseline.gone(&judged.in_baseline, looked_at)),
    });
    let mut report = Report {
        comparison: source.comparison,
        references: judged.references,
        findings: judged.findings,
        summary: judged.summary,
        baseline,
        overridden: judged.overridden,
        asked: options.network.is_some(),
        files,
        elapsed: start.elapsed(),
    };
    if let Some(file) = &options.write_baseline {
        report.baseline = Some(write_baseline(&report, file, context)?);
    }
    Ok(report)
}

/// The exit code of a report, whatever its format: 1 for what is known to be wrong, else 3 for what could
/// not be verified, else 0.
pub fn exit_code(report: &Report, options: &Options) -> u8 {
    let errors = || report.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let known = errors().any(|finding| finding.rule.class() != Class::Unverified);
    match (options.exit_zero || options.write_baseline.is_some(), known, errors().next().is_some()) {
        (true, _, _) | (_, _, false) => 0,
        (_, true, _) => 1,
        (_, false, true) => 3,
    }
}

/// The files that are looked at.
struct Source {
    comparison: Option<Comparison>,
    head: Box<dyn Files>,
    base: Option<Box<dyn Files>>,
    /// What differs; `None` where everything is looked at.
    changes: Option<Vec<Change>>,
    /// The files that the run is about.
    paths: HashSet<RepoPath>,
    problems: Vec<FileProblem>,
    config: config::File,
}

impl Source {
    fn whole(head: Box<dyn Files>, paths: Vec<RepoPath>, config: config::File) -> Self {
        let problems = extract::not_understood(paths.iter());
        let paths = paths.into_iter().collect();
        Self { comparison: None, head, base: None, changes: None, paths, problems, config }
    }
}

fn source(options: &Options, context: &Context<'_>) -> Result<Source, Error> {
    match &options.what {
        What::Stdin => {
            let path = config::stdin_path();
            let bytes = (context.stdin)().map_err(Error::Stdin)?;
            if bytes.len() as u64 > options.max_file_size {
                return Err(Error::StdinTooLarge { limit: options.max_file_size });
            }
            let memory = Memory::default().with(path.as_str(), bytes);
            let config = configuration(options, &disk::Paths::new(&[])?)?;
            Ok(Source::whole(Box::new(memory), vec![path], config))
        }
        What::Paths(paths) => {
            let files = disk::Paths::new(paths)?;
            let problems =
                files.problems().iter().map(|(path, why)| unreadable(path, why.clone())).collect::<Vec<_>>();
            let paths = files.list()?;
            let config = configuration(options, &files)?;
            let mut source = Source::whole(Box::new(files), paths, config);
            source.problems.extend(problems);
            Ok(source)
        }
        What::Change => {
            let repository = git::Repository::open(Path::new("."))?;
            let head = match &options.head {
                Some(head) => Head::from(head.as_str()),
                None if ci::is_ci(context.env) || repository.workdir().is_none() => {
                    Head::Commit("HEAD".to_owned())
                }
                None => Head::Worktree,
            };
            if options.scope == Scope::All {
                all(options, &repository, &head)
            } else {
                changed(options, context, &repository, head)
            }
        }
    }
}

fn all(options: &Options, repository: &git::Repository, head: &Head) -> Result<Source, Error> {
    let whole = repository.all(head)?;
    let listed = whole.files.list()?;
    let notices = extract::not_understood(listed.iter());
    let paths = listed.into_iter().filter(deploy::assemble::is_candidate).collect();
    let config = configuration(options, &*whole.files)?;
    let mut source = Source::whole(whole.files, paths, config);
    source.problems = notices;
    source.problems.extend(not_seen(&whole.submodules, &whole.not_utf8));
    Ok(source)
}

fn changed(
    options: &Options,
    context: &Context<'_>,
    repository: &git::Repository,
    head: Head,
) -> Result<Source, Error> {
    let mut range = match &options.base {
        Some((base, chosen_by)) => Range {
            base: Base::MergeBase(base.clone()),
            head: None,
            chosen_by: format!("{chosen_by} {base}"),
        },
        None => match ci::range(context.env, &repository.head_oid()?) {
            Some(range) => range?,
            None => repository.default_base()?,
        },
    };
    range.head = range.head.filter(|_| options.head.is_none());
    let compared = repository.compare(&range, head)?;
    let mut problems =
        extract::not_understood(compared.changes.iter().filter_map(|change| change.head.as_ref()));
    problems.extend(not_seen(&compared.submodules, &compared.not_utf8));
    // Of the base: a change must not switch off the gate that it has to pass.
    let config = configuration(options, &*compared.base).map_err(|error| match error {
        Error::Config(error) if options.config.is_none() => Error::Config(error.with_note(&format!(
            "it is read from the base, {}; --config {FILE} reads the one at hand",
            compared.comparison.base
        ))),
        error => error,
    })?;
    if options.config.is_none() && options.scope == Scope::Introduced {
        problems.extend(changed_configuration(&compared, options.max_file_size));
    }
    let base = (options.scope == Scope::Introduced).then_some(compared.base);
    Ok(Source {
        paths: compared
            .changes
            .iter()
            .filter_map(|change| change.head.clone())
            .filter(deploy::assemble::is_candidate)
            .collect(),
        changes: Some(compared.changes),
        comparison: Some(compared.comparison),
        head: compared.head,
        base,
        problems,
        config,
    })
}

/// The configuration that was named, else the one among these files.
fn configuration(options: &Options, files: &dyn Files) -> Result<config::File, Error> {
    let limit = options.max_file_size;
    let (path, bytes) = if let Some(file) = &options.config {
        disk::read_named(file, limit)?
    } else {
        let path = RepoPath::new(FILE);
        match files.read(&path, limit) {
            Ok(Some(bytes)) => (path, bytes),
            Ok(None) => return Ok(config::File::default()),
            Err(error) => return Err(ConfigError::of_file(path, error.to_string()).into()),
        }
    };
    Ok(config::File::parse(path, bytes)?)
}

/// What is to be said of a change of the configuration itself.
fn changed_configuration(compared: &git::Compared, limit: u64) -> Vec<FileProblem> {
    let path = RepoPath::new(FILE);
    let is_config = |side: &Option<RepoPath>| side.as_ref() == Some(&path);
    if !compared.changes.iter().any(|change| is_config(&change.base) || is_config(&change.head)) {
        return Vec::new();
    }
    let next = match compared.head.read(&path, limit) {
        Ok(Some(bytes)) => config::File::parse(path.clone(), bytes),
        _ => Ok(config::File::default()),
    };
    let then = next.as_ref().map(|next| format!("then: {}; ", next.effect())).unwrap_or_default();
    let mut problems = vec![FileProblem {
        rule: Rule::NotChecked,
        path: path.clone(),
        message: "this change of the configuration takes effect after the merge".to_owned(),
        help: Some(format!("{then}it is read from the base, and --config {FILE} tries the one at hand")),
        site: None,
        about: 0,
    }];
    problems.extend(next.err().map(|error| FileProblem {
        rule: Rule::UnparseableFile,
        path,
        message: format!("after the merge this configuration stops every run: {}", error.message),
        help: error.help,
        site: error.site,
        about: 0,
    }));
    problems
}

/// What is said of an ignore that has expired.
fn expiry(ignore: &policy::Ignore) -> String {
    let policy::Ignore { file, line, reason, .. } = ignore;
    let last = ignore.expires.map(|last| last.to_string()).unwrap_or_default();
    format!("the ignore on line {line} of {file} expired on {last} and covers nothing any more: {reason}")
}

fn read_baseline(file: &Path, options: &Options) -> Result<Baseline, Error> {
    let refused = |why: String| Error::Baseline { file: file.to_owned(), why };
    let (_, bytes) = disk::read_named(file, options.max_file_size).map_err(|error| refused(error.why()))?;
    Baseline::parse(&bytes).map_err(refused)
}

fn write_baseline(report: &Report, file: &Path, context: &Context<'_>) -> Result<BaselineUse, Error> {
    let baseline = Baseline::of(report);
    source::write::write(file, baseline.to_json().as_bytes())
        .map_err(|error| Error::WriteBaseline { file: file.to_owned(), why: error.to_string() })?;
    if report.summary.unverified > 0 {
        let n = report.summary.unverified;
        (context.note)(&format!("not verified, and so not in the baseline: {n} of the references"));
    }
    Ok(BaselineUse::Written { findings: baseline.len(), file: file.display().to_string() })
}

fn unreadable(path: &RepoPath, why: String) -> FileProblem {
    let is_name = why.ends_with(disk::NOT_UTF8);
    FileProblem {
        rule: if is_name { Rule::UnparseableFile } else { Rule::UnreadableFile },
        path: path.clone(),
        message: why,
        help: None,
        site: None,
        about: 0,
    }
}

/// What lies in the tree and cannot be looked into.
fn not_seen(submodules: &[RepoPath], not_utf8: &[String]) -> Vec<FileProblem> {
    let mut problems: Vec<FileProblem> = not_utf8
        .iter()
        .map(|name| unreadable(&RepoPath::new(name), format!("the file was not checked: {}", disk::NOT_UTF8)))
        .collect();
    problems.extend(submodules.iter().map(|path| FileProblem {
        rule: Rule::NotChecked,
        path: path.clone(),
        message: SUBMODULE.to_owned(),
        help: Some("run pullable in the submodule's own repository".to_owned()),
        site: None,
        about: 0,
    }));
    problems
}
