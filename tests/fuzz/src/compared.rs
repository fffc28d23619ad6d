//! The number of results that were compared with those of another program. An input that the other program refuses
//! shows less than one that both accept.

use std::sync::atomic::{AtomicU64, Ordering};

static COMPARED: AtomicU64 = AtomicU64::new(0);

/// Counts a comparison.
pub(crate) fn count() {
    COMPARED.fetch_add(1, Ordering::Relaxed);
}

/// The number of comparisons since the last call.
pub fn taken() -> u64 {
    COMPARED.swap(0, Ordering::Relaxed)
}
