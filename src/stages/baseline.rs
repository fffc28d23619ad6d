//! The baseline of a run: read before it, applied to its findings, or written from them.

use std::path::Path;

use judge::Judged;
use judge::baseline::Baseline;
use model::{BaselineUse, Report};
use source::RepoPath;

use crate::config::{Options, Scope};
use crate::context::Context;
use crate::error::Error;

use super::change::Source;

/// The baseline that the options name.
pub(super) fn read(options: &Options, context: &Context) -> Result<Option<Baseline>, Error> {
    let Some(file) = &options.baseline else { return Ok(None) };
    let refused = |why: String| Error::Baseline { file: file.clone(), why };
    let (_, bytes) = context.read(file, options.max_file_size).map_err(|error| refused(error.why()))?;
    Ok(Some(Baseline::parse(&bytes).map_err(refused)?))
}

/// How many findings the baseline let pass, and how many of its entries no longer occur where all of that is known.
pub(super) fn applied(known: &Baseline, judged: &Judged, source: &Source, options: &Options) -> BaselineUse {
    // A finding that was not looked for, or could not be verified, may still be there.
    let complete = options.network.is_some() && source.base.is_none() && judged.summary.unverified == 0;
    let was_checked = |path: &RepoPath| options.scope == Scope::All || source.paths.contains(path);
    let gone = if complete { Some(known.gone(&judged.in_baseline, was_checked)) } else { None };
    BaselineUse::Applied { dropped: judged.in_baseline.len(), gone }
}

/// Writes the findings of a report as a baseline; the number of findings written.
pub(super) fn write(report: &Report, file: &Path, context: &Context) -> Result<usize, Error> {
    let baseline = Baseline::of(report);
    source::write::write(&context.path(file), baseline.to_json().as_bytes())
        .map_err(|error| Error::WriteBaseline { file: file.to_owned(), why: error.to_string() })?;
    if report.summary.unverified > 0 {
        let n = report.summary.unverified;
        context.events.note(&format!("not verified, and so not in the baseline: {n} of the references"));
    }
    Ok(baseline.len())
}
