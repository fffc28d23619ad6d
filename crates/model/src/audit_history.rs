//! The history of audits: a file of JSON lines that every audit updates. `schemas/history.schema.json`
//! describes a line. Unknown fields are kept.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::audit::Shard;
use crate::time::{moment, optional_moment};

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "lowercase")]
pub enum Line {
    /// A completed audit.
    Run(RunLine),
    /// An image, chart or artifact that Git names or named.
    Image(ImageLine),
    /// An object that is suspended.
    Suspended(SuspendedLine),
}

/// A completed audit: a success, independent of its answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLine {
    /// The time at which it started, in seconds since 1970.
    #[serde(with = "moment")]
    pub at: i64,
    /// Object id of the commit.
    pub commit: String,
    /// The part of the references that was queried; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// References of the commit.
    pub references: usize,
    /// Distinct images, charts and artifacts.
    pub images: usize,
    /// The number of those that cannot be pulled.
    pub broken: usize,
    /// The number of those that could not be verified.
    pub unverified: usize,
    /// Objects that are suspended.
    pub suspended: usize,
    /// Previous values that cannot be pulled; `None` if they were not queried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback_impossible: Option<usize>,
    /// Fields of other versions.
    #[serde(flatten)]
    pub further: Map<String, Value>,
}

/// The state of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageLine {
    /// The effective reference in full.
    pub image: String,
    /// The last audit whose commit named it.
    #[serde(with = "moment")]
    pub last_named: i64,
    /// The first audit in a row that found it missing; `None` while it is not known to be missing.
    #[serde(default, with = "optional_moment")]
    pub first_missing: Option<i64>,
    /// The last audit that found it present; `None` if none did.
    #[serde(default, with = "optional_moment")]
    pub last_present: Option<i64>,
    /// Fields of other versions.
    #[serde(flatten)]
    pub further: Map<String, Value>,
}

/// An object that is suspended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuspendedLine {
    /// The file.
    pub path: String,
    /// The fingerprint of its finding, which does not change when lines move.
    pub fingerprint: String,
    /// The object and its state, in words.
    pub message: String,
    /// The first audit in a row that found it suspended.
    #[serde(with = "moment")]
    pub suspended_since: i64,
    /// Fields of other versions.
    #[serde(flatten)]
    pub further: Map<String, Value>,
}
