//! From the files of a run to the references in them.

use deploy::{Evaluation, Extraction, Input, Selection, given_tool_files};
use git::Compared;
use model::policy::Policy;
use model::{FileProblem, Rule};
use source::{ReadError, RepoPath};

use crate::config::{Options, What};
use crate::error::Error;

use super::change::Source;
use super::render::Renderer;
use super::repositories;

/// Evaluates the units of the run; `None` if base and head are the same.
pub(super) fn evaluate<'a>(
    source: &'a Source,
    options: &Options,
    policy: &'a Policy,
    renderer: &Renderer<'_>,
) -> Result<Option<Evaluation<'a>>, Error> {
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
        renders: renderer.is_on()?,
        repositories: repositories::known(policy),
        ignores: &policy.ignores,
        excluded: policy.excluded.as_ref(),
    };
    renderer.evaluate(&input)
}

/// Adds the problems of the files themselves to the references that were extracted.
pub(super) fn complete(
    extraction: Extraction,
    source: &Source,
    options: &Options,
    policy: &Policy,
) -> Result<Extraction, Error> {
    let mut extraction = extraction;
    if options.what == What::Stdin && extraction.references.is_empty() && !source.holds_objects(options) {
        return Err(Error::StdinEmpty);
    }
    let problems = source.problems.iter().filter(|problem| !is_excluded(problem, policy));
    extraction.problems.extend(problems.cloned());
    if let Some(change) = &source.policy.change {
        extraction.problems.extend(added_ignores(change, options, policy)?);
    }
    let given = given_tool_files(source.given.iter().filter(|path| !refers(&extraction, path)));
    extraction.problems.extend(given);
    Ok(extraction)
}

/// True if the problem is that an excluded file cannot be parsed. A file that cannot be read may be part of
/// another unit.
fn is_excluded(problem: &FileProblem, policy: &Policy) -> bool {
    let path = &problem.path;
    let covers = policy.excluded.as_ref().is_some_and(|patterns| patterns.fit(path.as_str()));
    covers && problem.rule == Rule::NotChecked && !policy.is_read_from(path)
}

/// True if a reference was found in a file.
fn refers(extraction: &Extraction, path: &RepoPath) -> bool {
    extraction.references.iter().any(|reference| reference.site.file.path() == path)
}

/// The inline ignores that a pull request adds, for a run over whole files, which otherwise has no base.
fn added_ignores(
    change: &Compared,
    options: &Options,
    policy: &Policy,
) -> Result<Vec<FileProblem>, ReadError> {
    let input = Input {
        head: &*change.head,
        base: Some(&*change.base),
        selection: Selection::Changed(&change.changes),
        max_file_size: options.max_file_size,
        renders: false,
        repositories: repositories::known(policy),
        ignores: &policy.ignores,
        excluded: policy.excluded.as_ref(),
    };
    let mut problems = deploy::extract(&input)?.problems;
    problems.retain(|problem| problem.rule == Rule::IgnoreAdded);
    Ok(problems)
}
