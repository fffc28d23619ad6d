//! The user's own helm: its file, its version, and a bounded run.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use run::{Deadline, Output, Overdue, Program, ProgramError, locate_outside, path_outside};
use thiserror::Error;

use crate::sandbox::Sandbox;
use crate::{Failure, Limits, failure};

/// Wall time to read the version.
const VERSION_TIME: Duration = Duration::from_secs(10);

/// A usable helm.
#[derive(Clone, Debug)]
pub struct Helm {
    program: PathBuf,
    version: String,
    limiter: Limiter,
    /// The folders of `PATH` outside of the repository.
    path: OsString,
}

/// The program that starts helm with limits on processor time and memory.
#[derive(Clone, Debug)]
enum Limiter {
    /// `prlimit` of util-linux.
    Prlimit(PathBuf),
    /// The shell of the system, if there is no `prlimit`.
    Shell(PathBuf),
    /// No program: only wall time and output are limited.
    None,
}

/// The reason why the helm in `PATH` is not used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Unusable {
    /// It does not report its version.
    #[error("{} does not report its version: {why}", .program.display())]
    Broken {
        /// Its file.
        program: PathBuf,
        /// The error, or its last message.
        why: String,
    },
    /// Its version is not supported.
    #[error("{} is version {version:?}; Helm 3 and 4 are supported", .program.display())]
    Unsupported {
        /// Its file.
        program: PathBuf,
        /// The version that it reports.
        version: String,
    },
}

impl Helm {
    /// The helm in the absolute folders of a `PATH` that are outside of the repository; `None` if there is
    /// none.
    ///
    /// # Errors
    /// [`Unusable`] if it exists but does not report a version of Helm 3 or 4.
    pub fn find(
        path: &OsStr,
        repository: &Path,
        limits: &Limits,
        deadline: &Deadline,
    ) -> Result<Option<Self>, Unusable> {
        let Some(program) = locate_outside("helm", path, repository) else { return Ok(None) };
        let limiters = limiters(path, repository);
        let path = path_outside(path, repository);
        let mut helm = Self { program, version: String::new(), limiter: Limiter::None, path };
        let mut reported = Err(Failure::NotStarted(String::new()));
        // A container may forbid limits: then none are set.
        for limiter in limiters {
            helm.limiter = limiter;
            reported = helm.reported(limits, deadline);
            if reported.is_ok() {
                break;
            }
        }
        let program = helm.program.clone();
        helm.version = reported.map_err(|failure| Unusable::Broken { program, why: failure.to_string() })?;
        if matches!(helm.major(), Some(3 | 4)) {
            return Ok(Some(helm));
        }
        Err(Unusable::Unsupported { program: helm.program, version: helm.version })
    }

    /// The version that it reports, without `v`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Its file.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// True if its processor time and memory are limited, not only its wall time and output.
    pub fn is_limited(&self) -> bool {
        !matches!(self.limiter, Limiter::None)
    }

    fn major(&self) -> Option<u32> {
        self.version.split('.').next()?.parse().ok()
    }

    fn reported(&self, limits: &Limits, deadline: &Deadline) -> Result<String, Failure> {
        let sandbox = Sandbox::new()?;
        let limits = Limits { time: limits.time.min(VERSION_TIME), output: 4 << 10, ..*limits };
        let arguments = ["version".to_owned(), "--template={{.Version}}".to_owned()];
        let output = self.run(&sandbox, &arguments, Vec::new(), &limits, deadline)?;
        let text = failure::printable(String::from_utf8_lossy(&output).trim());
        Ok(text.strip_prefix('v').unwrap_or(&text).to_owned())
    }

    /// Runs helm in a sandbox, and returns its output.
    pub(crate) fn run(
        &self,
        sandbox: &Sandbox,
        arguments: &[String],
        input: Vec<u8>,
        limits: &Limits,
        deadline: &Deadline,
    ) -> Result<Vec<u8>, Failure> {
        let program = self.environment(self.limited(limits), sandbox).args(arguments);
        let bounded = program.input(input).most_output(limits.output).end_group();
        let ended = bounded.run(&deadline.at_most(limits.time));
        let output = ended.map_err(|error| not_ended(error, limits, deadline))?;
        if output.success() {
            return Ok(output.stdout);
        }
        Err(refused(&output, limits))
    }

