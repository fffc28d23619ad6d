//! Corrections for programs: the document of [`model::correction::document`].

use std::collections::BTreeSet;

use model::correction::document::{
    CorrectionEntry, Document, FailedEntry, Figures, RefusedEntry, SCHEMA_VERSION,
};
use model::correction::{Correction, Corrections, Mode, Refused, Task};
use source::RepoPath;

use crate::report::json::{change, edit, tool};
use crate::report::safe;

/// Writes the document.
pub fn json(result: &Corrections) -> String {
    safe::json(&document(result))
}

fn document(result: &Corrections) -> Document {
    let mut failed = Vec::new();
    let mut written = BTreeSet::new();
    for edited in &result.files {
        match &edited.failed {
            Some(reason) => {
                failed.push(FailedEntry { path: edited.file.path().to_string(), reason: reason.clone() });
            }
            None if result.mode == Mode::Write => _ = written.insert(edited.file.path()),
            None => {}
        }
    }
    let mut corrections = Vec::new();
    for correction in &result.corrections {
        corrections.extend(entry(correction, &written));
    }
    Document {
        schema_version: SCHEMA_VERSION,
        tool: tool(),
        command: match result.task {
            Task::Fix => "fix".to_owned(),
            Task::Pin => "pin".to_owned(),
        },
        mode: match result.mode {
            Mode::Write => "write".to_owned(),
            Mode::Diff => "diff".to_owned(),
            Mode::Check => "check".to_owned(),
        },
        change: result.comparison.as_ref().map(change),
        summary: figures(result),
        corrections,
        refused: result.refused.iter().map(refused).collect(),
        failed,
    }
}

fn figures(result: &Corrections) -> Figures {
    Figures {
        corrections: result.corrections.len(),
        files: result.files.len(),
        refused: result.refused.len(),
        errors_left: result.left.known,
        unverified_left: result.left.unverified,
    }
}

fn entry(correction: &Correction, written: &BTreeSet<&RepoPath>) -> Option<CorrectionEntry> {
    let site = correction.site()?;
    let at = site.location();
    Some(CorrectionEntry {
        rule: correction.rule.map(|rule| rule.id().to_owned()),
        description: correction.fix.description.clone(),
        path: site.file.path().to_string(),
        line: at.line,
        column: at.column,
        from: correction.from.clone(),
        to: correction.fix.image.clone(),
        edits: correction.fix.edits.iter().map(edit).collect(),
        written: written.contains(site.file.path()),
    })
}

fn refused(refused: &Refused) -> RefusedEntry {
    let at = refused.site.location();
    RefusedEntry {
        rule: refused.rule.map(|rule| rule.id().to_owned()),
        image: refused.image.clone(),
        path: refused.site.file.path().to_string(),
        line: at.line,
        column: at.column,
        reason: refused.reason.clone(),
    }
}
