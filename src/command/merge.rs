//! `pullable merge`: combines the reports of the shards of an audit.

use std::path::Path;
use std::sync::Arc;

use judge::merge_shards;
use model::report::Document;

use crate::ci::Env;
use crate::cli::MergeArgs;
use crate::context::Context;
use crate::error::Error;
use crate::output;
use crate::report;

use super::failure::note;
use super::outcome::Outcome;
use super::records::Records;
use super::signals;

/// Maximum length of a report that is read, in bytes.
const LONGEST: u64 = 1 << 30;

pub(super) fn run(args: &MergeArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let context = Context::new(".", Arc::clone(env))
        .map_err(|error| Error::Directory { directory: ".".to_owned(), why: error.to_string() })?;
    signals::cancel_at_signal(&context.deadline);
    let records = Records::open(&args.records, &context.root)?;
    let outlets =
        output::outlets(&args.report, &[args.reports.clone(), records.paths()].concat(), &context.root)?;
    let mut reports = Vec::new();
    for file in &args.reports {
        reports.push(read(file, &context)?);
    }
    let mut whole = merge_shards(reports).map_err(|error| {
        let file = error.report().and_then(|at| args.reports.get(at)).cloned().unwrap_or_default();
        Error::Merge { file, why: error.to_string() }
    })?;
    for text in records.keep(&mut whole, context.now)? {
        note(false, &text);
    }
    let text = report::merged(&whole, args.format.format(), context.now);
    for outlet in &outlets {
        outlet.write(report::merged(&whole, outlet.format, context.now), &context.deadline)?;
    }
    Ok(Outcome::new(text, whole.exit_code()))
}

fn read(file: &Path, context: &Context) -> Result<Document, Error> {
    let refused = |why: String| Error::Merge { file: file.to_owned(), why };
    let (_, bytes) = context.read(file, LONGEST).map_err(|error| refused(error.why()))?;
    Document::parse(&bytes).map_err(|error| refused(error.to_string()))
}
