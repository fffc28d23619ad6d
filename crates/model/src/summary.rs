//! The figures of a report.

use serde::{Deserialize, Serialize};

/// Figures of a report. `images` counts unique references for which registries were queried, `errors`,
/// `warnings` and `notices` count findings, the others count references. Those with an unknown registry are
/// among the skipped ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are those of the format, explained above")]
pub struct Summary {
    pub references: usize,
    pub images: usize,
    pub present: usize,
    pub missing: usize,
    pub unverified: usize,
    pub skipped: usize,
    #[serde(default)]
    pub unknown_registry: usize,
    pub malformed: usize,
    pub errors: usize,
    pub warnings: usize,
    pub notices: usize,
}
