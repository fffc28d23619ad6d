//! The arguments of `pullable drift`, and their conversion to options.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::config::{DriftOptions, Options, moment};

use super::registry::RegistryArgs;
use super::shared::{REPORT, RunArgs, StyleArgs};

/// Heading of the help.
const WHAT: &str = "Comparison";

/// The end of the long help.
pub(super) const DRIFT_HELP: &str = "\
kubectl get pods,deployments,statefulsets,daemonsets,jobs,cronjobs,replicasets -A -o json | pullable drift -

Only images are compared, and only of workloads that Git deploys. Nothing is written to the cluster, and no credential of \
it is needed. Only names, images and states of the dump are kept.

Verdicts: unreproducible (runs, and is gone from the registry) · not-live (in Git, and does not run) · foreign (never in \
Git) · behind (an earlier value of Git) · not-in-git · unknown · moved (same tag, other digest) · same

Exit codes: 0 nothing differs (moved is information) · 1 something differs · 2 the run could not happen · 3 unknown";

/// Arguments of `drift`.
#[derive(Clone, Debug, Args)]
pub struct DriftArgs {
    /// The dump of kubectl, JSON or YAML, or an extract of one; `-` reads it from standard input
    #[arg(value_name = "DUMP")]
    pub dump: PathBuf,
    /// Only units on or below this folder, and all that these deploy: the cluster's own, as in clusters/prod; repeatable
    #[arg(long, value_name = "FOLDER", help_heading = WHAT)]
    pub root: Vec<String>,
    /// Only workloads of this namespace, on both sides; repeatable
    #[arg(long, value_name = "NAMESPACE", help_heading = WHAT)]
    pub namespace: Vec<String>,
    /// The revision that the cluster should run [default: HEAD]
    #[arg(long, value_name = "REV", help_heading = WHAT)]
    pub head: Option<String>,
    /// Do not query registries: `moved` and `unreproducible` are not reported, and charts are those of the cache
    #[arg(long, help_heading = WHAT)]
    pub offline: bool,
    /// Highest number of earlier values in Git to compare for one container
    #[arg(long, value_name = "N", default_value = "100", value_parser = clap::value_parser!(u16).range(1..))]
    #[arg(help_heading = WHAT, hide_short_help = true)]
    pub max_back: u16,
    /// When the dump was taken, as in 2026-11-27T10:00:00Z [default: the time in an extract]
    #[arg(long, value_parser = moment, value_name = "TIME", help_heading = WHAT)]
    pub taken_at: Option<i64>,
    /// Write an extract of the dump to FILE, without secrets, and compare nothing; `pullable drift FILE` reads it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["root", "namespace", "head", "offline"], help_heading = WHAT)]
    pub snapshot: Option<PathBuf>,
    /// The format of the report on standard output
    #[arg(long, value_enum, default_value_t = DriftFormat::Human, value_name = "FORMAT", help_heading = REPORT)]
    pub format: DriftFormat,
    /// The arguments about the appearance of the report.
    #[command(flatten)]
    pub style: StyleArgs,
    /// The arguments about the run.
    #[command(flatten)]
    pub run: RunArgs,
    /// The arguments about registries.
    #[command(flatten)]
    pub registry: RegistryArgs,
}

/// `--format` of `drift`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DriftFormat {
    /// Text
    Human,
    /// For programs: schemas/drift.schema.json
    Json,
    /// Markdown, for a job's summary or an issue
    Markdown,
    /// SARIF 2.1.0, for code scanning: at Git's line
    Sarif,
}

impl DriftArgs {
    /// The options of the gate, for the whole head.
    pub fn options(&self) -> Options {
        let head = self.head.as_deref().unwrap_or("HEAD");
        Options {
            network: (!self.offline).then(|| self.registry.network(Vec::new())),
            unverified_fails: Some(true),
            cached_charts: !self.registry.no_cache,
            ..self.run.of_commit(head)
        }
    }

    /// The options of the comparison.
    pub fn drift_options(&self) -> DriftOptions {
        DriftOptions {
            dump: self.dump.clone(),
            roots: self.root.clone(),
            namespaces: self.namespace.iter().cloned().collect(),
            taken_at: self.taken_at,
            snapshot: self.snapshot.clone(),
            max_back: usize::from(self.max_back),
        }
    }
}
