//! The errors that end a run with exit code 2, each with its remedy. A broken file is a finding, and a
//! failing registry is an answer; they are not errors of this kind.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use crate::ci::CiError;
use crate::config::ConfigError;
use crate::forge::ForgeError;
use crate::hook::HookError;
use crate::init::InitError;
use crate::output::OutputError;
use cluster::DumpError;
use git::GitError;
use history::HistoryError;
use registry::SetupError;
use source::disk::PathError;
use source::{ReadError, Site};

/// The remedy for a notification that cannot be read.
const EVENT: &str = "--event takes an event of Flux, a notification of Argo CD by the template of examples/sentry, GitHub's \
    event file ($GITHUB_EVENT_PATH), or GitLab's TRIGGER_PAYLOAD";
/// The remedy for reports that cannot be merged.
const MERGE: &str =
    "each shard of one commit writes its report with: pullable audit --shard I/N --report json=FILE";

/// The remedy for standard input without documents to check.
const EMPTY: &str =
    "check the command before the pipe: it printed nothing, or an error (set -o pipefail stops at it)";

/// An error that ends a run.
#[derive(Debug, Error)]
pub enum Error {
    /// Arguments that cannot be combined.
    #[error("{0}")]
    Usage(String),
    /// The folder of `-C` cannot be entered.
    #[error("cannot run in {directory}: {why}")]
    Directory {
        /// The folder.
        directory: String,
        /// The error of the system.
        why: String,
    },
    /// An error of git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// An error of the CI provider.
    #[error(transparent)]
    Ci(#[from] CiError),
    /// The commit that is checked out is not that of the pull request.
    #[error(
        "the commit that is checked out, {checked_out}, is neither the head of the change {head} ({named_by}){merge}, \
         so the change would not be checked"
    )]
    OtherCommit {
        /// Object id of the commit that is checked out.
        checked_out: String,
        /// Object id of the newest commit of the change.
        head: String,
        /// The variable or the event that names it.
        named_by: String,
        /// The merge commit, in words; empty if CI names none.
        merge: String,
    },
    /// The base of a pull request is not known, so its policy is not known either.
    #[error("the configuration of a pull request is read from its base, which is not known here")]
    PolicyBase(#[source] Box<Error>),
    /// Charts have to be rendered, but there is no usable Helm.
    #[error("charts cannot be rendered: {0}")]
    NoHelm(String),
    /// An error of a path on the command line.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The files cannot be listed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Standard input cannot be read.
    #[error("cannot read standard input: {0}")]
    Stdin(std::io::Error),
    /// Standard input is larger than the limit: a part of a stream must not be checked alone.
    #[error("standard input holds more than {limit} bytes")]
    StdinTooLarge {
        /// `--max-file-size`.
        limit: u64,
    },
    /// Standard input has no document to check.
    #[error("standard input holds no Kubernetes object and no image reference")]
    StdinEmpty,
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Stdout(std::io::Error),
    /// The event loop cannot be started.
    #[error("the system provides no event loop: {0}")]
    EventLoop(std::io::Error),
    /// The system gives no thread.
    #[error("the system provides no thread: {0}")]
    Thread(std::io::Error),
    /// The handler of signals cannot be installed.
    #[error("the system provides no handler of signals: {0}")]
    Signals(std::io::Error),
    /// The run was cancelled: a signal arrived.
    #[error("the run was cancelled")]
    Cancelled,
    /// The registry client cannot be set up.
    #[error(transparent)]
    Registry(#[from] SetupError),
    /// An error of the configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A `registries.conf` that cannot be used.
    #[error("{}: {why}", file.display())]
    RegistriesConf {
        /// The file.
        file: PathBuf,
        /// The fault.
        why: String,
    },
    /// A baseline that cannot be used.
    #[error("{}: {why}", file.display())]
    Baseline {
        /// The file.
        file: PathBuf,
        /// The fault.
        why: String,
    },
    /// The baseline cannot be written.
    #[error("cannot write {}: {why}", file.display())]
    WriteBaseline {
        /// The file.
        file: PathBuf,
        /// The error of the system.
        why: String,
    },
    /// A report cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// An error of the hook.
    #[error(transparent)]
    Hook(#[from] HookError),
    /// A command of the hook outside of a repository.
    #[error("{} is not inside a git repository, so there is no push to check", dir.display())]
    NoHooks {
        /// The folder.
        dir: PathBuf,
    },
    /// `pullable init` without files of a repository.
    #[error("{} is not inside the work tree of a git repository, so there is no gate to set up", dir.display())]
    NothingToSetUp {
        /// The folder.
        dir: PathBuf,
    },
    /// A file of `pullable init`.
    #[error(transparent)]
    Init(#[from] InitError),
    /// A history that cannot be walked.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A revert of an image that is not deployed.
    #[error("{what} at {head}")]
    NothingToRevert {
        /// A sentence about the image or the report of which nothing is deployed.
        what: String,
        /// Object id of the commit.
        head: String,
        /// Images or units of similar names.
        near: Vec<String>,
    },
    /// A report that names the references to revert, and cannot be used.
    #[error("{}: {why}", file.display())]
    RevertReport {
        /// The file.
        file: PathBuf,
        /// The fault.
        why: String,
    },
    /// A notification that cannot be read.
    #[error("{} is not a notification: {why}", named(file))]
    Event {
        /// The file, `-` for standard input.
        file: PathBuf,
        /// The fault.
        why: String,
    },
    /// A dump of a cluster that cannot be used.
    #[error("{}: {why}", named(file))]
    Dump {
        /// The file, `-` for standard input.
        file: PathBuf,
        /// The fault.
        why: DumpError,
    },
    /// A root without deployed units.
    #[error("--root {root}: no unit is deployed from this folder at {head}")]
    NoRoot {
        /// The folder.
        root: String,
        /// Object id of the commit.
        head: String,
    },
    /// A namespace that is absent from the dump.
    #[error("--namespace {namespace}: the dump has no workload in it")]
    NoNamespace {
        /// The namespace.
        namespace: String,
    },
    /// A report of a shard that cannot be read or merged.
    #[error("{}: {why}", file.display())]
    Merge {
        /// The file.
        file: PathBuf,
        /// The fault.
        why: String,
    },
    /// A history of audits that cannot be drawn.
    #[error("{}: {why}", file.display())]
    Plot {
        /// The file.
        file: PathBuf,
        /// The fault.
        why: String,
    },
    /// An error of the forge.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// A server without a remote from which to fetch.
    #[error("the repository has no remote to fetch from")]
    NoRemote,
    /// A server for which the deployed branch is not known.
    #[error("the default branch of the remote {remote} is not known")]
    NoBranch {
        /// The name of the remote.
        remote: String,
    },
    /// A secret that senders and the server share, and that cannot be used.
    #[error("{}: {why}", file.display())]
    Secret {
        /// The file.
        file: PathBuf,
        /// The fault.
        why: String,
    },
    /// An address at which the server cannot listen.
    #[error("cannot listen at {address}: {why}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The error of the system.
        why: String,
    },
    /// A file for the next run that cannot be read or written.
    #[error("cannot write {}: {why}", file.display())]
    Record {
        /// The file.
        file: PathBuf,
        /// The error of the system.
        why: String,
    },
    /// `pullable man` of an unknown command.
    #[error("there is no command {0:?}")]
    UnknownCommand(String),
    /// `pullable explain` of an unknown rule.
    #[error("there is no rule {asked:?}")]
    UnknownRule {
        /// The name that was given.
        asked: String,
        /// The nearest name of a rule.
        nearest: Option<&'static str>,
    },
}

/// The name of a file of the command line, for messages.
fn named(file: &Path) -> String {
    if file.as_os_str() == "-" { "standard input".to_owned() } else { file.display().to_string() }
}

impl Error {
    /// The place of the fault, if it is in a file.
    pub fn site(&self) -> Option<&Site> {
        match self {
            Self::Config(error) => error.site.as_ref(),
            _ => None,
        }
    }
}

impl Diagnostic for Error {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        let help = match self {
            Self::Git(error) | Self::History(HistoryError::Git(error)) => error.help(),
            Self::Forge(error) => error.help(),
            Self::NothingToRevert { near, .. } if !near.is_empty() => {
                Some(format!("deployed with a similar name: {}", near.join(", ")))
            }
            Self::NothingToRevert { .. } | Self::NoRoot { .. } => {
                Some("pullable where '**' lists the images that are deployed, each with its unit".to_owned())
            }
            Self::NoNamespace { .. } => Some(
                "without --namespace, everything that Git deploys there is reported as not-live, if it is really gone"
                    .to_owned(),
            ),
            Self::RevertReport { .. } => {
                Some("write one with: pullable check --all --head HEAD --format json".to_owned())
            }
            Self::Event { .. } => Some(EVENT.to_owned()),
            Self::Merge { .. } => Some(MERGE.to_owned()),
            Self::Dump { why, .. } => Some(why.help().to_owned()),
            Self::Ci(error) => Some(error.help()),
            Self::OtherCommit { head, .. } => Some(format!(
                "check out {head} (in GitHub Actions: ref: ${{{{ github.event.pull_request.head.sha }}}}), or choose \
                 the commit with --head REV"
            )),
            Self::PolicyBase(error) => Some(help_of_base(error)),
            Self::UnknownRule { nearest: Some(rule), .. } => Some(format!("did you mean {rule}?")),
            Self::UnknownRule { nearest: None, .. } => Some("pullable explain lists all rules".to_owned()),
            Self::NoHelm(_) => Some(
                "install Helm 3 or 4, or read the values of charts instead: --render never".to_owned(),
            ),
            Self::StdinTooLarge { .. } => Some("raise --max-file-size, up to 1GiB".to_owned()),
            Self::StdinEmpty => Some(EMPTY.to_owned()),
            Self::Config(error) => error.help.clone(),
            Self::Output(error) => Some(error.help()),
            Self::Hook(error) => error.help(),
            Self::NothingToSetUp { .. } => Some("change to a folder of the repository, or run: git init".to_owned()),
            Self::Init(_) => Some("remove the obstacle, and run it again: files that exist are kept".to_owned()),
            Self::NoHooks { .. } => Some("change to a folder of the repository first".to_owned()),
            Self::NoRemote => Some("run the server in a clone: git clone URL".to_owned()),
            Self::NoBranch { remote } => {
                Some(format!("name it with --onto BRANCH, or run: git remote set-head {remote} --auto"))
            }
            Self::Secret { .. } => {
                Some("write one with: head -c 32 /dev/urandom | base64 > FILE, and chmod 600 FILE".to_owned())
            }
            Self::Plot { .. } => Some("record audits with: pullable audit --history FILE".to_owned()),
            Self::Record { .. } => Some("name a regular file in a folder that may be written to".to_owned()),
            Self::Listen { .. } => Some("choose another address with --listen".to_owned()),
            Self::UnknownCommand(_) => Some("pullable --help lists all commands".to_owned()),
            Self::Baseline { .. } => {
                Some("--write-baseline FILE records the current findings".to_owned())
            }
            Self::Registry(SetupError::Proxy(_)) => {
                Some("write it as http://HOST:PORT, or unset the variable".to_owned())
            }
            Self::Usage(_) => Some("run the command with --help to see every option".to_owned()),
            _ => None,
        };
        help.map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }
}

/// The remedy if the base of a pull request is not known.
fn help_of_base(error: &Error) -> String {
    let name = "name the base with PULLABLE_BASE, or a configuration with --config";
    let fetch = if let Error::Git(git) = error { git.help() } else { None };
    fetch.map_or(name.to_owned(), |fetch| format!("{name}\n{fetch}"))
}
