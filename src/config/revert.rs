//! The options of `pullable revert`, besides those that it shares with the gate.

use std::path::PathBuf;

use yaml::Node;

use super::error::ConfigError;
use super::read::{keys, one_or_several, text};

const LABELS: &str = "labels";
const REVIEWERS: &str = "reviewers";

/// The options of a revert.
#[derive(Clone, Debug, Default)]
pub struct RevertOptions {
    /// The image to revert; without one, and without a report, the broken references of head.
    pub image: Option<String>,
    /// A report of `check --format json` that names the broken references.
    pub report: Option<PathBuf>,
    /// Only references of this unit.
    pub unit: Option<String>,
    /// The value to restore: an earlier image, or a revision that has it.
    pub to: Option<String>,
    /// True if the whole introducing commit is reverted.
    pub whole_commit: bool,
    /// True if image automations are suspended in the same commit.
    pub hold: bool,
    /// The branch that the revert is for.
    pub onto: Option<String>,
    /// The forge, by `--forge`.
    pub forge: Option<String>,
    /// The use of the commit.
    pub delivery: Delivery,
    /// True if nothing is written.
    pub dry_run: bool,
    /// Maximum number of earlier values that are queried for one reference.
    pub max_back: usize,
}

/// The use of a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// It stays on a local branch.
    #[default]
    Local,
    /// Its branch is created on the remote.
    Push,
    /// A draft pull or merge request is opened as well.
    Request,
    /// The default branch is fast-forwarded to it.
    Direct,
}

/// The settings of `pullable revert` in the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevertSettings {
    /// Labels of the requests that it opens.
    pub labels: Vec<String>,
    /// Names of the users who should review them.
    pub reviewers: Vec<String>,
}

/// Reads `revert`.
pub(super) fn revert_settings(node: &Node) -> Result<RevertSettings, ConfigError> {
    if node.is_null() {
        return Ok(RevertSettings::default());
    }
    keys(node, &[LABELS, REVIEWERS], "`revert`")?;
    let labels = node.get(LABELS).map(names).transpose()?.unwrap_or_default();
    let reviewers = node.get(REVIEWERS).map(names).transpose()?.unwrap_or_default();
    Ok(RevertSettings { labels, reviewers })
}

fn names(node: &Node) -> Result<Vec<String>, ConfigError> {
    let mut names = Vec::new();
    for item in one_or_several(node, "a name or a list of names")? {
        let name = text(item, "a name")?.trim();
        if name.is_empty() || name.contains([',', '\n', '@']) {
            return Err(ConfigError::at(item.site(), format!("{name:?} is not a name")));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}
