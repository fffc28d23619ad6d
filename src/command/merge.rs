//! `pullable merge`: the reports of the shards of an audit become one.

use std::path::Path;
use std::sync::Arc;

use judge::merge_shards;
use model::report::Document;

use crate::ci::Env;
use crate::cli::{MergeArgs, MergeFormat};
use crate::context::Context;
use crate::error::Error;
use crate::report;

use super::outcome::Outcome;

/// Longest report that is read, in bytes.
const LONGEST: u64 = 1 << 30;

pub(super) fn run(args: &MergeArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let context = Context::new(".", Arc::clone(env))
        .map_err(|error| Error::Directory { directory: ".".to_owned(), why: error.to_string() })?;
    let mut reports = Vec::new();
    for file in &args.reports {
        reports.push(read(file, &context)?);
    }
    let whole = merge_shards(reports).map_err(|error| {
        let file = error.report().and_then(|at| args.reports.get(at)).cloned().unwrap_or_default();
        Error::Merge { file, why: error.to_string() }
    })?;
    let text = match args.format {
        MergeFormat::Human => report::merged(&whole),
        MergeFormat::Json => report::document(&whole),
    };
    Ok(Outcome { text, code: whole.exit_code() })
}

fn read(file: &Path, context: &Context) -> Result<Document, Error> {
    let refused = |why: String| Error::Merge { file: file.to_owned(), why };
    let (_, bytes) = context.read(file, LONGEST).map_err(|error| refused(error.why()))?;
    Document::parse(&bytes).map_err(|error| refused(error.to_string()))
}
