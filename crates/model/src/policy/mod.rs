//! The policy for verdicts: the findings that fail, the ignores, the known findings, and the declarations
//! about registries.

use std::collections::HashSet;

use image::Platform;
use source::RepoPath;

use crate::rule::Rule;

mod date;
mod ignore;
mod rules;

pub use date::Date;
pub use ignore::{Ignore, Patterns};
pub use rules::{Allowed, Level, MUTABLE_TAGS, Rules, Setting};

/// The name of the configuration, at the root of a repository.
pub const FILE: &str = ".pullable.yaml";

/// The rules by which verdicts become findings and an exit code.
#[derive(Clone, Debug)]
pub struct Policy {
    /// True if unverified references are errors; otherwise they are warnings.
    pub unverified_fails: bool,
    /// True if notices are errors.
    pub strict: bool,
    /// The severities of rules, and the lists of those that are off by default.
    pub rules: Rules,
    /// Files that are not checked: units at these paths are not evaluated.
    pub excluded: Option<Patterns>,
    /// The reason why unverified references are warnings in this run.
    pub override_reason: Option<String>,
    /// Findings that are ignored.
    pub ignores: Vec<Ignore>,
    /// Ignores that have expired.
    pub expired: Vec<Ignore>,
    /// Fingerprints of the baseline.
    pub baseline: HashSet<String>,
    /// Properties of registries.
    pub reach: Reach,
    /// Rendering of charts.
    pub render: Render,
    /// Git repositories by URL, each with its folder in this tree. The first entry of a repository counts.
    pub repositories: Vec<(String, RepoPath)>,
    /// Files from which the policy is read, besides the configuration: a change of one is always a notice.
    pub files: Vec<RepoPath>,
}

impl Policy {
    /// The declaration of a registry that cannot be reached from here.
    pub fn declared(&self, registry: &str) -> Option<&Declared> {
        self.reach.declared.iter().find(|declared| declared.covers(registry))
    }

    /// True if the policy is read from this file.
    pub fn is_read_from(&self, path: &RepoPath) -> bool {
        path.as_str() == FILE || self.files.contains(path)
    }

    /// The first ignore that covers a rule (`None`: every rule) at one of these paths and for an image by
    /// these names.
    pub fn ignore(&self, paths: &[&RepoPath], names: &[String], rule: Option<Rule>) -> Option<&Ignore> {
        self.ignores.iter().find(|ignore| ignore.covers(paths, names, rule))
    }
}

/// Properties of registries in a configuration.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Registries that are not queried.
    pub declared: Vec<Declared>,
    /// Mirrors, in their order.
    pub mirrors: Vec<Mirror>,
    /// Registries that may be queried without verified TLS, or over plain HTTP.
    pub insecure: Vec<String>,
    /// The platforms for which every image needs a build.
    pub platforms: Vec<Platform>,
    /// True if only public addresses are queried; if `None`, the origin of the change decides.
    pub deny_private: Option<bool>,
    /// False if no chart is looked up in a chart repository over HTTP, and none is downloaded.
    pub charts: Option<bool>,
}

impl Reach {
    /// True if charts are looked up and downloaded.
    pub fn looks_up_charts(&self) -> bool {
        self.charts != Some(false)
    }
}

/// The rendering of charts.
#[derive(Clone, Debug, Default)]
pub struct Render {
    /// The condition.
    pub mode: RenderMode,
    /// The version of Kubernetes; `None` for the default.
    pub kube_version: Option<String>,
    /// Further API versions of the cluster, such as `monitoring.coreos.com/v1`.
    pub api_versions: Vec<String>,
}

/// The condition on which charts are rendered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RenderMode {
    /// If Helm is in `PATH`.
    #[default]
    Auto,
    /// In every run; without Helm the run cannot happen.
    Always,
    /// In no run.
    Never,
}

impl RenderMode {
    /// As written in the configuration: `auto`, `always`, `never`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// A registry that cannot be reached from here: `verify: false`.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its host, or `*.` and a domain.
    pub registry: String,
    /// The reason.
    pub reason: String,
    /// The file of the declaration.
    pub file: RepoPath,
    /// Its line there, from 1.
    pub line: usize,
}

impl Declared {
    /// True if it covers this registry.
    pub fn covers(&self, registry: &str) -> bool {
        match self.registry.strip_prefix('*') {
            Some(domain) => image::is_below(registry, domain),
            None => self.registry.eq_ignore_ascii_case(registry),
        }
    }
}

/// A mirror, which is queried first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// The registry, or a part of it: `docker.io`, `docker.io/library`.
    pub of: String,
    /// The mirror: `mirror.example/hub`.
    pub at: String,
}
