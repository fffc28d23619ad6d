//! The policy that verdicts are judged by: what fails, what is ignored, which findings are already known, and what is
//! declared of registries.

use std::collections::HashSet;

use image::Platform;
use source::RepoPath;

use crate::rule::Rule;

mod date;
mod ignore;

pub use date::Date;
pub use ignore::{Ignore, Patterns};

/// The name of the configuration, at the root of a repository.
pub const FILE: &str = ".pullable.yaml";

/// What verdicts mean for the exit code.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What could not be verified is an error, else a warning.
    pub unverified_fails: bool,
    /// Notices are errors.
    pub strict: bool,
    /// Why what could not be verified passes as a warning all the same.
    pub override_reason: Option<String>,
    /// What may pass.
    pub ignores: Vec<Ignore>,
    /// What might pass until it expired.
    pub expired: Vec<Ignore>,
    /// Fingerprints of old debts.
    pub baseline: HashSet<String>,
    /// What is said of registries.
    pub reach: Reach,
    /// Files that the policy is read from, besides the configuration: a change of one is a notice in every case.
    pub files: Vec<RepoPath>,
}

impl Policy {
    /// What is said of a registry that cannot be reached from here.
    pub fn declared(&self, registry: &str) -> Option<&Declared> {
        self.reach.declared.iter().find(|declared| declared.covers(registry))
    }

    /// Whether the policy is read from this file.
    pub fn is_read_from(&self, path: &RepoPath) -> bool {
        path.as_str() == FILE || self.files.contains(path)
    }

    /// The first ignore that covers a rule (`None`: every rule) at one of these paths and for an image by
    /// these names.
    pub fn ignore(&self, paths: &[&RepoPath], names: &[String], rule: Option<Rule>) -> Option<&Ignore> {
        self.ignores.iter().find(|ignore| ignore.covers(paths, names, rule))
    }
}

/// What a configuration says of registries.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Registries that are not asked.
    pub declared: Vec<Declared>,
    /// Mirrors, in their order.
    pub mirrors: Vec<Mirror>,
    /// Registries that may be reached without verified TLS, or in plain HTTP.
    pub insecure: Vec<String>,
    /// The platforms that every image has to be for.
    pub platforms: Vec<Platform>,
    /// Whether only public addresses are asked; `None` leaves it to where the change comes from.
    pub deny_private: Option<bool>,
}

/// A registry that cannot be reached from here: `verify: false`.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its host, or `*.` and a domain.
    pub registry: String,
    /// Why.
    pub reason: String,
    /// The file that says so.
    pub file: RepoPath,
    /// Its line there, from 1.
    pub line: usize,
}

impl Declared {
    /// Whether it is about this registry.
    pub fn covers(&self, registry: &str) -> bool {
        match self.registry.strip_prefix('*') {
            Some(domain) => image::is_below(registry, domain),
            None => self.registry.eq_ignore_ascii_case(registry),
        }
    }
}

/// Where images of a registry are looked for first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// The registry, or a part of it: `docker.io`, `docker.io/library`.
    pub of: String,
    /// What has them too: `mirror.example/hub`.
    pub at: String,
}
