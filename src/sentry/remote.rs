//! The existing requests and branches, on the forge and on the remote.

use model::incident::{Incident, Request};
use model::sentry::Reason;

use crate::error::Error;
use crate::forge::{Client, Existing, Listed, Which};
use crate::revert::{Run, is_of};

use super::refusal::{Refusal, in_words};

/// Seconds after which another run is no longer expected to open the request of a branch.
const ABOUT_TO: i64 = 120;

/// The forge and the remote of a run.
pub(super) struct Forge<'f> {
    run: &'f Run<'f>,
    client: &'f Client,
    remote: String,
    /// The target branch of requests.
    onto: String,
}

/// A branch on the remote without a request.
pub(super) struct Left {
    /// Object id of its commit.
    pub(super) commit: String,
}

impl<'f> Forge<'f> {
    /// The forge of a run; `None` if it is not contacted.
    pub(super) fn of(run: &'f Run<'f>) -> Option<Self> {
        let client = run.forge.as_ref()?;
        let remote = run.repository.remote().unwrap_or_else(|| "origin".to_owned());
        let onto = run.target_branch(&remote);
        Some(Self { run, client, remote, onto })
    }

    /// The request of an incident, which ends the work on it; otherwise the branch that another run left
    /// without one.
    pub(super) async fn request_of(
        &self,
        incident: &Incident,
        now: i64,
    ) -> Result<Result<Option<Left>, Refusal>, Error> {
        let Some(branch) = &incident.branch else { return Ok(Ok(None)) };
        if let Some(Existing { number, url, state }) = self.client.find(branch, &self.onto).await? {
            return Ok(Err(refusal(Request {
                number,
                url,
                state: state.as_str().to_owned(),
                is_new: false,
            })));
        }
        let Some((commit, seconds)) = self.made_elsewhere(incident)? else { return Ok(Ok(None)) };
        let age = now - seconds;
        if age < ABOUT_TO {
            let why = format!(
                "another run pushed {branch} {} ago, and is about to open its request",
                in_words(age)
            );
            return Ok(Err(Refusal::new(Reason::Open, why)));
        }
        Ok(Ok(Some(Left { commit })))
    }

    /// The commit of the incident's branch on the remote, with the seconds since 1970 of its committer;
    /// `None` if there is no such branch, or if it is from another incident or a user.
    pub(super) fn made_elsewhere(&self, incident: &Incident) -> Result<Option<(String, i64)>, Error> {
        let (repository, branch) = (&self.run.repository, incident.branch.as_deref().unwrap_or_default());
        if repository.remote_branch(&self.remote, branch)?.is_none() {
            return Ok(None);
        }
        let commit = repository.fetch(&self.remote, branch)?;
        let info = repository.commit_info(&commit)?;
        Ok(is_of(&info.message, incident).then_some((commit, info.seconds)))
    }

    /// The newest requests, in any state.
    pub(super) async fn newest(&self) -> Result<Vec<Listed>, Error> {
        Ok(self.client.list(Which::Newest, &self.onto).await?)
    }

    /// All open requests.
    pub(super) async fn open(&self) -> Result<Vec<Listed>, Error> {
        Ok(self.client.list(Which::Open, &self.onto).await?)
    }
}

/// The refusal because of a request.
pub(super) fn refusal(request: Request) -> Refusal {
    let url = &request.url;
    let (reason, why) = match request.state.as_str() {
        "closed" => (Reason::Declined, format!("the request {url} was closed without a merge")),
        "merged" => {
            let cause = "it was redone, or the clone is old";
            (
                Reason::RevertedBefore,
                format!("the request {url} was merged, and the reference is there: {cause}"),
            )
        }
        _ => (Reason::Open, format!("the request {url} is open")),
    };
    Refusal { request: Some(request), ..Refusal::new(reason, why) }
}
