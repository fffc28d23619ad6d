//! The configuration file: `.pullable.yaml`, read strictly, because a mistake in it could ignore findings by
//! accident. `schemas/config.schema.json` describes it for editors, which a test verifies.

use std::sync::Arc;

use model::policy::{Ignore, Patterns, Reach, Rules};
use source::{RepoPath, Site, SourceFile, Span};
use yaml::{self, Node};

use super::drift::{DriftSettings, drift_settings};
use super::error::ConfigError;
use super::ignores::{ignores, patterns};
use super::read::{boolean, keys, text};
use super::registries::{platforms, registries};
use super::render::{RenderSettings, render};
use super::repositories::repositories;
use super::revert::{RevertSettings, revert_settings};
use super::rules::rules;
use super::sentry::{SentrySettings, sentry};
use super::suspended::{SuspendedSettings, suspended};

const ON_UNVERIFIED: &str = "on-unverified";
const STRICT: &str = "strict";
const RULES: &str = "rules";
const EXCLUDE: &str = "exclude";
const IGNORE: &str = "ignore";
const PLATFORMS: &str = "platforms";
const DENY_PRIVATE: &str = "deny-private-networks";
const REGISTRIES: &str = "registries";
const REVERT: &str = "revert";
const SENTRY: &str = "sentry";
const SUSPENDED: &str = "suspended";
const DRIFT: &str = "drift";
const CHARTS: &str = "charts";
const RENDER: &str = "render";
const REPOSITORIES: &str = "repositories";
const KEYS: &[&str] = &[
    ON_UNVERIFIED,
    STRICT,
    RULES,
    EXCLUDE,
    IGNORE,
    PLATFORMS,
    DENY_PRIVATE,
    REGISTRIES,
    CHARTS,
    RENDER,
    REPOSITORIES,
    REVERT,
    SENTRY,
    SUSPENDED,
    DRIFT,
];

/// The content of a configuration file.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// True if a reference that could not be verified is an error, false for a warning; `None` if the file has no such key.
    pub unverified_fails: Option<bool>,
    /// True if notices are errors; `None` if the file has no such key.
    pub strict: Option<bool>,
    /// The severities of rules, and the lists of those that are off by default.
    pub rules: Rules,
    /// The files that are not checked.
    pub excluded: Option<Patterns>,
    /// The findings that may pass, in the order of the file.
    pub ignores: Vec<Ignore>,
    /// The properties of registries.
    pub reach: Reach,
    /// The rendering of charts, as far as the file decides it.
    pub render: RenderSettings,
    /// Git repositories by URL, each with its folder in this tree.
    pub repositories: Vec<(String, RepoPath)>,
    /// The settings of `pullable revert`.
    pub revert: RevertSettings,
    /// The limits of `pullable sentry`.
    pub sentry: SentrySettings,
    /// The settings of suspended objects.
    pub suspended: SuspendedSettings,
    /// The settings of `pullable drift`.
    pub drift: DriftSettings,
}

impl File {
    /// Reads a configuration; an empty one is the default.
    ///
    /// # Errors
    /// [`ConfigError`] if any part of it is invalid.
    pub fn parse(path: RepoPath, bytes: Vec<u8>) -> Result<Self, ConfigError> {
        let file = SourceFile::decode(path.clone(), bytes)
            .map_err(|error| ConfigError::of_file(path, error.to_string()))?;
        let (root, dangling) = document(&Arc::new(file))?;
        let file = match root {
            Some(root) if !root.is_null() => Self::of(&root)?,
            _ => Self::default(),
        };
        dangling.map_or(Ok(file), Err)
    }

    fn of(root: &Node) -> Result<Self, ConfigError> {
        keys(root, KEYS, "the configuration")?;
        let ignores = ignores(root.get(IGNORE))?;
        let mut reach = Reach {
            platforms: root.get(PLATFORMS).map(platforms).transpose()?.unwrap_or_default(),
            deny_private: root.get(DENY_PRIVATE).map(boolean).transpose()?,
            charts: root.get(CHARTS).map(boolean).transpose()?,
            ..Reach::default()
        };
        if let Some(node) = root.get(REGISTRIES) {
            registries(node, &mut reach)?;
        }
        let unverified_fails = root.get(ON_UNVERIFIED).map(on_unverified).transpose()?;
        let strict = root.get(STRICT).map(boolean).transpose()?;
        let rules = root.get(RULES).map(rules).transpose()?.unwrap_or_default();
        let excluded = root
            .get(EXCLUDE)
            .filter(|node| !node.is_null())
            .map(|node| patterns(node, Patterns::of_paths))
            .transpose()?;
        let render = root.get(RENDER).map(render).transpose()?.unwrap_or_default();
        let repositories = root.get(REPOSITORIES).map(repositories).transpose()?.unwrap_or_default();
        let revert = root.get(REVERT).map(revert_settings).transpose()?.unwrap_or_default();
        let sentry = root.get(SENTRY).map(sentry).transpose()?.unwrap_or_default();
        let suspended = root.get(SUSPENDED).map(suspended).transpose()?.unwrap_or_default();
        let drift = root.get(DRIFT).map(drift_settings).transpose()?.unwrap_or_default();
        Ok(Self {
            unverified_fails,
            strict,
            rules,
            excluded,
            ignores,
            reach,
            render,
            repositories,
            revert,
            sentry,
            suspended,
            drift,
        })
    }
}

/// The only document of the file, and an alias without an anchor, which is reported only if there is no other
/// error at its place.
fn document(file: &Arc<SourceFile>) -> Result<(Option<Node>, Option<ConfigError>), ConfigError> {
    let (mut documents, mut repeated) = (Vec::new(), Vec::new());
    yaml::each_document_and_repeated_key(
        file,
        |document| documents.push(document),
        |key| repeated.push(key.clone()),
    );
    let mut root: Option<Node> = None;
    let mut dangling = None;
    for document in documents {
        match document {
            Ok(second) if root.is_some() => {
                return Err(ConfigError::at(second.site(), "a configuration is one document".to_owned()));
            }
            Ok(first) => root = Some(first),
            Err(broken) => {
                // At least a character wide, so that it can be shown.
                let rest = file.slice(Span { start: broken.at.start, end: broken.document.end });
                let width = rest.chars().next().filter(|c| !c.is_control()).map_or(0, char::len_utf8);
                let site = Site { file: Arc::clone(file), span: broken.at.part(0..width) };
                let error = ConfigError::at(site, format!("this is not YAML: {}", broken.message));
                if !broken.read {
                    return Err(error);
                }
                dangling.get_or_insert(error);
            }
        }
    }
    match repeated.first() {
        Some(key) => Err(written_twice(key)),
        None => Ok((root, dangling)),
    }
}

/// The error of a repeated key: it is not visible which of the values a parser uses.
fn written_twice(key: &Node) -> ConfigError {
    let name = key.scalar().unwrap_or_default();
    let error = ConfigError::at(key.site(), format!("the key {name:?} is written twice"));
    error.help("keep one of the two; several values are a list: [one, two]")
}

fn on_unverified(node: &Node) -> Result<bool, ConfigError> {
    const EXPECTED: &str = "`fail` or `warn`";
    match text(node, EXPECTED)? {
        "fail" => Ok(true),
        "warn" => Ok(false),
        other => Err(ConfigError::at(node.site(), format!("{EXPECTED} belongs here, not {other:?}"))),
    }
}

#[cfg(test)]
mod tests;
