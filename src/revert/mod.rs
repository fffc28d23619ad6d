//! The revert: find the commit that introduced a broken reference, the last earlier value that can be pulled, and put
//! it back in a commit that passes the gate. Find → last known good → edit → verify → write.

use git::Repository;
use history::History;
use model::incident::{INCIDENT_SCHEMA_VERSION, Incident, Incidents, Outcome};

use crate::config::{Options, RevertOptions};
use crate::context::Context;
use crate::error::Error;
use crate::stages::Queries;

mod automation;
mod candidates;
mod edit;
mod edits;
mod files;
mod find;
mod good;
mod message;
mod propose;
mod record;
mod request;
mod session;
mod splice;
mod suspended;
mod three_way;
mod verify;
mod whole;
mod write;

use find::Found;
use session::Run;

/// Takes back the references that cannot be pulled, one commit for each commit that introduced some.
///
/// # Errors
/// [`Error`] where the run could not happen.
pub async fn revert(
    options: &Options,
    wanted: &RevertOptions,
    context: &Context,
) -> Result<Incidents, Error> {
    let repository = Repository::open(&context.root, &context.deadline)?;
    let head = repository.commit_id(&start(&repository, wanted))?;
    let options = Options { head: Some(head.clone()), ..options.clone() };
    let files = repository.files_of(&head)?;
    let queries = Queries::begin(&options, context, &*files)?;
    let (repository, files, options) = (&repository, &*files, &options);
    let forge = propose::forge(repository, options, wanted, context)?;
    let run = Run { options, wanted, context, repository, head, files, queries, forge };
    let mut history = History::new(run.repository, &run.head, options.max_file_size)?;
    let broken = candidates::broken(&run, &mut history).await?;
    let mut incidents = Vec::new();
    let grouped = find::grouped(&mut history, broken.references)?;
    for found in grouped.incidents {
        incidents.push(run.incident(&mut history, found).await?);
    }
    let mut unverified = broken.unverified;
    unverified.extend(grouped.not_followed);
    Ok(Incidents { schema_version: INCIDENT_SCHEMA_VERSION, head: run.head, incidents, unverified })
}

/// The revision that a revert is made for: a branch as the remote has it, else as it is here, else `HEAD`.
fn start(repository: &Repository, wanted: &RevertOptions) -> String {
    let Some(branch) = &wanted.onto else { return "HEAD".to_owned() };
    let remote = repository.remote().unwrap_or_else(|| "origin".to_owned());
    let tracked = format!("refs/remotes/{remote}/{branch}");
    if repository.commit_id(&tracked).is_ok() { tracked } else { branch.clone() }
}

impl Run<'_> {
    /// One incident, from the commit that introduced it to the commit that takes it back.
    async fn incident(&self, history: &mut History<'_>, found: Found) -> Result<Incident, Error> {
        let mut incident = record::begun(self, &found)?;
        let good = match self.last_known_good(history, &found, &mut incident).await? {
            Ok(good) => good,
            Err(stopped) => return Ok(stopped.of(incident)),
        };
        let mut edited = match self.edited(history, &found, &good)? {
            Ok(edited) => edited,
            Err(stopped) => return Ok(stopped.of(incident)),
        };
        incident.mode = Some(edited.mode);
        let objects = deploy::objects(self.files, self.options.max_file_size, None)?;
        incident.automation = self.automations(&found, &objects, &mut edited.edits)?;
        incident.suspended = suspended::suspended(&found, &objects);
        if let Err(stopped) = self.verified(&found, &good, &edited, &mut incident).await? {
            return Ok(stopped.of(incident));
        }
        incident.verified = true;
        record::add_follow_ups(&mut incident);
        if self.wanted.dry_run {
            incident.outcome = Outcome::Planned;
            return Ok(incident);
        }
        let incident = self.written(&found, edited, incident)?;
        Ok(self.proposed(incident).await)
    }
}
