//! The deadline of a run, and the operations that have to respect it although the operating system gives them no
//! time limit: child processes, standard input, and files that may be pipes. It also handles the signals that end a run early,
//! and starts threads as far as the system gives them.
//!
//! ```
//! use std::time::Duration;
//! use run::{Deadline, Program};
//!
//! let deadline = Deadline::after(Duration::from_secs(10));
//! let output = Program::new("git").args(["--version"]).run(&deadline)?;
//! assert!(output.success());
//! assert!(output.stdout.starts_with(b"git version"));
//! # Ok::<(), run::ProgramError>(())
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails"))]

mod deadline;
mod locate;
mod parallel;
mod program;
mod signals;
mod stream;
mod threads;

pub use deadline::{CancelOnDrop, Deadline, Overdue};
pub use locate::{absolute_path, locate, locate_outside, path_outside};
pub use parallel::in_parallel;
pub use program::{Output, Program, ProgramError};
pub use signals::{Signal, on_signal};
pub use stream::{bounded, read_file, read_stream, with_file};
pub use threads::try_threads;
