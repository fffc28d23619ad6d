//! Nothing merges that cannot be pulled: the pre-merge gate for image references in GitOps repositories.
//!
//! The modules stand in the order of the pipeline, and data goes one way through it:
//! change → extract → resolve → judge → report. `docs/architecture.md` says which may import which.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

pub mod change;
pub mod image;
pub mod rule;
pub mod text;

pub mod ci;
pub mod files;
pub mod git;
pub mod yaml;

pub mod extract;
pub mod finding;
pub mod registry;
pub mod resolve;

pub mod cli;
pub mod config;
pub mod error;
pub mod judge;
pub mod report;

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use change::{Base, Comparison, Range};
use ci::Env;
use config::{Network, Options, Scope, What};
use error::Error;
use extract::{Extraction, Input, Pair};
use finding::{FileProblem, Kind, Reference, Report, Target};
use git::Head;
use image::Image;
use registry::{Answer, Registries, Subject};
use rule::Rule;
use text::{Files, Memory, RepoPath};

/// What a run takes from the world besides its options.
pub struct World<'a> {
    /// Environment variables.
    pub env: &'a Env,
    /// Standard input, read to its end or a byte beyond the limit.
    pub stdin: &'a dyn Fn() -> std::io::Result<Vec<u8>>,
    /// Told how many of how many requests are answered.
    pub progress: &'a dyn Fn(usize, usize),
    /// Told what is worth knowing of the way there: credentials that could not be read.
    pub note: &'a dyn Fn(&str),
}

/// The gate: change → extract → resolve → judge; the caller reports.
///
/// # Errors
/// [`Error`] where the run could not happen.
pub async fn run(options: &Options, world: &World<'_>) -> Result<Report, Error> {
    let start = Instant::now();
    let source = source(options, world)?;
    let files = source.pairs.len();
    let Extraction { references, mut problems } = extract::extract(&Input {
        head: &*source.head,
        base: source.base.as_deref(),
        pairs: source.pairs,
        max_file_size: options.max_file_size,
    });
    problems.extend(source.problems);
    let answers = match &options.network {
        Some(network) => ask(&references, network, start, world).await?,
        None => HashMap::new(),
    };
    let judged = judge::judge(references, problems, options.policy, |reference| {
        answers.get(&request(reference)?).cloned()
    });
    Ok(Report {
        comparison: source.comparison,
        references: judged.references,
        findings: judged.findings,
        summary: judged.summary,
        asked: options.network.is_some(),
        files,
        elapsed: start.elapsed(),
    })
}

