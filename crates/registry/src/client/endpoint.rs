//! One registry as a client knows it: its address, its load, the logins that it accepts, and the grants of
//! its repositories.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use reqwest::Url;

use super::address;
use super::challenge::Challenge;
use super::credentials::Credential;
use super::gate::Gate;
use super::grant::GrantSlot;
use super::login_breaker::LoginBreaker;
use super::outage_breaker::OutageBreaker;
use super::slot::{Slot, forget_failure};
use model::Unverified;

/// One registry.
pub(crate) struct Endpoint {
    /// The name in references: `docker.io`.
    pub(crate) name: String,
    /// Attempts of each request.
    pub(super) attempts: u32,
    pub(super) site: Slot<Site>,
    pub(super) gate: Gate,
    pub(super) outage: OutageBreaker,
    /// Held by the request that waits for a place.
    pub(super) turn: tokio::sync::Mutex<()>,
    repositories: Mutex<HashMap<String, Arc<Repository>>>,
    logins: Mutex<Vec<(Credential, Arc<LoginBreaker>)>>,
}

/// The address of a registry and its logins, from its answer to `GET /v2/`.
pub(crate) struct Site {
    /// `https://registry/v2/`.
    pub(crate) base: Url,
    /// The methods of authentication that it offers.
    pub(super) challenges: Vec<Challenge>,
}

/// One repository of an endpoint.
#[derive(Default)]
pub(crate) struct Repository {
    pub(crate) name: String,
    grant: GrantSlot,
}

/// A repository at an endpoint, in a run that ends at a deadline.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) repository: &'a Repository,
    pub(crate) deadline: Instant,
}

impl Repository {
    pub(crate) fn grant_slot(&self) -> &GrantSlot {
        &self.grant
    }
}

impl Endpoint {
    pub(super) fn new(name: &str, concurrency: Option<usize>, attempts: u32) -> Self {
        Self {
            name: name.to_owned(),
            attempts,
            site: Slot::default(),
            gate: Gate::new(name, concurrency),
            outage: OutageBreaker::default(),
            turn: tokio::sync::Mutex::default(),
            repositories: Mutex::default(),
            logins: Mutex::default(),
        }
    }

    pub(crate) fn is_docker_hub(&self) -> bool {
        address::is_docker_hub(&self.name)
    }

    pub(crate) fn repository(&self, name: &str) -> Arc<Repository> {
        let mut known = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(repository) = known.get(name) {
            return Arc::clone(repository);
        }
        let repository = Arc::new(Repository { name: name.to_owned(), ..Repository::default() });
        known.insert(name.to_owned(), Arc::clone(&repository));
        repository
    }

    /// The circuit breaker of a credential: one for all repositories that share it.
    pub(super) fn login_breaker(&self, credential: &Credential) -> Arc<LoginBreaker> {
        let mut known = self.logins.lock().unwrap_or_else(PoisonError::into_inner);
        for (other, breaker) in known.iter() {
            if other == credential {
                return Arc::clone(breaker);
            }
        }
        let breaker = Arc::<LoginBreaker>::default();
        known.push((credential.clone(), Arc::clone(&breaker)));
        breaker
    }

    /// The places of the credentials in use.
    pub(super) fn credential_origins(&self) -> Vec<String> {
        let known = self.logins.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().map(|(credential, _)| credential.origin.clone()).collect()
    }

    /// Forgets failures: an outage ends, and so does a rate limit. Rejected credentials stay rejected.
    pub(super) fn forget_failures(&self) {
        self.gate.reopen();
        self.outage.reset();
        forget_failure(&self.site);
        for repository in self.repositories.lock().unwrap_or_else(PoisonError::into_inner).values() {
            forget_failure(repository.grant_slot());
        }
    }

    /// The reason why there is no answer when the deadline has passed.
    pub(crate) fn overdue(&self) -> Unverified {
        self.gate.overdue()
    }

    /// The addresses to try, in order of preference: one for each scheme.
    pub(super) fn bases(&self, insecure: bool) -> Vec<Url> {
        let authority = address::authority(&self.name);
        let schemes: &[&str] = if insecure { &["https", "http"] } else { &["https"] };
        let mut bases = Vec::new();
        for scheme in schemes {
            bases.extend(Url::parse(&format!("{scheme}://{authority}/v2/")));
        }
        bases
    }
}
