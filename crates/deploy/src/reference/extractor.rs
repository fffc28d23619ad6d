//! The interface of an ecosystem that finds references.

use crate::document::Document;
use crate::reference::found::Found;
use crate::reference::walk::TooMuch;

/// Reads references of one ecosystem out of documents.
pub(crate) trait Extractor: Sync {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// Claims what `document` holds; an extractor leaves documents of others alone.
    ///
    /// # Errors
    /// [`TooMuch`] if aliases expand the document beyond bounds.
    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch>;
}
