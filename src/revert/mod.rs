//! The revert: finds the commit that introduced a broken reference and the last earlier value that can be
//! pulled, and restores this value in a commit that passes the gate. Find → last known good → edit → verify →
//! write.
//!
//! A [`Run`] is one use of it: [`Run::plan`] makes plans for broken references and writes nothing;
//! [`Run::write`] executes one of them.

use model::incident::{INCIDENT_SCHEMA_VERSION, Incident, Incidents};

use crate::config::{Options, RevertOptions};
use crate::context::Context;
use crate::error::Error;

mod automation;
mod candidates;
mod edit;
mod edits;
#[cfg(test)]
pub(crate) mod example;
mod files;
mod find;
mod good;
mod message;
mod past;
mod plan;
mod propose;
mod record;
mod request;
mod session;
mod splice;
mod suspended;
mod three_way;
mod trace;
mod verify;
mod walks;
mod whole;
mod write;

pub(crate) use candidates::Broken;
pub(crate) use message::{is_revert, reverts_incident};
pub(crate) use past::NotFollowed;
pub(crate) use plan::Plan;
pub(crate) use request::units_of;
pub(crate) use session::{Cause, Run};
pub(crate) use trace::Trace;
pub(crate) use walks::Walks;
pub(crate) use write::is_of;

/// Reverts the references that cannot be pulled, with one commit for each introducing commit.
///
/// # Errors
/// [`Error`] if the run could not happen.
pub async fn revert(
    options: &Options,
    wanted: &RevertOptions,
    context: &Context,
) -> Result<Incidents, Error> {
    let run = Run::begin(Cause::default(), options, wanted, context)?;
    let broken = run.broken().await?;
    let planned = run.plan(broken.references).await?;
    let mut incidents = Vec::new();
    for plan in planned.plans {
        incidents.push(run.write(plan).await?);
    }
    let mut unverified = broken.unverified;
    unverified.extend(planned.not_followed);
    Ok(Incidents { schema_version: INCIDENT_SCHEMA_VERSION, head: run.head, incidents, unverified })
}

impl Run<'_> {
    /// Writes the commit of a plan, and delivers it as the options say: locally, on the remote, or as a
    /// request. A plan that cannot be executed, and every plan of a dry run, is returned without changes.
    ///
    /// # Errors
    /// [`Error`] if git cannot write.
    pub(crate) async fn write(&self, plan: Plan) -> Result<Incident, Error> {
        let Plan { incident, found, edited } = plan;
        let Some(edited) = edited.filter(|_| !self.wanted.dry_run) else { return Ok(incident) };
        let incident = self.written(&found, edited, incident)?;
        Ok(self.proposed(incident).await)
    }
}