/// The exit code of a report, whatever its format: 1 for what is known to be wrong, else 3 for what could
/// not be verified, else 0.
pub fn exit_code(report: &Report, options: &Options) -> u8 {
    let errors = || report.findings.iter().filter(|finding| finding.severity == rule::Severity::Error);
    let known = errors().any(|finding| finding.rule.class() != rule::Class::Unverified);
    match (options.exit_zero, known, errors().next().is_some()) {
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
    pairs: Vec<Pair>,
    problems: Vec<FileProblem>,
}

impl Source {
    fn whole(head: Box<dyn Files>, paths: Vec<RepoPath>) -> Self {
        let problems = extract::not_understood(paths.iter());
        Self { comparison: None, head, base: None, pairs: extract::whole(paths), problems }
    }
}

fn source(options: &Options, world: &World<'_>) -> Result<Source, Error> {
    match &options.what {
        What::Stdin => {
            let path = config::stdin_path();
            let bytes = (world.stdin)().map_err(Error::Stdin)?;
            if bytes.len() as u64 > options.max_file_size {
                return Err(Error::StdinTooLarge { limit: options.max_file_size });
            }
            let memory = Memory::default().with(path.as_str(), bytes);
            Ok(Source::whole(Box::new(memory), vec![path]))
        }
        What::Paths(paths) => {
            let files = files::Paths::new(paths)?;
            let problems =
                files.problems().iter().map(|(path, why)| unreadable(path, why.clone())).collect::<Vec<_>>();
            let paths = files.list()?;
            let mut source = Source::whole(Box::new(files), paths);
            source.problems.extend(problems);
            Ok(source)
        }
        What::Change => {
            let repository = git::Repository::open(Path::new("."))?;
            let head = match &options.head {
                Some(head) => Head::from(head.as_str()),
                None if ci::is_ci(world.env) || repository.workdir().is_none() => {
                    Head::Commit("HEAD".to_owned())
                }
                None => Head::Worktree,
            };
            if options.scope == Scope::All {
                all(&repository, &head)
            } else {
                changed(options, world, &repository, head)
            }
        }
    }
}

fn all(repository: &git::Repository, head: &Head) -> Result<Source, Error> {
    let whole = repository.all(head)?;
    let listed = whole.files.list()?;
    let notices = extract::not_understood(listed.iter());
    let paths = listed.into_iter().filter(extract::is_candidate).collect();
    let mut source = Source::whole(whole.files, paths);
    source.problems = notices;
    source.problems.extend(not_seen(&whole.submodules, &whole.not_utf8));
    Ok(source)
}

fn changed(
    options: &Options,
    world: &World<'_>,
    repository: &git::Repository,
    head: Head,
) -> Result<Source, Error> {
    let range = match &options.base {
        Some((base, chosen_by)) => Range {
            base: Base::MergeBase(base.clone()),
            head: None,
            chosen_by: format!("{chosen_by} {base}"),
        },
        None => match ci::range(world.env, &repository.head_oid()?) {
            Some(range) => range?,
            None => repository.default_base()?,
        },
    };
    let compared = repository.compare(&range, head)?;
    let mut problems =
        extract::not_understood(compared.changes.iter().filter_map(|change| change.head.as_ref()));
    problems.extend(not_seen(&compared.submodules, &compared.not_utf8));
    let base = (options.scope == Scope::Introduced).then_some(compared.base);
    Ok(Source {
        pairs: extract::affected(&compared.changes),
        comparison: Some(compared.comparison),
        head: compared.head,
        base,
        problems,
    })
}

fn unreadable(path: &RepoPath, why: String) -> FileProblem {
    FileProblem { rule: Rule::UnparseableFile, path: path.clone(), message: why, help: None, site: None }
}

/// What lies in the tree and cannot be looked into.
fn not_seen(submodules: &[RepoPath], not_utf8: &[String]) -> Vec<FileProblem> {
    let mut problems: Vec<FileProblem> = not_utf8
        .iter()
        .map(|name| {
            unreadable(&RepoPath::new(name), "the path is not UTF-8; the file was not checked".to_owned())
        })
        .collect();
    problems.extend(submodules.iter().map(|path| FileProblem {
        rule: Rule::NotChecked,
        path: path.clone(),
        message: "a submodule's files are not checked here".to_owned(),
        help: Some("run pullable in the submodule's own repository".to_owned()),
        site: None,
    }));
    problems
}

/// What a registry is asked for a reference; nothing where there is no image to ask for.
fn request(reference: &Reference) -> Option<(Image, Subject)> {
    let Target::Known(image) = &reference.target else { return None };
    let all = reference.ignores.iter().any(|ignore| ignore.rules.is_empty());
    let subject = if reference.kind == Kind::Repository { Subject::Repository } else { Subject::Manifest };
    (!all).then(|| (image.clone(), subject))
}

async fn ask(
    references: &[Reference],
    network: &Network,
    start: Instant,
    world: &World<'_>,
) -> Result<HashMap<(Image, Subject), Answer>, Error> {
    let requests: Vec<(Image, Subject)> = references.iter().filter_map(request).collect();
    if requests.is_empty() {
        return Ok(HashMap::new());
    }
    let registries = Registries::new(registry::Options {
        insecure: network.insecure.clone(),
        timeout: network.timeout,
        deadline: start + network.deadline,
        concurrency: network.concurrency,
        credentials: registry::CredentialSources::from_env(&|name| world.env.get(name)),
        user_agent: concat!("pullable/", env!("CARGO_PKG_VERSION")).to_owned(),
    })?;
    let answers = resolve::resolve(&registries, requests.clone(), world.progress).await;
    registries.warnings().iter().for_each(|warning| (world.note)(warning));
    Ok(requests.into_iter().zip(answers).collect())
}
