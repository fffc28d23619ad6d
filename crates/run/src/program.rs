//! The one runner of child processes: bounded in time and output, and ended together with its children. A
//! program that has to end is sent SIGTERM, has a short time to remove its lock files, as git does, and is
//! then sent SIGKILL.

use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::deadline::{Deadline, Overdue, Waited};

/// Default maximum of bytes of standard output.
const MOST_OUTPUT: usize = 16 << 20;
/// Maximum number of bytes of standard error that are kept: enough for a message.
const MOST_ERROR: usize = 64 << 10;
/// Time for a child's last output to arrive after it ended: a grandchild may keep the pipe open forever.
const AFTER_EXIT: Duration = Duration::from_millis(500);
/// Time between SIGTERM and SIGKILL.
#[cfg(unix)]
const AFTER_TERM: Duration = Duration::from_millis(200);
/// Pause between two checks for the end of a child.
const PAUSE: Duration = Duration::from_millis(2);

/// A program to run. It inherits the environment and the current folder, and standard input is empty, unless
/// other values are set.
///
/// On Unix it has a separate process group, so that its children end with it, except children that start a
/// new session. It cannot read from the terminal.
#[derive(Debug)]
pub struct Program {
    name: String,
    command: Command,
    input: Vec<u8>,
    most_output: usize,
    /// True if the rest of its process group is killed when it ends normally.
    ends_group: bool,
}

/// The output of a program that ended normally.
#[derive(Clone, Debug)]
pub struct Output {
    /// The exit code, or the signal that ended it.
    pub status: ExitStatus,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// The first 64 KiB of standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// True if the exit code is 0.
    pub fn success(&self) -> bool {
        self.status.success()
    }

    /// Standard error as text, without blanks at both ends.
    pub fn message(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim().to_owned()
    }
}

/// The reason why there is no output of a program.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ProgramError {
    /// The system cannot start it.
    #[error("{program} cannot be run: {why}")]
    NotStarted {
        /// The program, as it was named.
        program: String,
        /// The system's message.
        why: String,
    },
    /// It did not end in time, and was killed.
    #[error("{program} was stopped: {why}")]
    Overdue {
        /// The program, as it was named.
        program: String,
        /// The deadline that passed.
        why: Overdue,
    },
    /// It wrote more than allowed, and was killed.
    #[error("{program} was stopped: it wrote more than {limit} bytes")]
    TooMuchOutput {
        /// The program, as it was named.
        program: String,
        /// Bytes allowed.
        limit: usize,
    },
    /// The system does not report how it ended.
    #[error("{program}: {why}")]
    Failed {
        /// The program, as it was named.
        program: String,
        /// The system's message.
        why: String,
    },
}

impl Program {
    /// A program by its path, or by a name that is looked up in `PATH`.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let name = program.as_ref().to_string_lossy().into_owned();
        let command = Command::new(program);
        Self { name, command, input: Vec::new(), most_output: MOST_OUTPUT, ends_group: false }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes a variable from its environment.
    #[must_use]
    pub fn without_env(mut self, name: impl AsRef<OsStr>) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Inherits no variable; variables that were set before are removed too.
    #[must_use]
    pub fn clear_env(mut self) -> Self {
        self.command.env_clear();
        self
    }

    /// Sets the folder in which it runs.
    #[must_use]
    pub fn folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Sets its standard input.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = bytes.into();
        self
    }

    /// Sets the maximum number of bytes of standard output, instead of 16 MiB.
    #[must_use]
    pub fn most_output(mut self, bytes: usize) -> Self {
        self.most_output = bytes;
        self
    }

    /// Kills the rest of its process group also when it ends normally. Without this, background processes
    /// continue, for example caches of credential helpers.
    #[must_use]
    pub fn end_group(mut self) -> Self {
        self.ends_group = true;
        self
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// [`ProgramError`] if it cannot be started, or was killed: because the deadline passed, the run was cancelled, or
    /// it wrote more than allowed.
    pub fn run(mut self, deadline: &Deadline) -> Result<Output, ProgramError> {
        self.in_time(deadline)?;
        let stdin = if self.input.is_empty() { Stdio::null() } else { Stdio::piped() };
        let command = self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = own_group(command).spawn();
        let child = started.map_err(|error| self.not_started(&error))?;
        let mut running = Running { child, is_over: false, ends_group: self.ends_group };
        let pieces =
            running.connect(std::mem::take(&mut self.input)).map_err(|error| self.not_started(&error))?;
        self.collect(&mut running, &pieces, deadline)
        // Dropping a running program kills it.
    }

    /// Collects the output until both pipes are closed, or soon after the child itself ended.
    fn collect(
        &self,
        running: &mut Running,
        pieces: &Receiver<Piece>,
        deadline: &Deadline,
    ) -> Result<Output, ProgramError> {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut last = None;
        loop {
            let waited = deadline.wait(pieces);
            match waited.map_err(|why| self.overdue(why))? {
                Waited::Message(Piece::Out(bytes)) => stdout.extend(bytes),
                Waited::Message(Piece::Error(bytes)) => {
                    let room = MOST_ERROR.saturating_sub(stderr.len());
                    stderr.extend(bytes.into_iter().take(room));
                }
                Waited::Closed => break,
                Waited::Nothing => {
                    if last.is_none() && running.ended().map_err(|error| self.failed(&error))?.is_some() {
                        last = Some(Instant::now() + AFTER_EXIT);
                    }
                    if last.is_some_and(|last| Instant::now() >= last) {
                        break;
                    }
                }
            }
            if stdout.len() > self.most_output {
                return Err(self.too_much());
            }
            self.in_time(deadline)?;
        }
        // It may have closed its output and still be running.
        loop {
            if let Some(status) = running.ended().map_err(|error| self.failed(&error))? {
                return Ok(Output { status, stdout, stderr });
            }
            self.in_time(deadline)?;
            thread::sleep(PAUSE);
        }
    }

    fn in_time(&self, deadline: &Deadline) -> Result<(), ProgramError> {
        deadline.check().map_err(|why| self.overdue(why))
    }

    fn overdue(&self, why: Overdue) -> ProgramError {
        ProgramError::Overdue { program: self.name.clone(), why }
    }

    fn too_much(&self) -> ProgramError {
        ProgramError::TooMuchOutput { program: self.name.clone(), limit: self.most_output }
    }

    fn not_started(&self, error: &std::io::Error) -> ProgramError {
        ProgramError::NotStarted { program: self.name.clone(), why: error.to_string() }
    }

    fn failed(&self, error: &std::io::Error) -> ProgramError {
        ProgramError::Failed { program: self.name.clone(), why: error.to_string() }
    }
}

