//! A run of the revert: the repository, the commit to which the revert applies, and the connections to
//! registries and to the forge.

use git::Repository;
use model::incident::{Incident, Outcome, Trigger};
use source::Files;

use crate::config::{Delivery, Options, RevertOptions};
use crate::context::Context;
use crate::error::Error;
use crate::forge::{Client, Place, Settings};
use crate::stages::Queries;

/// The cause of a run, which records and trailers name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cause {
    /// The kind of the cause.
    pub(crate) trigger: Trigger,
    /// The notification, in words; untrusted text.
    pub(crate) event: Option<String>,
}

/// A run of the revert.
pub(crate) struct Run<'r> {
    pub(super) cause: Cause,
    /// The options of the gate, for the commit to which the revert applies.
    pub(crate) options: Options,
    /// The options of the revert.
    pub(super) wanted: &'r RevertOptions,
    pub(super) context: &'r Context,
    pub(crate) repository: Repository,
    /// Object id of the commit to which the revert applies.
    pub(crate) head: String,
    /// Its files.
    pub(crate) files: Box<dyn Files>,
    pub(crate) queries: Queries<'r>,
    /// The forge, if a request is to be opened.
    pub(crate) forge: Option<Client>,
}

impl<'r> Run<'r> {
    /// Opens the repository at the commit to which the revert applies. Neither remote nor registry is
    /// contacted.
    ///
    /// # Errors
    /// [`Error`] if the run cannot happen.
    pub(crate) fn begin(
        cause: Cause,
        options: &Options,
        wanted: &'r RevertOptions,
        context: &'r Context,
    ) -> Result<Self, Error> {
        let repository = Repository::open(&context.root, &context.deadline)?;
        let head = repository.commit_id(&start(&repository, wanted))?;
        let options = Options { head: Some(head.clone()), ..options.clone() };
        let files = repository.files_of(&head)?;
        let queries = Queries::begin(&options, context, &*files)?;
        let forge = forge(&repository, &options, wanted, context)?;
        Ok(Self { cause, options, wanted, context, repository, head, files, queries, forge })
    }
}

/// The revision to which a revert applies: the remote branch, otherwise the local branch, otherwise `HEAD`.
fn start(repository: &Repository, wanted: &RevertOptions) -> String {
    let Some(branch) = &wanted.onto else { return "HEAD".to_owned() };
    let remote = repository.remote().unwrap_or_else(|| "origin".to_owned());
    let tracked = format!("refs/remotes/{remote}/{branch}");
    if repository.commit_id(&tracked).is_ok() { tracked } else { branch.clone() }
}

/// The client of the forge, before anything is written; `None` if no request is wanted.
fn forge(
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

/// The reason why an incident ends without a commit.
pub(super) struct Stopped {
    outcome: Outcome,
    why: String,
}

impl Stopped {
    pub(super) fn new(outcome: Outcome, why: impl Into<String>) -> Self {
        Self { outcome, why: why.into() }
    }

    /// The same end, at a commit.
    pub(super) fn at(self, commit: &str) -> Self {
        Self { why: format!("{} (at {commit})", self.why), ..self }
    }

    /// The explanation.
    pub(super) fn why(self) -> String {
        self.why
    }

    /// The incident with this end.
    pub(super) fn of(self, mut incident: Incident) -> Incident {
        incident.outcome = self.outcome;
        incident.why = Some(self.why);
        incident
    }
}
