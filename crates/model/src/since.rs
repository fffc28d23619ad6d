//! The commit since which a property holds, in the form for reports.

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
    /// False if the unit has the image already at the boundary of a shallow clone.
    pub is_exact: bool,
    /// True if the commit added the unit, so that the image may be older elsewhere.
    pub adds_unit: bool,
}