    /// The program that starts helm with limits, or helm itself.
    fn limited(&self, limits: &Limits) -> Program {
        let processor = limits.processor.as_secs().max(1);
        // Standard output is a pipe; helm does not need to write files.
        match &self.limiter {
            Limiter::Prlimit(prlimit) => Program::new(prlimit)
                .args([format!("--as={}", limits.memory + RESERVED), format!("--cpu={processor}")])
                .args(["--fsize=0", "--core=0"])
                .args([&self.program]),
            Limiter::Shell(shell) => {
                let (space, data) = ((limits.memory + RESERVED) / 1024, limits.memory / 1024);
                // macOS has no limit of the address space.
                let memory = format!("{{ ulimit -v {space} 2>/dev/null || ulimit -d {data}; }}");
                let rest = "ulimit -f 0 && exec \"$0\" \"$@\"";
                let script = format!("{memory} && ulimit -t {processor} && {rest}");
                Program::new(shell).args(["-c", &script]).args([&self.program])
            }
            Limiter::None => Program::new(&self.program),
        }
    }

    /// An environment in which helm finds no settings, plug-ins, credentials or cluster.
    fn environment(&self, program: Program, sandbox: &Sandbox) -> Program {
        let home = sandbox.home();
        let mut program = program.folder(sandbox.path()).clear_env().env("PATH", &self.path);
        for name in FOLDERS {
            program = program.env(name, &home);
        }
        for name in FILES {
            program = program.env(name, home.join("none"));
        }
        for (name, value) in SETTINGS {
            program = program.env(name, value);
        }
        inherited(program)
    }
}

/// The programs that can limit helm, the best first.
fn limiters(path: &OsStr, repository: &Path) -> Vec<Limiter> {
    let prlimit = locate_outside("prlimit", path, repository).map(Limiter::Prlimit);
    let shell = locate_outside("sh", path, repository).filter(|_| cfg!(unix)).map(Limiter::Shell);
    prlimit.into_iter().chain(shell).chain([Limiter::None]).collect()
}

/// Address space that helm reserves and does not use, in bytes: up to 1.4 GB with [`SETTINGS`].
const RESERVED: u64 = 3 << 29;

/// Variables that name folders of the user.
const FOLDERS: [&str; 11] = [
    "HOME",
    "USERPROFILE",
    "APPDATA",
    "TMPDIR",
    "TEMP",
    "TMP",
    "HELM_CONFIG_HOME",
    "HELM_CACHE_HOME",
    "HELM_DATA_HOME",
    "HELM_PLUGINS",
    "HELM_REPOSITORY_CACHE",
];
/// Variables that name files of the user.
const FILES: [&str; 2] = ["HELM_REGISTRY_CONFIG", "HELM_REPOSITORY_CONFIG"];
/// Variables with fixed values: no cluster, no plug-ins, few threads, and no stack trace.
const SETTINGS: [(&str, &str); 5] = [
    ("KUBECONFIG", NO_FILE),
    ("HELM_NO_PLUGINS", "1"),
    ("GOMAXPROCS", "2"),
    ("GOTRACEBACK", "none"),
    ("MALLOC_ARENA_MAX", "1"),
];
/// A file without content.
const NO_FILE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// Adds the folder of the system, without which Windows starts no program.
fn inherited(program: Program) -> Program {
    if !cfg!(windows) {
        return program;
    }
    match std::env::var_os("SystemRoot") {
        Some(folder) => program.env("SystemRoot", folder),
        None => program,
    }
}

/// The failure of a run that was ended from outside.
fn not_ended(error: ProgramError, limits: &Limits, deadline: &Deadline) -> Failure {
    match error {
        ProgramError::NotStarted { why, .. } | ProgramError::Failed { why, .. } => Failure::NotStarted(why),
        ProgramError::TooMuchOutput { limit, .. } => Failure::Output(limit),
        ProgramError::Overdue { why: Overdue::Passed(_), .. } if deadline.check().is_ok() => {
            Failure::Time(limits.time)
        }
        ProgramError::Overdue { why, .. } => Failure::Overdue(why),
    }
}

/// The failure of a run that helm ended with an error, or that the system ended.
fn refused(output: &Output, limits: &Limits) -> Failure {
    if is_killed(output.status) {
        return Failure::Killed(limits.processor);
    }
    Failure::of_message(&output.message(), limits.memory)
}

#[cfg(unix)]
fn is_killed(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal().is_some()
}

#[cfg(not(unix))]
fn is_killed(_status: ExitStatus) -> bool {
    false
}
