//! The connections of a run: to registries, and to chart repositories.

use charts::Repositories;
use model::Reference;
use model::policy::Policy;
use registry::{Check, Client};

use crate::config::{Network, Options};
use crate::context::Context;
use crate::error::Error;

use super::fetch;
use super::fetch::Charts;
use super::judge::Answers;
use super::resolve;

/// The clients of a run with queries.
pub(super) struct Connection {
    network: Network,
    pub(super) client: Client,
    pub(super) repositories: Repositories,
}

impl Connection {
    /// Makes the clients. Nothing is queried yet.
    ///
    /// # Errors
    /// [`Error`] if the clients cannot be set up.
    pub(super) fn new(
        policy: &Policy,
        network: &Network,
        options: &Options,
        context: &Context,
    ) -> Result<Self, Error> {
        let client = resolve::client(policy, network, options.reads_policy_of_base(), context)?;
        let repositories = fetch::repositories(network, context);
        Ok(Self { network: network.clone(), client, repositories })
    }

    /// The checks of a run.
    pub(super) fn check(&self, policy: &Policy, context: &Context) -> Check<'_> {
        resolve::check(&self.client, policy, &self.network, context)
    }

    /// Queries the registries for all references except those whose answer is known.
    pub(super) async fn answers(
        &self,
        references: &[Box<Reference>],
        known: Charts,
        policy: &Policy,
        check: Check<'_>,
        context: &Context,
    ) -> Answers {
        let (network, client) = (&self.network, &self.client);
        let registries = resolve::Answers::of_known(known.registries);
        let registries =
            resolve::answers(references, registries, policy, network, client, check, context).await;
        Answers { charts: known.http, registries }
    }
}
