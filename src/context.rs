//! The surroundings of a run: folder, date, environment, standard input, and the listener for its events. A run has
//! no other: no current folder and no global state, so that one process can run several at once.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use model::policy::Date;

use crate::ci::Env;

/// The surroundings of a run, besides its options.
#[derive(Clone)]
pub struct Context {
    /// The folder that the run starts in: absolute, without symbolic links. Relative paths of the options are below it.
    pub root: PathBuf,
    /// The day, for ignores that expire.
    pub today: Date,
    /// Environment variables.
    pub env: Arc<Env>,
    /// Standard input.
    pub input: Input,
    /// Hears what happens.
    pub events: Arc<dyn Events>,
}

impl Context {
    /// The surroundings of a run that starts in `root` today, without standard input, and without a listener.
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
    /// The error of the system where `root` is no folder that can be opened.
    pub fn new(root: impl AsRef<Path>, env: Arc<Env>) -> io::Result<Self> {
        // The dot makes it an error that the path is no folder.
        let root = root.as_ref().join(".").canonicalize()?;
        Ok(Self {
            root,
            today: Date::at(SystemTime::now()),
            env,
            input: Input::Bytes(Vec::new()),
            events: Arc::new(Silent),
        })
    }

    /// An environment variable that is not empty.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.env.get(name)
    }

    /// A path of the options, below the root where it is relative.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.root.join(path)
    }
}

/// Where the documents of `-` come from.
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
    /// The error of the system.
    pub fn read(&self, limit: u64) -> io::Result<Vec<u8>> {
        let limit = limit.saturating_add(1);
        let mut bytes = Vec::new();
        match self {
            Self::Process => io::stdin().lock().take(limit).read_to_end(&mut bytes)?,
            Self::Bytes(given) => given.as_slice().take(limit).read_to_end(&mut bytes)?,
        };
        Ok(bytes)
    }
}

/// Hears what happens during a run. All of it is for people; none of it changes the report.
pub trait Events: Send + Sync {
    /// `done` of `total` requests are answered.
    fn progress(&self, done: usize, total: usize) {
        let _ = (done, total);
    }

    /// Called each second with the images that are waited for and the time that is left; at the end with nothing.
    fn waiting(&self, text: &str) {
        let _ = text;
    }

    /// Something worth knowing that is no finding, as credentials that could not be read.
    fn note(&self, text: &str) {
        let _ = text;
    }

    /// A detail for those who asked for more, as the source of credentials.
    fn detail(&self, text: &str) {
        let _ = text;
    }
}

/// Listens to nothing.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Events for Silent {}
