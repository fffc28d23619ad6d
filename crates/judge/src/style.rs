//! Corrections in the style of their file: existing quotes are kept, and quotes are added if YAML needs them.
//! A correction that the style does not allow is left out, and one that changes other places through aliases
//! needs a confirmation.

use std::collections::BTreeMap;

use model::{Candidate, Edit, Finding, Fix};
use source::{RepoPath, Site};
use yaml::Scalars;

/// Writes the corrections of all findings in the style of their files. Each file is read once.
pub(super) fn in_style(findings: &mut [Finding]) {
    let mut files = Files::default();
    for finding in findings {
        let mut candidates = Vec::new();
        for fix in std::mem::take(&mut finding.fixes) {
            match files.written(fix) {
                Some(Written { fix, aliases: 0 }) => finding.fixes.push(fix),
                Some(Written { fix, aliases }) => {
                    candidates.push(Candidate { fix, caution: reached(aliases) });
                }
                None => {}
            }
        }
        for Candidate { fix, caution } in std::mem::take(&mut finding.candidates) {
            let Some(Written { fix, aliases }) = files.written(fix) else { continue };
            let caution = if aliases == 0 { caution } else { format!("{caution}; {}", reached(aliases)) };
            candidates.push(Candidate { fix, caution });
        }
        finding.candidates = candidates;
    }
}

fn reached(aliases: usize) -> String {
    match aliases {
        1 => "the edit changes an anchor that 1 alias uses".to_owned(),
        n => format!("the edit changes an anchor that {n} aliases use"),
    }
}

/// A correction in the style of its file, and the aliases that it changes.
struct Written {
    fix: Fix,
    aliases: usize,
}

/// The scalars of the files with corrections.
#[derive(Default)]
struct Files(BTreeMap<RepoPath, Scalars>);

impl Files {
    /// A correction in the style of its file; `None` if the style does not allow it, or nothing would change.
    fn written(&mut self, fix: Fix) -> Option<Written> {
        let mut aliases = 0;
        let mut edits = Vec::new();
        for Edit { site, replacement } in fix.edits {
            let scalars = self.0.entry(site.file.path().clone()).or_insert_with(|| Scalars::read(&site.file));
            let replaced = scalars.replace(site.span, &replacement).ok()?;
            aliases += replaced.aliases;
            let site = Site { span: replaced.edit.span, ..site };
            if site.text() == replaced.edit.replacement {
                return None;
            }
            edits.push(Edit { site, replacement: replaced.edit.replacement });
        }
        Some(Written { fix: Fix { edits, ..fix }, aliases })
    }
}
