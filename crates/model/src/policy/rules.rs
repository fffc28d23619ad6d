//! The settings of rules: the severity of each, and the lists of those that are off by default.

use std::collections::BTreeMap;
use std::fmt;

use source::RepoPath;

use super::Patterns;
use crate::rule::{Rule, Severity};

/// The tags that `mutable-tag` reports unless the configuration lists others: names of branches and channels.
pub const MUTABLE_TAGS: [&str; 20] = [
    "latest",
    "latest-*",
    "*-latest",
    "main",
    "master",
    "trunk",
    "head",
    "develop",
    "development",
    "dev",
    "edge",
    "nightly",
    "canary",
    "next",
    "staging",
    "stable",
    "snapshot",
    "*-snapshot",
    "unstable",
    "rolling",
];

/// The settings of rules.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The rules whose severity is set.
    pub settings: BTreeMap<Rule, Setting>,
    /// The tags that `mutable-tag` reports.
    pub mutable_tags: Option<Patterns>,
    /// The places that `registry-not-allowed` allows.
    pub allowed: Vec<Allowed>,
}

/// The severity of a rule, and the place where it is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The severity.
    pub level: Level,
    /// The file.
    pub file: RepoPath,
    /// The line there, from 1.
    pub line: usize,
}

/// The severity of a rule, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It is not reported.
    Off,
    /// It is reported with this severity.
    Reported(Severity),
}

impl Level {
    /// All levels, the most severe first.
    pub const ALL: [Self; 4] = [
        Self::Reported(Severity::Error),
        Self::Reported(Severity::Warning),
        Self::Reported(Severity::Notice),
        Self::Off,
    ];

    /// As written in the configuration: `error`, `warning`, `notice`, `off`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reported(severity) => severity.as_str(),
            Self::Off => "off",
        }
    }

    /// True if the configuration may give a rule this level. An unverified reference or file is always
    /// reported.
    pub fn fits(self, rule: Rule) -> bool {
        match (self, rule.least()) {
            (_, None) => true,
            (Self::Off, Some(_)) => false,
            (Self::Reported(severity), Some(least)) => severity <= least,
        }
    }
}

impl Rules {
    /// The level that is set for a rule.
    pub fn level(&self, rule: Rule) -> Option<Level> {
        self.settings.get(&rule).map(|setting| setting.level)
    }

    /// The place where a rule is disabled.
    pub fn off(&self, rule: Rule) -> Option<&Setting> {
        self.settings.get(&rule).filter(|setting| setting.level == Level::Off)
    }
}

/// A registry, or a part of it, whose images may be used: `ghcr.io`, `*.acme.io`, `ghcr.io/acme`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Its host, or `*.` and a domain.
    pub registry: String,
    /// The beginning of the repository; empty for the whole registry.
    pub path: String,
}

impl Allowed {
    /// True if it covers a repository of a registry. A path covers whole parts: `acme` does not cover `acme-labs/web`.
    pub fn covers(&self, registry: &str, repository: &str) -> bool {
        let is_of_host = match self.registry.strip_prefix('*') {
            Some(domain) => image::is_below(registry, domain),
            None => self.registry.eq_ignore_ascii_case(registry),
        };
        let rest = repository.strip_prefix(self.path.as_str());
        let is_below = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        is_of_host && (self.path.is_empty() || is_below)
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { registry, path } = self;
        if path.is_empty() { f.write_str(registry) } else { write!(f, "{registry}/{path}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_verified_is_never_silent() {
        let may_be = |level: Level, rule: Rule| level.fits(rule);
        for rule in Rule::ALL {
            assert!(may_be(Level::ALL[0], *rule) && may_be(Level::ALL[1], *rule), "{rule}");
        }
        assert!(may_be(Level::Off, Rule::MissingTag) && may_be(Level::Off, Rule::Suspended));
        for rule in [Rule::Unreachable, Rule::MissingOrPrivate, Rule::UnreadableFile] {
            assert!(!may_be(Level::Reported(Severity::Notice), rule) && !may_be(Level::Off, rule), "{rule}");
        }
        for rule in [Rule::NotChecked, Rule::UnparseableFile, Rule::SameCommit] {
            assert!(may_be(Level::Reported(Severity::Notice), rule) && !may_be(Level::Off, rule), "{rule}");
        }
    }

    #[test]
    fn a_place_covers_whole_parts() {
        let covers = |registry: &str, path: &str, image: (&str, &str)| {
            let allowed = Allowed { registry: registry.to_owned(), path: path.to_owned() };
            allowed.covers(image.0, image.1)
        };
        assert!(covers("ghcr.io", "", ("ghcr.io", "acme/web")));
        assert!(covers("GHCR.io", "acme", ("ghcr.io", "acme/team/web")));
        assert!(covers("ghcr.io", "acme/web", ("ghcr.io", "acme/web")));
        assert!(covers("*.acme.io", "", ("registry.acme.io", "web")));
        assert!(!covers("ghcr.io", "acme", ("ghcr.io", "acme-labs/web")));
        assert!(!covers("ghcr.io", "acme/web", ("ghcr.io", "acme")));
        assert!(!covers("ghcr.io", "", ("ghcr.io.evil.example", "acme/web")));
        assert!(!covers("ghcr.io", "", ("ghcr.io:5000", "acme/web")));
        assert!(!covers("*.acme.io", "", ("evilacme.io", "web")));
    }
}
