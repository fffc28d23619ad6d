//! The commit since which something holds, as reports write it.

use serde::{Deserialize, Serialize};

/// The commit since which a unit deploys an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinceCommit {
    /// Its object id.
    pub id: String,
    /// Seconds since 1970 of its committer.
    pub date: i64,
    /// The first line of its message.
    pub subject: String,
    /// False if the unit had the image already where a shallow clone ends.
    pub is_exact: bool,
    /// True if the commit added the unit, so that the image may be older elsewhere.
    pub adds_unit: bool,
}
