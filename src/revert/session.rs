//! A run of the revert, and the ways in which the work on an incident ends.

use git::Repository;
use model::incident::{Incident, Outcome};
use source::Files;

use crate::config::{Options, RevertOptions};
use crate::context::Context;
use crate::forge;
use crate::stages::Queries;

/// A run of the revert.
pub(super) struct Run<'r> {
    /// The options of the gate.
    pub(super) options: &'r Options,
    /// The options of the revert.
    pub(super) wanted: &'r RevertOptions,
    pub(super) context: &'r Context,
    pub(super) repository: &'r Repository,
    /// Object id of the commit that the revert is made for.
    pub(super) head: String,
    /// Its files.
    pub(super) files: &'r dyn Files,
    pub(super) queries: Queries<'r>,
    /// The forge, if a request is to be opened.
    pub(super) forge: Option<forge::Client>,
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

    /// The incident with this end.
    pub(super) fn of(self, mut incident: Incident) -> Incident {
        incident.outcome = self.outcome;
        incident.why = Some(self.why);
        incident
    }
}
