//! The time that a file or a helper may take: a pipe may never end, and a helper may never answer.

use std::time::{Duration, Instant};

/// Maximum length of a time limit of a file or a helper.
const LONGEST: Duration = Duration::from_secs(10);

/// The warning about one that did not answer, after its name.
pub(super) const NOT_IN_TIME: &str = "did not answer in time";

/// The time limit in a run that ends at a deadline: a part of the remaining time, so that a registry can
/// still be queried without credentials.
pub(super) fn share(deadline: Instant) -> Duration {
    let left = deadline.saturating_duration_since(Instant::now());
    LONGEST.min(left / 2)
}
