//! The result of `fix` and `pin` as a document, version 1. `schemas/corrections.schema.json` describes it.

use serde::{Deserialize, Serialize};

use crate::report::{Change, EditEntry, Tool};

/// The version of the format. It is raised for a change that readers have to follow.
pub const SCHEMA_VERSION: u32 = 1;

/// The result of a run. Fields are in the order in which they are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Always [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The program.
    pub tool: Tool,
    /// `fix` or `pin`.
    pub command: String,
    /// `write`, `diff` or `check`.
    pub mode: String,
    /// The comparison; `None` if whole files were read.
    pub change: Option<Change>,
    /// Figures.
    pub summary: Figures,
    /// The corrections.
    pub corrections: Vec<CorrectionEntry>,
    /// References that are not changed.
    pub refused: Vec<RefusedEntry>,
    /// Files that could not be written.
    pub failed: Vec<FailedEntry>,
}

/// Figures of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Corrections.
    pub corrections: usize,
    /// Files that they change.
    pub files: usize,
    /// References that are not changed.
    pub refused: usize,
    /// Errors without a correction.
    pub errors_left: usize,
    /// The number of errors about unverified references.
    pub unverified_left: usize,
}

/// A correction. Lines and columns start at 1, and columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "places are explained above")]
pub struct CorrectionEntry {
    /// The rule of the finding; `None` for `pin`.
    pub rule: Option<String>,
    /// Its effect, in one line.
    pub description: String,
    pub path: String,
    pub line: usize,
    pub column: usize,
    /// The references before.
    pub from: Vec<String>,
    /// The reference afterwards; `None` if there was none before.
    pub to: Option<String>,
    /// The edits.
    pub edits: Vec<EditEntry>,
    /// True if the file was written.
    pub written: bool,
}

/// A reference that is not changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "places are explained at the correction")]
pub struct RefusedEntry {
    /// The rule of the finding; `None` for `pin`.
    pub rule: Option<String>,
    /// The reference, or the text if there is none.
    pub image: String,
    pub path: String,
    pub line: usize,
    pub column: usize,
    /// The reason, in one line.
    pub reason: String,
}

/// A file that could not be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedEntry {
    /// The file.
    pub path: String,
    /// The reason, in one line.
    pub reason: String,
}
