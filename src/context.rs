//! The surroundings of a run: folder, date, deadline, environment, standard input, and the listener for its
//! events. A run uses nothing else: no current folder and no global state, so that one process can run
//! several at once.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::run::{Deadline, bounded, read_file, read_stream};
use model::policy::Date;
use source::RepoPath;
use source::disk::{self, PathError};

use crate::ci::Env;

/// The default time limit of a run, that of `--deadline`.
const DEFAULT_LIMIT: Duration = Duration::from_mins(5);

/// The surroundings of a run, besides its options.
#[derive(Clone)]
pub struct Context {
    /// The folder in which the run starts: absolute, without symbolic links. Relative paths of the options
    /// are below it.
    pub root: PathBuf,
    /// The day, for ignores that expire.
    pub today: Date,
    /// The time at which the run started, in seconds since 1970, for the age of notifications.
    pub now: i64,
    /// The end of the run. It limits every operation that may not answer: registries, git, credential
    /// helpers, standard input, and files that are pipes. Only the time of `--wait` extends it.
    pub deadline: Deadline,
    /// Environment variables.
    pub env: Arc<Env>,
    /// Standard input.
    pub input: Input,
    /// Receives the events of the run.
    pub events: Arc<dyn Events>,
}

impl Context {
    /// The surroundings of a run that starts in `root` now and has five minutes, without standard input and without a listener.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use pullable::ci::Env;
    /// use pullable::context::Context;
    ///
    /// let context = Context::new(".", Arc::new(Env::process()))?;
    /// assert!(context.root.is_absolute());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// The error of the system if `root` is not a folder that can be opened.
    pub fn new(root: impl AsRef<Path>, env: Arc<Env>) -> io::Result<Self> {
        // The dot makes it an error that the path is not a folder.
        let root = root.as_ref().join(".").canonicalize()?;
        let now = SystemTime::now();
        let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Ok(Self {
            root,
            today: Date::at(now),
            now: i64::try_from(seconds).unwrap_or(i64::MAX),
            deadline: Deadline::after(DEFAULT_LIMIT),
            env,
            input: Input::Bytes(Vec::new()),
            events: Arc::new(Silent),
        })
    }

    /// An environment variable that is not empty.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.env.get(name)
    }

    /// A path of the options; a relative one is below the root.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.root.join(path)
    }

    /// Reads a file of the options, which may be a pipe, up to the deadline. Returns its name in reports too.
    ///
    /// # Errors
    /// [`PathError`] if it cannot be read, does not end before the deadline, or is larger than `limit`.
    pub fn read(&self, path: &Path, limit: u64) -> Result<(RepoPath, Vec<u8>), PathError> {
        let bytes = match read_file(&self.path(path), limit.saturating_add(1), &self.deadline) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                let why = format!("it was still being read when {error}");
                return Err(PathError::Unreadable { path: path.to_owned(), why });
            }
            Err(error) => return Err(PathError::new(path.to_owned(), &error)),
        };
        if bytes.len() as u64 > limit {
            let why = format!("the file is larger than the limit, {limit} bytes");
            return Err(PathError::Unreadable { path: path.to_owned(), why });
        }
        Ok((disk::name(&self.root, path), bytes))
    }
}

impl Context {
    /// Works on a file of the options as a stream, or on standard input for `-`, up to the deadline.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] if the work does not end before the deadline, and the error of the system.
    pub fn with_stream<T: Send + 'static>(
        &self,
        path: &Path,
        work: impl FnOnce(&mut dyn io::Read) -> T + Send + 'static,
    ) -> io::Result<T> {
        if path.as_os_str() == "-" {
            return match self.input.clone() {
                Input::Process => bounded(&self.deadline, move || work(&mut io::stdin())),
                Input::Bytes(given) => Ok(work(&mut given.as_slice())),
            };
        }
        let path = self.path(path);
        bounded(&self.deadline, move || Ok(work(&mut File::open(path)?)))?
    }
}

/// The source of the documents of `-`.
#[derive(Clone, Debug)]
pub enum Input {
    /// Standard input of this process.
    Process,
    /// These bytes.
    Bytes(Vec<u8>),
}

impl Input {
    /// Reads to the end, or to the first byte beyond the limit.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] if it does not end before the deadline, and the error of the system.
    pub fn read(&self, limit: u64, deadline: &Deadline) -> io::Result<Vec<u8>> {
        let most = limit.saturating_add(1);
        match self {
            Self::Process => read_stream(io::stdin(), most, deadline),
            Self::Bytes(given) => {
                let length = usize::try_from(most).unwrap_or(usize::MAX);
                Ok(given.get(..length).unwrap_or(given).to_vec())
            }
        }
    }
}

/// Receives the events of a run. They are for the user and do not change the report.
pub trait Events: Send + Sync {
    /// `done` of `total` requests are answered.
    fn progress(&self, done: usize, total: usize) {
        let _ = (done, total);
    }

    /// Called each second with the images for which the run waits and the remaining time; at the end with an
    /// empty text.
    fn waiting(&self, text: &str) {
        let _ = text;
    }

    /// A note that is not a finding, such as credentials that could not be read.
    fn note(&self, text: &str) {
        let _ = text;
    }

    /// An action of the run besides its report, for example a file that it wrote.
    fn done(&self, text: &str) {
        let _ = text;
    }

    /// A detail for `--verbose`, such as the source of credentials.
    fn detail(&self, text: &str) {
        let _ = text;
    }
}

/// Ignores all events.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Events for Silent {}
