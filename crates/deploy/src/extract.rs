//! All phases in one call, for runs that fetch nothing in between.

use source::ReadError;

use crate::build::Extraction;
use crate::ecosystem::helm::fetched::Charts;
use crate::evaluate::Evaluation;
use crate::plan::Input;
use crate::render::Renderings;
use crate::sides::Sides;

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
///     excluded: None,
/// };
/// let extraction = extract(&input)?;
/// assert_eq!(extraction.references[0].site.text(), "nginx:1.27");
/// # Ok::<(), source::ReadError>(())
/// ```
///
/// # Errors
/// [`ReadError`] if the files cannot be listed.
pub fn extract(input: &Input<'_>) -> Result<Extraction, ReadError> {
    match evaluate(input)? {
        Some(evaluation) => Ok(evaluation.build(&Charts::default().survey()?, &Renderings::default())),
        None => Ok(Extraction::default()),
    }
}

/// The first two phases: the units that count, and their documents. `None` if base and head are the same.
///
/// # Errors
/// [`ReadError`] if the files cannot be listed.
pub fn evaluate<'a>(input: &Input<'a>) -> Result<Option<Evaluation<'a>>, ReadError> {
    Ok(Sides::survey(input)?.map(Sides::evaluate))
}

#[cfg(test)]
pub(crate) mod tests;
