//! Corrections of files by the commands `fix` and `pin`: the edits, and the references that are not changed,
//! with the reasons.

use std::sync::Arc;

use crate::finding::Finding;
use crate::fix::Fix;
use crate::rule::{Class, Rule, Severity};
use source::change::Comparison;
use source::{Site, SourceFile};

pub mod document;

/// The command that makes corrections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// `pullable fix`.
    Fix,
    /// `pullable pin`.
    Pin,
}

/// The use of corrections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They are written to the work tree.
    Write,
    /// They are shown as a difference.
    Diff,
    /// Nothing is written, and it is an error if a file would change.
    Check,
}

/// A correction, and the references that it changes.
#[derive(Clone, Debug)]
pub struct Correction {
    /// The rule of the finding; `None` for `pin`.
    pub rule: Option<Rule>,
    /// The edits.
    pub fix: Fix,
    /// The references before.
    pub from: Vec<String>,
}

impl Correction {
    /// The place of the first edit.
    pub fn site(&self) -> Option<&Site> {
        self.fix.edits.first().map(|edit| &edit.site)
    }
}

/// A reference that is not changed.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The rule of the finding; `None` for `pin`.
    pub rule: Option<Rule>,
    /// The place.
    pub site: Site,
    /// The reference, or the text if there is none.
    pub image: String,
    /// The reason, in one line.
    pub reason: String,
}

/// A file with its edits.
#[derive(Clone, Debug)]
pub struct Edited {
    /// The file as it was read.
    pub file: Arc<SourceFile>,
    /// The file with its edits.
    pub after: Arc<SourceFile>,
    /// The reason why it could not be written.
    pub failed: Option<String>,
}

/// Findings without a correction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// The number of known errors.
    pub known: usize,
    /// The number of errors about unverified references.
    pub unverified: usize,
}

impl Left {
    /// Counts a finding, if it is an error.
    pub fn count(&mut self, finding: &Finding) {
        match finding.rule.class() {
            _ if finding.severity != Severity::Error => {}
            Class::Unverified => self.unverified += 1,
            Class::Known(_) | Class::Optional => self.known += 1,
        }
    }
}

/// The result of a run of `fix` or `pin`. All lists are in the order of path and place.
#[derive(Clone, Debug)]
pub struct Corrections {
    /// The command.
    pub task: Task,
    /// The use of the corrections.
    pub mode: Mode,
    /// The comparison; `None` if whole files were read.
    pub comparison: Option<Comparison>,
    /// The corrections.
    pub corrections: Vec<Correction>,
    /// The findings that are not changed.
    pub refused: Vec<Refused>,
    /// The files.
    pub files: Vec<Edited>,
    /// Findings without a correction.
    pub left: Left,
}

impl Corrections {
    /// The exit code: 2 if a file could not be written, 1 for a known fault or, in a check, for a file that
    /// would change, 3 for an unverified reference.
    pub fn exit_code(&self) -> u8 {
        let would_change = self.mode == Mode::Check && !self.corrections.is_empty();
        if self.files.iter().any(|file| file.failed.is_some()) {
            2
        } else if would_change || self.left.known > 0 {
            1
        } else if self.left.unverified > 0 {
            3
        } else {
            0
        }
    }
}
