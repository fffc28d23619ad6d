//! The result of the gate, with the data for corrections.

use deploy::Charts;
use model::Report;
use model::policy::Policy;

use super::change::Source;

/// A run of the gate: its files, its policy, the charts that it fetched or found in the cache, and its report.
pub(super) struct Evaluated {
    pub(super) source: Source,
    pub(super) policy: Policy,
    pub(super) charts: Charts,
    pub(super) report: Report,
}
