//! The settings of suspended objects: the number of days after which one is a warning.

use yaml::Node;

use super::error::ConfigError;
use super::read::{keys, number};

const WARN_AFTER_DAYS: &str = "warn-after-days";
/// Days after which a suspended object is a warning, unless the configuration sets another number.
const WEEK: u16 = 7;

/// The settings of suspended objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuspendedSettings {
    /// The number of days after which a suspended object is a warning instead of a notice.
    pub warn_after_days: u16,
}

impl Default for SuspendedSettings {
    fn default() -> Self {
        Self { warn_after_days: WEEK }
    }
}

/// Reads `suspended`.
pub(super) fn suspended(node: &Node) -> Result<SuspendedSettings, ConfigError> {
    if node.is_null() {
        return Ok(SuspendedSettings::default());
    }
    keys(node, &[WARN_AFTER_DAYS], "`suspended`")?;
    let days = node.get(WARN_AFTER_DAYS).map(|node| number(node, 0, 3650)).transpose()?;
    Ok(SuspendedSettings { warn_after_days: days.unwrap_or(WEEK) })
}
