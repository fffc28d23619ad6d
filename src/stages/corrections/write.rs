//! Writes corrected files to the work tree.

use std::path::Path;

use ::run::Deadline;
use model::correction::Edited;
use source::replace::replace;

use crate::error::Error;

/// Writes each file completely. A file that cannot be written is not changed, and has the reason.
///
/// # Errors
/// [`Error::Cancelled`] if the run was cancelled: the remaining files are not changed.
pub(super) fn write(root: &Path, files: &mut [Edited], deadline: &Deadline) -> Result<(), Error> {
    for edited in files {
        if deadline.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let path = edited.file.path();
        if let Err(error) = replace(root, path, &edited.file.bytes(), &edited.after.bytes()) {
            edited.failed = Some(error.to_string());
        }
    }
    Ok(())
}
