//! `render` of the configuration: the condition, and the cluster for which charts are rendered.

use model::policy::RenderMode;
use yaml::Node;

use super::error::ConfigError;
use super::read::{keys, text};

const WHEN: &str = "when";
const KUBE_VERSION: &str = "kube-version";
const API_VERSIONS: &str = "api-versions";

/// The settings of a configuration.
#[derive(Clone, Debug, Default)]
pub struct RenderSettings {
    /// The condition.
    pub mode: Option<RenderMode>,
    /// The version of Kubernetes.
    pub kube_version: Option<String>,
    /// Further API versions of the cluster.
    pub api_versions: Vec<String>,
}

/// Reads the settings: a mapping, or only the condition.
pub(super) fn render(node: &Node) -> Result<RenderSettings, ConfigError> {
    if node.scalar().is_some() {
        return Ok(RenderSettings { mode: Some(mode(node)?), ..RenderSettings::default() });
    }
    keys(node, &[WHEN, KUBE_VERSION, API_VERSIONS], "`render`")?;
    let mut settings = RenderSettings {
        mode: node.get(WHEN).map(mode).transpose()?,
        kube_version: node.get(KUBE_VERSION).map(version).transpose()?,
        api_versions: Vec::new(),
    };
    if let Some(list) = node.get(API_VERSIONS) {
        if !list.is_sequence() {
            let message = "a list of API versions belongs here".to_owned();
            return Err(ConfigError::at(list.site(), message));
        }
        for item in list.items() {
            settings.api_versions.push(api_version(item)?);
        }
    }
    Ok(settings)
}

fn mode(node: &Node) -> Result<RenderMode, ConfigError> {
    const EXPECTED: &str = "`auto`, `always` or `never`";
    match text(node, EXPECTED)? {
        "auto" => Ok(RenderMode::Auto),
        "always" => Ok(RenderMode::Always),
        "never" => Ok(RenderMode::Never),
        other => Err(ConfigError::at(node.site(), format!("{EXPECTED} belongs here, not {other:?}"))),
    }
}

/// A version such as `1.33` or `1.33.0`. An unquoted `1.30` would be the number 1.3.
fn version(node: &Node) -> Result<String, ConfigError> {
    const EXPECTED: &str = "a version of Kubernetes in quotes, such as \"1.33\"";
    let written = text(node, EXPECTED)?;
    let digits = written.strip_prefix('v').unwrap_or(written);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+');
    let is_version = digits.starts_with(|first: char| first.is_ascii_digit()) && digits.bytes().all(fits);
    if is_version && digits.len() <= 64 {
        return Ok(written.to_owned());
    }
    Err(ConfigError::at(node.site(), format!("{EXPECTED} belongs here, not {written:?}")))
}

fn api_version(node: &Node) -> Result<String, ConfigError> {
    const EXPECTED: &str = "an API version such as monitoring.coreos.com/v1";
    let written = text(node, EXPECTED)?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'/');
    let is_version = written.starts_with(|first: char| first.is_ascii_alphanumeric());
    if is_version && written.bytes().all(fits) && written.len() <= 512 {
        return Ok(written.to_owned());
    }
    Err(ConfigError::at(node.site(), format!("{EXPECTED} belongs here, not {written:?}")))
}
