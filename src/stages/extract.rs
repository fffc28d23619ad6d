//! From the files of a run to the references in them.

use deploy::{Extraction, Input, Selection};

use model::policy::Policy;

use crate::config::{Options, What};
use crate::error::Error;

use super::change::Source;

/// Extracts the references that count, and the problems of the files.
pub(super) fn extract(source: &Source, options: &Options, policy: &Policy) -> Result<Extraction, Error> {
    let selection = match &source.changes {
        Some(changes) => Selection::Changed(changes),
        None if options.what == What::Change => Selection::Candidates,
        None => Selection::All,
    };
    let input = Input {
        head: &*source.head,
        base: source.base.as_deref(),
        selection,
        max_file_size: options.max_file_size,
        ignores: &policy.ignores,
    };
    let mut extraction = deploy::extract(&input)?;
    if options.what == What::Stdin && extraction.references.is_empty() && !source.holds_objects(options) {
        return Err(Error::StdinEmpty);
    }
    extraction.problems.extend_from_slice(&source.problems);
    Ok(extraction)
}
