//! The interface of an ecosystem that finds references.

use crate::document::Document;
use crate::reference::found::Found;
use crate::reference::walk::TooMuch;

/// Extracts the references of one ecosystem from documents.
pub(crate) trait Extractor: Sync {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// Claims the references in `document`; an extractor ignores documents of other ecosystems.
    ///
    /// # Errors
    /// [`TooMuch`] if aliases expand the document beyond bounds.
    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch>;
}
