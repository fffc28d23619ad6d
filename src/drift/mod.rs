//! The comparison of a cluster with Git: dump → Git → compare → registries → history → report.

use std::path::Path;

use cluster::{Dump, DumpError};
use git::Repository;
use model::drift::{DRIFT_SCHEMA_VERSION, Drift};
use model::time;
use source::write;

use crate::config::{DriftOptions, Options};
use crate::context::Context;
use crate::error::Error;
use crate::stages::Queries;

mod entries;
mod past;
mod registries;
mod session;
mod sides;

use session::Run;

/// The error of an extract with an invalid time.
const NO_TIME: &str =
    "`takenAt` of the dump is not a time, as in 2026-11-27T10:00:00Z: correct it, or give --taken-at";

/// Compares a dump with the objects that a commit deploys.
///
/// # Errors
/// [`Error`] if the run could not happen.
pub async fn drift(options: &Options, wanted: &DriftOptions, context: &Context) -> Result<Drift, Error> {
    let dump = read(&wanted.dump, context)?;
    let repository = Repository::open(&context.root, &context.deadline)?;
    let head = repository.commit_id(options.head.as_deref().unwrap_or("HEAD"))?;
    let options = Options { head: Some(head.clone()), ..options.clone() };
    let files = repository.files_of(&head)?;
    let queries = Queries::begin(&options, context, &*files)?;
    let taken_at = taken_at(wanted, &dump)?;
    let run = Run { options: &options, wanted, head, files: &*files, queries, context };
    let mut notices = sides::notices(&dump, &run);
    let mut extraction = run.extraction().await?;
    notices.extend(sides::leave_out_dump(&mut extraction, &repository, &run));
    let compared = run.compared(dump, &extraction)?;
    let mut settled = run.settled(compared.items, &extraction.references).await?;
    run.look_back(&mut settled).await?;
    let mut workloads = entries::entries(settled, &repository);
    entries::weigh_age(&mut workloads, taken_at);
    notices.extend(entries::age(&repository, &run.head, taken_at));
    workloads.sort_by(|a, b| entries::order(a).cmp(&entries::order(b)));
    notices.sort();
    let (in_git, in_cluster) = (compared.in_git, compared.in_cluster);
    let excluded = compared.exclusions.into_entries();
    let summary = entries::figures(&workloads, &excluded, in_git, in_cluster);
    Ok(Drift {
        schema_version: DRIFT_SCHEMA_VERSION,
        head: run.head,
        taken_at,
        summary,
        workloads,
        excluded,
        notices,
    })
}

/// Writes an extract of a dump, without secrets. Returns the number of objects in it.
///
/// # Errors
/// [`Error`] if the dump cannot be read, or the extract cannot be written.
pub fn snapshot(wanted: &DriftOptions, file: &Path, context: &Context) -> Result<usize, Error> {
    let mut dump = read(&wanted.dump, context)?;
    let taken_at = taken_at(wanted, &dump)?.unwrap_or(context.now);
    dump.taken_at = Some(time::text(taken_at));
    write::write(&context.path(file), dump.snapshot().as_bytes())
        .map_err(|error| Error::Record { file: file.to_owned(), why: error.to_string() })?;
    Ok(dump.len())
}

/// The time at which a dump was taken: that of the command line, otherwise its own.
fn taken_at(wanted: &DriftOptions, dump: &Dump) -> Result<Option<i64>, Error> {
    let Some(own) = dump.taken_at.as_ref().filter(|_| wanted.taken_at.is_none()) else {
        return Ok(wanted.taken_at);
    };
    let (seconds, _) = time::instant(own).ok_or_else(|| Error::Usage(NO_TIME.to_owned()))?;
    Ok(Some(seconds))
}

fn read(file: &Path, context: &Context) -> Result<Dump, Error> {
    let refused = |why: DumpError| Error::Dump { file: file.to_owned(), why };
    let read = context.with_stream(file, |stream| cluster::read(stream));
    read.map_err(|error| refused(error.into()))?.map_err(refused)
}
