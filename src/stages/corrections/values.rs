//! The files of corrections after their edits, and the proof that each edit changes one value and nothing else.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use model::correction::{Correction, Edited};
use source::edit::{Edit, apply};
use source::{Files, RepoPath, SourceFile, Span};
use yaml::{Difference, differences};

/// The edits of a file.
struct OfFile {
    file: Arc<SourceFile>,
    edits: Vec<Edit>,
}

/// The reason why a file of a correction cannot be edited.
pub(super) fn uneditable(correction: &Correction, head: &dyn Files, limit: u64) -> Option<&'static str> {
    for edit in &correction.fix.edits {
        let file = &edit.site.file;
        if Path::new(file.path().as_str()).is_absolute() {
            return Some("it is outside of the folder that the run starts in");
        }
        // A file that has changed since it was read, or cannot be read any more, is found when it is written.
        if file.origin().is_some() || head.read(file.path(), limit) == Ok(None) {
            return Some("it is not a file of the work tree");
        }
    }
    None
}

/// The files of corrections with their edits, or the reason why one of them cannot be edited.
pub(super) fn edited(corrections: &[Correction]) -> Result<Vec<Edited>, String> {
    let mut files: BTreeMap<RepoPath, OfFile> = BTreeMap::new();
    for edit in corrections.iter().flat_map(|correction| &correction.fix.edits) {
        let path = edit.site.file.path().clone();
        let of_file = files
            .entry(path)
            .or_insert_with(|| OfFile { file: Arc::clone(&edit.site.file), edits: Vec::new() });
        of_file.edits.push(Edit::new(edit.site.span, edit.replacement.clone()));
    }
    let mut edited = Vec::new();
    for OfFile { file, mut edits } in files.into_values() {
        edits.sort_unstable();
        edits.dedup();
        edited.push(edit(file, &edits)?);
    }
    Ok(edited)
}

/// A file with its edits, each of which changes one value.
fn edit(file: Arc<SourceFile>, edits: &[Edit]) -> Result<Edited, String> {
    let bytes = apply(&file, edits).map_err(|error| error.to_string())?;
    let after = SourceFile::decode(file.path().clone(), bytes).map_err(|error| error.to_string())?;
    let after = Arc::new(after);
    let found = differences(&file, &after).ok_or("the edit would change the form of the file")?;
    let is_proven = found.len() == edits.len()
        && edits.iter().all(|edit| found.iter().any(|difference| is_at(difference, edit.span)));
    if !is_proven {
        return Err("the edit would change other values of the file".to_owned());
    }
    Ok(Edited { file, after, failed: None })
}

/// True if a difference is at the place of an edit. The value may have quotes.
fn is_at(difference: &Difference, edit: Span) -> bool {
    let (Difference::Scalar { before: place, .. } | Difference::Entry { mapping: place, .. }) = difference;
    place.start <= edit.end && edit.start <= place.end
}
