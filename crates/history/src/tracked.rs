//! References in the form that walks use: without charts of chart repositories and renderings, unless units
//! are completed.

use deploy::key;
use model::{Reference, UnitId};

use crate::error::HistoryError;
use crate::states::History;

impl History<'_> {
    /// The reference of a unit of head in the form that a walk uses: the same reference, otherwise the one
    /// that the same scalar decides. `None` if no scalar of the repository decides it.
    ///
    /// # Errors
    /// [`HistoryError`] if head cannot be read.
    pub fn tracked(&mut self, unit: &UnitId, shown: &Reference) -> Result<Option<Reference>, HistoryError> {
        let references = self.references(unit)?;
        if references.iter().any(|reference| key(reference) == key(shown)) {
            return Ok(Some(shown.clone()));
        }
        let site = &shown.site;
        let same = references.into_iter().find(|reference| {
            reference.site.file.path() == site.file.path() && reference.site.span == site.span
        });
        Ok(same.map(|reference| Reference { also_in: shown.also_in.clone(), ..*reference }))
    }
}
