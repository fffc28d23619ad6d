//! The options of `pullable sentry`, besides those that it shares with the gate: the limits on the requests
//! that it opens.

use std::time::Duration;

use yaml::Node;

use super::Options;
use super::amounts::duration;
use super::error::ConfigError;
use super::read::{keys, number, text};

const MAX_AGE: &str = "max-age";
const COOLDOWN: &str = "cooldown";
const MAX_OPEN: &str = "max-open";
const FAULT_SHARE: &str = "fault-share";

/// The options of the sentry.
#[derive(Clone, Debug)]
pub struct SentryOptions {
    /// The options of the gate, with which head is evaluated and queried.
    pub gate: Options,
    /// True if draft requests are opened; false if remote and forge are not contacted.
    pub propose: bool,
    /// The deployed branch of the remote; `None` for the default branch of the remote, otherwise `HEAD`.
    pub onto: Option<String>,
    /// The forge, by `--forge`.
    pub forge: Option<String>,
    /// The limits of the command line.
    pub limits: SentrySettings,
}

/// The limits that are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SentrySettings {
    /// The age from which a notification is only reported.
    pub max_age: Option<Duration>,
    /// The time after a request in which no other request is opened for the same unit.
    pub cooldown: Option<Duration>,
    /// The number of open requests of the sentry from which no other one is opened.
    pub max_open: Option<usize>,
    /// The share of a registry's references, in percent, beyond which missing ones are a fault of the registry.
    pub fault_share: Option<u8>,
}

/// The effective limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The age from which a notification is only reported.
    pub max_age: Duration,
    /// The time after a request in which no other request is opened for the same unit.
    pub cooldown: Duration,
    /// The number of open requests of the sentry from which no other one is opened.
    pub max_open: usize,
    /// The share of a registry's references, in percent.
    pub fault_share: u8,
}

impl SentrySettings {
    /// These limits, completed by those of the configuration and by the defaults.
    pub fn over(self, file: Self) -> Limits {
        Limits {
            max_age: self.max_age.or(file.max_age).unwrap_or(Duration::from_hours(24)),
            cooldown: self.cooldown.or(file.cooldown).unwrap_or(Duration::from_mins(30)),
            max_open: self.max_open.or(file.max_open).unwrap_or(5),
            fault_share: self.fault_share.or(file.fault_share).unwrap_or(20),
        }
    }
}

/// Reads `sentry`.
pub(super) fn sentry(node: &Node) -> Result<SentrySettings, ConfigError> {
    if node.is_null() {
        return Ok(SentrySettings::default());
    }
    keys(node, &[MAX_AGE, COOLDOWN, MAX_OPEN, FAULT_SHARE], "`sentry`")?;
    Ok(SentrySettings {
        max_age: node.get(MAX_AGE).map(time).transpose()?,
        cooldown: node.get(COOLDOWN).map(time).transpose()?,
        max_open: node.get(MAX_OPEN).map(|node| number(node, 1, 1000)).transpose()?,
        fault_share: node.get(FAULT_SHARE).map(|node| number(node, 1, 100)).transpose()?,
    })
}

fn time(node: &Node) -> Result<Duration, ConfigError> {
    let written = text(node, "a duration, such as 30m,")?;
    duration(written)
        .map_err(|why| ConfigError::at(node.site(), format!("{written:?} is not a duration: {why}")))
}
