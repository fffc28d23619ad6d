//! Writes corrected files to the work tree.

use std::path::Path;

use model::correction::Edited;
use source::replace::replace;

/// Writes each file as a whole. One that cannot be written is left as it is, and holds the reason.
pub(super) fn write(root: &Path, files: &mut [Edited]) {
    for edited in files {
        let path = edited.file.path();
        if let Err(error) = replace(root, path, &edited.file.bytes(), &edited.after.bytes()) {
            edited.failed = Some(error.to_string());
        }
    }
}
