//! The pull or merge request of an incident.

use model::incident::{Incident, Outcome, Request};

use crate::forge::{Client, Existing, ForgeError, Opened, Proposal, State};

use super::message::subject;
use super::plan::Plan;
use super::request::body;
use super::session::{Run, Stopped};

impl Run<'_> {
    /// Opens the request of a plan whose branch another run pushed without a request. The gate of this run
    /// did not check the files of that branch, so that the record has it as not verified.
    pub(crate) async fn adopt(&self, plan: Plan, commit: String) -> Incident {
        let incident =
            Incident { outcome: Outcome::Exists, commit: Some(commit), verified: false, ..plan.incident };
        self.proposed(incident).await
    }

    /// Opens the request of an incident whose branch is on the remote.
    pub(super) async fn proposed(&self, incident: Incident) -> Incident {
        let Some(forge) = &self.forge else { return incident };
        if incident.branch.is_none() {
            return incident;
        }
        match self.request(forge, &incident).await {
            Ok(Some(opened)) => with_request(incident, opened),
            Ok(None) => incident,
            Err(error) => Stopped::new(Outcome::Rejected, error.to_string()).of(incident),
        }
    }

    /// The request of an incident's branch. A branch that is not pushed has none, unless another run created
    /// it.
    async fn request(&self, forge: &Client, incident: &Incident) -> Result<Option<Opened>, ForgeError> {
        let branch = incident.branch.clone().unwrap_or_default();
        let remote = self.repository.remote().unwrap_or_else(|| "origin".to_owned());
        let onto = self.target_branch(&remote);
        if incident.outcome == Outcome::Rejected {
            let found = forge.find(&branch, &onto).await?;
            return Ok(found.map(Opened::earlier));
        }
        let settings = self.queries.settings();
        let proposal = Proposal {
            branch,
            onto,
            title: subject(incident),
            body: body(incident),
            labels: settings.labels.clone(),
            reviewers: settings.reviewers.clone(),
        };
        forge.open(&proposal).await.map(Some)
    }
}

fn with_request(mut incident: Incident, opened: Opened) -> Incident {
    let Opened { request: Existing { number, url, state }, is_new, incomplete } = opened;
    if incident.outcome == Outcome::Rejected {
        // The branch is that of another run, which opened the request.
        incident.outcome = Outcome::Exists;
        incident.why = None;
        incident.push = None;
    }
    if let Some(error) = incomplete {
        incident.why = Some(format!("the request is open, but incomplete: {error}"));
    }
    if state == State::Closed {
        incident.why = Some("the request was closed before without a merge, so it stays closed".to_owned());
    }
    incident.request = Some(Request { number, url, state: state.as_str().to_owned(), is_new });
    incident
}
