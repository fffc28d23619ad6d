//! The baseline of a run: read before it, applied to its findings, or written from them.

use std::collections::HashSet;
use std::path::Path;

use git::{Compared, Repository};
use judge::Judged;
use judge::baseline::Baseline;
use model::{BaselineUse, FileProblem, Report, Rule};
use source::RepoPath;

use crate::config::{Options, Scope};
use crate::context::Context;
use crate::error::Error;

use super::inside::inside;

/// The baseline of a comparison.
pub(super) struct Known {
    /// Its findings.
    pub(super) baseline: Baseline,
    /// Its file, inside the repository.
    pub(super) path: Option<RepoPath>,
    /// The notices about it.
    pub(super) problems: Vec<FileProblem>,
}

/// The baseline of the options, from the disk.
pub(super) fn on_disk(options: &Options, context: &Context) -> Result<Option<Baseline>, Error> {
    let Some(file) = &options.baseline else { return Ok(None) };
    let refused = |why: String| Error::Baseline { file: file.clone(), why };
    let (_, bytes) = context.read(file, options.max_file_size).map_err(|error| refused(error.why()))?;
    Ok(Some(Baseline::parse(&bytes).map_err(refused)?))
}

/// The baseline of a comparison, from its base, because a change must not extend the baseline for itself. One
/// outside of the repository is read from the disk.
pub(super) fn of_base(
    options: &Options,
    context: &Context,
    repository: &Repository,
    compared: &Compared,
) -> Result<Option<Known>, Error> {
    let Some(file) = &options.baseline else { return Ok(None) };
    let Some(path) = inside(repository, context, file) else {
        let baseline = on_disk(options, context)?;
        return Ok(baseline.map(|baseline| Known { baseline, path: None, problems: Vec::new() }));
    };
    let refused = |why: String| Error::Baseline { file: file.clone(), why };
    let base =
        compared.base.read(&path, options.max_file_size).map_err(|error| refused(error.to_string()))?;
    let next = compared.head.read(&path, options.max_file_size).ok().flatten();
    let id = &compared.comparison.base;
    let baseline = match &base {
        Some(bytes) => Baseline::parse(bytes)
            .map_err(|why| refused(format!("{why} (it is read from the base, {id})")))?,
        // A file that exists on neither side is a typing mistake.
        None => Baseline::empty(),
    };
    if base.is_none() && next.is_none() {
        // A file that exists on neither side is a typing mistake.
        on_disk(options, context)?;
    }
    let problems = if base.is_some() && base == next {
        Vec::new()
    } else {
        changed(&path, id, base.is_some(), next.as_deref())
    };
    Ok(Some(Known { baseline, path: Some(path), problems }))
}

/// The notices on a baseline that differs between base and head, or that the base lacks.
fn changed(path: &RepoPath, base: &str, is_there: bool, next: Option<&[u8]>) -> Vec<FileProblem> {
    let message = if is_there {
        "this change of the baseline takes effect after the merge".to_owned()
    } else {
        format!("the base {} has no such file, so the baseline is empty", base.get(..10).unwrap_or(base))
    };
    let next = next.map(Baseline::parse);
    let then = match &next {
        Some(Ok(next)) if next.len() == 1 => "after the merge it holds 1 finding; ".to_owned(),
        Some(Ok(next)) => format!("after the merge it holds {} findings; ", next.len()),
        Some(Err(_)) => String::new(),
        None => "after the merge there is none; ".to_owned(),
    };
    let help = format!("{then}a baseline inside the repository is read from the base");
    let problem = |rule, cause: &str, message, help| {
        let (path, cause) = (path.clone(), cause.to_owned());
        FileProblem { rule, path, cause, message, help, site: None, about: 0 }
    };
    let mut problems = vec![problem(Rule::NotChecked, "baseline-changed", message, Some(help))];
    if let Some(Err(why)) = next {
        let message = format!("after the merge this baseline stops every run: {why}");
        problems.push(problem(Rule::UnparseableFile, "baseline-broken", message, None));
    }
    problems
}

/// The number of findings in the baseline, and of its entries that no longer occur, if all of these were
/// checked. `paths`: the checked files; `is_whole`: true if every reference in them was checked.
pub(super) fn applied(
    known: &Baseline,
    judged: &Judged,
    paths: &HashSet<RepoPath>,
    is_whole: bool,
    options: &Options,
) -> BaselineUse {
    // A finding that was not checked, or could not be verified, may still exist.
    let complete = options.network.is_some() && is_whole && judged.summary.unverified == 0;
    let was_checked = |path: &RepoPath| options.scope == Scope::All || paths.contains(path);
    let gone = if complete { Some(known.gone(&judged.in_baseline, was_checked)) } else { None };
    BaselineUse::Applied { dropped: judged.in_baseline.len(), gone }
}

/// Writes the findings of a report as a baseline. Returns the number of findings.
pub(super) fn write(report: &Report, file: &Path, context: &Context) -> Result<usize, Error> {
    let baseline = Baseline::of(report);
    let (path, text) = (context.path(file), baseline.to_json());
    let write = {
        let path = path.clone();
        move || source::write::write(&path, text.as_bytes())
    };
    ::run::with_file(&path, &context.deadline, write)
        .map_err(|error| Error::WriteBaseline { file: file.to_owned(), why: error.to_string() })?;
    let written = baseline.len();
    let findings = if written == 1 { "finding" } else { "findings" };
    context.events.done(&format!("{written} {findings} written to {}", file.display()));
    if report.summary.unverified > 0 {
        let n = report.summary.unverified;
        context.events.note(&format!("not verified, and so not in the baseline: {n} of the references"));
    }
    Ok(written)
}
