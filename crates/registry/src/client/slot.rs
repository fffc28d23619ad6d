//! A value that is fetched once, by the first caller that needs it, while all others wait.

use std::sync::Arc;

use tokio::sync::Mutex;

use model::{Cause, Unverified};

/// The fetched value, or the reason why there is none.
pub(super) type Fetched<T> = Result<Arc<T>, Unverified>;

/// A value that is fetched once. The lock is held while it is fetched.
pub(crate) type Slot<T> = Mutex<Option<Fetched<T>>>;

/// Keeps the result in its slot, and returns it. A failure that only the deadline of one run caused is not kept:
/// another run has more time.
pub(super) fn keep<T>(slot: &mut Option<Fetched<T>>, fetched: Fetched<T>) -> Fetched<T> {
    let overdue = fetched.as_ref().is_err_and(|why| why.cause == Cause::Deadline);
    if !overdue {
        *slot = Some(fetched.clone());
    }
    fetched
}

/// Empties a slot that holds a failure. If the slot is locked, another caller already fetches the value
/// again.
pub(super) fn forget_failure<T>(slot: &Slot<T>) {
    if let Ok(mut slot) = slot.try_lock()
        && matches!(*slot, Some(Err(_)))
    {
        *slot = None;
    }
}
