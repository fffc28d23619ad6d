//! The signal that ends the run of this process. The run is cancelled, and has a short time to stop its
//! children and to remove its temporary files; then the process ends in any case.

use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use ::run::{Deadline, Signal, on_signal};

use super::failure::warn;

/// Time in which a cancelled run has to end.
const GRACE: Duration = Duration::from_millis(800);

/// Signals are sent to a process, so that this is the only global state.
static ENDING: Mutex<Ending> = Mutex::new(Ending { is_listening: false, run: None, signal: None });

struct Ending {
    is_listening: bool,
    /// The deadline of the run.
    run: Option<Deadline>,
    /// The first signal that arrived.
    signal: Option<Signal>,
}

/// Cancels a run when a signal arrives that ends processes. If no file descriptor is available, such a signal
/// ends the process at once instead.
pub(super) fn cancel_at_signal(run: &Deadline) {
    let mut ending = ending();
    if ending.signal.is_some() {
        run.cancel();
    }
    ending.run = Some(run.clone());
    ending.is_listening = ending.is_listening || on_signal(arrived).is_ok();
}

/// The first signal that arrived, if any.
pub(super) fn signal() -> Option<Signal> {
    ending().signal
}

/// The last message of a run that a signal ended.
pub(super) fn report(signal: Signal) {
    warn(&format!("stopped by {}: the run is not complete, and has no result", signal.name()));
}

/// Cancels the run, and ends the process if the run does not end in time.
fn arrived(signal: Signal) {
    let mut ending = ending();
    ending.signal = Some(signal);
    if let Some(run) = &ending.run {
        run.cancel();
    }
    drop(ending);
    thread::sleep(GRACE);
    report(signal);
    #[expect(clippy::exit, reason = "the run does not end by itself")]
    process::exit(signal.exit_code().into());
}

fn ending() -> MutexGuard<'static, Ending> {
    ENDING.lock().unwrap_or_else(PoisonError::into_inner)
}
