//! The pull or merge request of an incident.

use git::Repository;
use model::incident::{Incident, Outcome, Request};

use crate::config::{Delivery, Options, RevertOptions};
use crate::context::Context;
use crate::error::Error;
use crate::forge::{Client, Existing, ForgeError, Place, Proposal, Settings, State};

use super::message::subject;
use super::request::body;
use super::session::{Run, Stopped};

/// The client of the forge, before anything is written; `None` if no request is wanted.
pub(super) fn forge(
    repository: &Repository,
    options: &Options,
    wanted: &RevertOptions,
    context: &Context,
) -> Result<Option<Client>, Error> {
    if wanted.delivery != Delivery::Request {
        return Ok(None);
    }
    let variable = |name: &str| context.variable(name);
    let remote = repository.remote().unwrap_or_else(|| "origin".to_owned());
    let url = repository.push_url(&remote).unwrap_or(remote);
    let place = Place::of(&url, wanted.forge.as_deref(), &variable)?;
    let mut settings = Settings::default();
    if let Some(network) = &options.network {
        settings.timeout = network.timeout;
        settings.authorities = network.authorities.iter().map(|file| context.path(file)).collect();
    }
    Ok(Some(Client::new(place, &settings, &variable)?))
}

impl Run<'_> {
    /// Opens the request of an incident whose branch is on the remote.
    pub(super) async fn proposed(&self, incident: Incident) -> Incident {
        let Some(forge) = &self.forge else { return incident };
        if incident.branch.is_none() {
            return incident;
        }
        match self.request(forge, &incident).await {
            Ok(Some((existing, is_new))) => with_request(incident, existing, is_new),
            Ok(None) => incident,
            Err(error) => Stopped::new(Outcome::Rejected, error.to_string()).of(incident),
        }
    }

    /// The request of an incident's branch. One that is not pushed has none, unless a run elsewhere made it.
    async fn request(
        &self,
        forge: &Client,
        incident: &Incident,
    ) -> Result<Option<(Existing, bool)>, ForgeError> {
        let branch = incident.branch.clone().unwrap_or_default();
        let remote = self.repository.remote().unwrap_or_else(|| "origin".to_owned());
        let onto = self.target_branch(&remote);
        if incident.outcome == Outcome::Rejected {
            let found = forge.find(&branch, &onto).await?;
            return Ok(found.map(|existing| (existing, false)));
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

fn with_request(mut incident: Incident, existing: Existing, is_new: bool) -> Incident {
    if incident.outcome == Outcome::Rejected {
        // The branch is that of a run elsewhere, which opened the request.
        incident.outcome = Outcome::Exists;
        incident.why = None;
        incident.push = None;
    }
    if existing.state == State::Closed {
        incident.why =
            Some("the request was closed before: people declined it, so it stays closed".to_owned());
    }
    let Existing { number, url, state } = existing;
    incident.request = Some(Request { number, url, state: state.as_str().to_owned(), is_new });
    incident
}