/// A part of the output.
enum Piece {
    Out(Vec<u8>),
    Error(Vec<u8>),
}

/// A child that is killed when dropped, with its group.
struct Running {
    child: Child,
    /// True if it ended and was waited for: its id may be reused then.
    is_over: bool,
    ends_group: bool,
}

impl Running {
    /// Starts the threads that write its input and read its output.
    fn connect(&mut self, input: Vec<u8>) -> std::io::Result<Receiver<Piece>> {
        // Bounded, so that a child which writes without end waits for the reader.
        let (sender, pieces) = mpsc::sync_channel(4);
        if let Some(mut stdin) = self.child.stdin.take() {
            thread::Builder::new().spawn(move || {
                // A child that needs no input may have ended already.
                let _ = stdin.write_all(&input);
            })?;
        }
        if let Some(stdout) = self.child.stdout.take() {
            let sender = sender.clone();
            thread::Builder::new().spawn(move || forward(stdout, &sender, Piece::Out))?;
        }
        if let Some(stderr) = self.child.stderr.take() {
            thread::Builder::new().spawn(move || forward(stderr, &sender, Piece::Error))?;
        }
        Ok(pieces)
    }

    /// Its exit status, if it ended.
    fn ended(&mut self) -> std::io::Result<Option<ExitStatus>> {
        if self.ends_group && !kill_group_after_exit(&self.child) {
            return Ok(None);
        }
        let status = self.child.try_wait()?;
        self.is_over = status.is_some();
        Ok(status)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_over {
            terminate_group(&self.child);
            kill_group(&self.child);
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Sends a stream piece by piece, until it ends or the receiver is dropped.
fn forward(mut stream: impl Read, to: &mpsc::SyncSender<Piece>, piece: fn(Vec<u8>) -> Piece) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(n @ 1..) = stream.read(&mut buffer) {
        let bytes = buffer.get(..n).unwrap_or_default().to_vec();
        if to.send(piece(bytes)).is_err() {
            return;
        }
    }
}

#[cfg(unix)]
fn own_group(command: &mut Command) -> &mut Command {
    use std::os::unix::process::CommandExt as _;
    command.process_group(0)
}

#[cfg(not(unix))]
fn own_group(command: &mut Command) -> &mut Command {
    command
}

/// Sends SIGTERM to the process group that a child leads, and waits a short time for the child to end.
#[cfg(unix)]
fn terminate_group(child: &Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let _ = kill_process_group(Pid::from_child(child), Signal::TERM);
    let end = Instant::now() + AFTER_TERM;
    while Instant::now() < end && !is_ended(child) {
        thread::sleep(PAUSE);
    }
}

#[cfg(not(unix))]
fn terminate_group(_child: &Child) {}

/// Kills the process group that a child leads.
#[cfg(unix)]
fn kill_group(child: &Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    // The child was not waited for, so that its id is still its own.
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
}

#[cfg(not(unix))]
fn kill_group(_child: &Child) {}

/// Kills the rest of a child's group after the child itself ended, and before it is waited for; false while
/// it runs.
#[cfg(unix)]
fn kill_group_after_exit(child: &Child) -> bool {
    let ended = is_ended(child);
    if ended {
        kill_group(child);
    }
    ended
}

/// True if a child ended. It is not waited for, so that its id is not reused.
#[cfg(unix)]
fn is_ended(child: &Child) -> bool {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    !matches!(waitid(WaitId::Pid(Pid::from_child(child)), options), Ok(None))
}

#[cfg(not(unix))]
fn kill_group_after_exit(_child: &Child) -> bool {
    true
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
