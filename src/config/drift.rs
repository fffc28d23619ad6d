//! The options of `pullable drift`, besides those that it shares with the gate.

use std::collections::BTreeSet;
use std::path::PathBuf;

use source::RepoPath;
use yaml::Node;

use super::error::ConfigError;
use super::read::{keys, one_or_several, text};

const ROOTS: &str = "roots";

/// The options of a comparison with a cluster.
#[derive(Clone, Debug, Default)]
pub struct DriftOptions {
    /// The dump; `-` for standard input.
    pub dump: PathBuf,
    /// The folders whose units the cluster has; none leaves it to the configuration.
    pub roots: Vec<String>,
    /// The namespaces that are compared; none for all.
    pub namespaces: BTreeSet<String>,
    /// The time at which the dump was taken, in seconds since 1970; none takes that of an extract.
    pub taken_at: Option<i64>,
    /// The file to which an extract of the dump is written; nothing is compared then.
    pub snapshot: Option<PathBuf>,
    /// Maximum number of earlier values of Git that are compared for one container.
    pub max_back: usize,
}

/// The settings of `pullable drift` in the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriftSettings {
    /// The folders whose units the cluster has; none for all units.
    pub roots: Vec<RepoPath>,
}

/// Reads `drift`.
pub(super) fn drift_settings(node: &Node) -> Result<DriftSettings, ConfigError> {
    if node.is_null() {
        return Ok(DriftSettings::default());
    }
    keys(node, &[ROOTS], "`drift`")?;
    let mut roots = Vec::new();
    if let Some(list) = node.get(ROOTS) {
        for item in one_or_several(list, "a folder or a list of folders")? {
            let written = text(item, "a folder")?;
            roots.push(root(written).map_err(|why| ConfigError::at(item.site(), why))?);
        }
    }
    Ok(DriftSettings { roots })
}

/// A folder of the repository, from the command line or the configuration.
///
/// # Errors
/// A sentence that describes the fault.
pub fn root(written: &str) -> Result<RepoPath, String> {
    let path = RepoPath::new(written.trim_start_matches("./").trim_end_matches('/'));
    if path.as_str().is_empty()
        || written.starts_with('/')
        || path.as_str().split('/').any(|part| part == "..")
    {
        return Err(format!("{written:?} is not a folder of the repository: write it as in clusters/prod"));
    }
    Ok(path)
}
