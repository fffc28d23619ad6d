//! The threads that the system gives.

use std::fs;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Longest wait for the end of the threads of a test.
const LONGEST_END: Duration = Duration::from_millis(20);
/// Pause between two looks at them.
const PAUSE: Duration = Duration::from_micros(100);

/// Tests if the system gives a number of threads at once. Libraries panic if it gives them none.
///
/// ```
/// run::try_threads(2)?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// The error of the system if it gives fewer.
pub fn try_threads(count: usize) -> io::Result<()> {
    let before = tasks();
    let gate = Mutex::new(());
    thread::scope(|scope| {
        let closed = gate.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..count {
            thread::Builder::new().spawn_scoped(scope, || drop(gate.lock()))?;
        }
        drop(closed);
        Ok::<(), io::Error>(())
    })?;
    // The system counts a thread until a short time after its end.
    let end = Instant::now() + LONGEST_END;
    while tasks() > before && Instant::now() < end {
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// The number of threads of this process, on Linux.
fn tasks() -> Option<usize> {
    fs::read_dir("/proc/self/task").ok().map(Iterator::count)
}
