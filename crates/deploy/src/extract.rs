//! All phases in one call, for runs that fetch nothing in between.

use source::ReadError;
use source::change::Change;

use crate::build::Extraction;
use crate::ecosystem::helm::fetched::Charts;
use crate::evaluate::Evaluation;
use crate::plan::{Input, Selection, plan};
use crate::render::Renderings;

/// Extracts the references of the units that a change affects, or of all.
///
/// ```
/// use deploy::{Input, Repositories, Selection, extract};
/// use source::Memory;
///
/// let pod = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: nginx:1.27}]}\n";
/// let files = Memory::default().with("pod.yaml", pod);
/// let input = Input {
///     head: &files,
///     base: None,
///     selection: Selection::All,
///     max_file_size: 1 << 20,
///     renders: false,
///     repositories: Repositories::default(),
///     ignores: &[],
/// };
/// let extraction = extract(&input)?;
/// assert_eq!(extraction.references[0].site.text(), "nginx:1.27");
/// # Ok::<(), source::ReadError>(())
/// ```
///
/// # Errors
/// [`ReadError`] where the files cannot be listed.
pub fn extract(input: &Input<'_>) -> Result<Extraction, ReadError> {
    match evaluate(input)? {
        Some(evaluation) => Ok(evaluation.build(&Charts::default().survey()?, &Renderings::default())),
        None => Ok(Extraction::default()),
    }
}

/// The first two phases: which units count, and their documents. `None` if base and head are the same.
///
/// # Errors
/// [`ReadError`] where the files cannot be listed.
pub fn evaluate<'a>(input: &Input<'a>) -> Result<Option<Evaluation<'a>>, ReadError> {
    if let Selection::Changed(changes) = input.selection
        && is_empty(input, changes)?
    {
        return Ok(None);
    }
    Ok(Some(plan(input)?.evaluate()))
}

/// True if base and head are the same. Symbolic links are no changed files.
fn is_empty(input: &Input<'_>, changes: &[Change]) -> Result<bool, ReadError> {
    let links_differ = match input.base {
        Some(base) => base.links()? != input.head.links()?,
        None => false,
    };
    Ok(changes.is_empty() && !links_differ)
}

#[cfg(test)]
pub(crate) mod tests;
