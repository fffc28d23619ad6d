//! The reasons why a dump cannot be used. No message repeats text of the dump, which may contain secrets.

use std::io;
use std::path::PathBuf;

use source::disk::PathError;
use thiserror::Error;

/// The reason why a dump cannot be used.
#[derive(Debug, Error)]
pub enum DumpError {
    /// The dump is empty.
    #[error("the dump is empty")]
    Empty,
    /// kubectl found no object.
    #[error("kubectl found no object (\"No resources found\")")]
    NothingFound,
    /// An error message of kubectl instead of objects.
    #[error("this is an error message of kubectl, not a dump")]
    KubectlError,
    /// The table that kubectl prints by default.
    #[error("this is the table that kubectl prints by default")]
    Table,
    /// Neither JSON nor YAML of Kubernetes.
    #[error("line {line}: this is neither JSON nor YAML of Kubernetes objects")]
    Foreign {
        /// The line, from 1.
        line: usize,
    },
    /// JSON or YAML that cannot be parsed.
    #[error("line {line}, column {column}: this is not valid {form}")]
    Syntax {
        /// `JSON` or `YAML`.
        form: &'static str,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// A field of another type than Kubernetes gives it.
    #[error("line {line}, column {column}: a field has another type than Kubernetes gives it")]
    Type {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// The end of the dump is missing.
    #[error("line {line}: the dump ends in the middle of an object")]
    Truncated {
        /// The line, from 1.
        line: usize,
    },
    /// An item of YAML that is longer than any object of Kubernetes.
    #[error("line {line}: an item is larger than {limit} bytes")]
    LongItem {
        /// The line at which it starts, from 1.
        line: usize,
        /// The limit.
        limit: usize,
    },
    /// Objects, and none of a kind that runs images.
    #[error("the dump holds no object of a kind that runs images ({objects} of other kinds)")]
    NoWorkloads {
        /// The number of objects of other kinds.
        objects: usize,
    },
    /// The stream.
    #[error("{}", why(.0))]
    Read(#[from] io::Error),
}

/// The error of the system, in the words of all other messages.
fn why(error: &io::Error) -> String {
    PathError::new(PathBuf::new(), error).why()
}

impl DumpError {
    /// The remedy.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Empty | Self::KubectlError => {
                "run the command before the pipe by itself: it prints why (set -o pipefail stops at it)"
            }
            Self::NothingFound => "the account of kubectl has no access to a namespace, or -A is missing",
            Self::Table => "add -o json to the command",
            Self::Truncated { .. } => "kubectl was interrupted: write the dump again",
            Self::Foreign { .. }
            | Self::Syntax { .. }
            | Self::Type { .. }
            | Self::LongItem { .. }
            | Self::NoWorkloads { .. } => {
                "write the dump with: kubectl get pods,deployments,statefulsets,daemonsets,jobs,cronjobs,replicasets -A -o json"
            }
            Self::Read(_) => "a dump is read from a file, or from standard input as -",
        }
    }
}
