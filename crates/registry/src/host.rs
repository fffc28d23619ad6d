//! What is known of one registry while a run lasts: how it is reached, how much it takes at a time, when
//! it may be asked again, which logins it accepted.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use reqwest::{Url, Version};
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use super::address::{self, is_docker_hub};
use super::challenge::Challenge;
use super::credentials::Credential;
use super::describe;
use super::login::Login;
use super::silence::Silence;
use super::tags::Tags;
use super::token::Slot;
use model::Unverified;

/// Requests at a time, unless the user says otherwise.
const AT_A_TIME: usize = 16;
/// As many again where one connection carries them all.
const MORE_ON_HTTP2: usize = 16;
/// Requests at a time for Docker Hub, whatever the user says.
const DOCKER_HUB_AT_A_TIME: usize = 8;

/// One registry.
pub(super) struct Host {
    /// As references write it: `docker.io`.
    pub(super) name: String,
    /// How often a request is tried: a mirror once, for there is somebody else to ask.
    pub(super) attempts: u32,
    pub(super) site: OnceCell<Result<Site, Unverified>>,
    permits: Semaphore,
    /// How many permits there are, and how few there may be after rate limits and silence.
    width: AtomicUsize,
    narrowest: usize,
    grows: bool,
    not_before: Mutex<Option<Instant>>,
    pub(super) silence: Silence,
    /// Why it is not asked any more.
    given_up: Mutex<Option<Unverified>>,
    repositories: Mutex<HashMap<String, Arc<Repository>>>,
    logins: Mutex<Vec<(Credential, Arc<Login>)>>,
}

/// How a registry is reached, from its answer to `GET /v2/`.
pub(super) struct Site {
    /// `https://registry/v2/`.
    pub(super) base: Url,
    /// The ways in that it offers.
    pub(super) challenges: Vec<Challenge>,
}

/// What is known of one repository.
#[derive(Default)]
pub(super) struct Repository {
    pub(super) name: String,
    pub(super) grant: Slot,
    pub(super) tags: OnceCell<Tags>,
}

impl Host {
    pub(super) fn new(name: &str, concurrency: Option<usize>, attempts: u32) -> Self {
        let hub = is_docker_hub(name);
        let width = concurrency.unwrap_or(AT_A_TIME).clamp(1, if hub { DOCKER_HUB_AT_A_TIME } else { 1024 });
        Self {
            name: name.to_owned(),
            attempts,
            site: OnceCell::new(),
            permits: Semaphore::new(width),
            width: AtomicUsize::new(width),
            narrowest: (width / 4).max(1),
            grows: !hub && concurrency.is_none(),
            not_before: Mutex::default(),
            silence: Silence::default(),
            given_up: Mutex::default(),
            repositories: Mutex::default(),
            logins: Mutex::default(),
        }
    }

    pub(super) fn repository(&self, name: &str) -> Arc<Repository> {
        let mut known = self.repositories.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Repository { name: name.to_owned(), ..Repository::default() });
        Arc::clone(known.entry(name.to_owned()).or_insert_with(new))
    }

    /// The login with a credential: one for all repositories that share it.
    pub(super) fn login(&self, credential: &Credential) -> Arc<Login> {
        let mut known = self.logins.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, login)) = known.iter().find(|(other, _)| other == credential) {
            return Arc::clone(login);
        }
        let login = Arc::<Login>::default();
        known.push((credential.clone(), Arc::clone(&login)));
        login
    }

    /// Where the credentials in use came from.
    pub(super) fn origins(&self) -> Vec<String> {
        let known = self.logins.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().map(|(credential, _)| credential.origin.clone()).collect()
    }

    /// Waits until the registry may be asked, and takes one of its places.
    pub(super) async fn admit(&self, deadline: Instant) -> Result<SemaphorePermit<'_>, Unverified> {
        loop {
            self.wait(deadline).await?;
            let permit = self.permits.acquire().await.map_err(|_| describe::overdue(&self.name))?;
            if let Some(why) = &*self.given_up.lock().unwrap_or_else(PoisonError::into_inner) {
                return Err(why.clone());
            }
            // Whoever queued for a place may have missed that the registry asked for a pause.
            if self.paused_until().is_none() {
                return Ok(permit);
            }
        }
    }

    async fn wait(&self, deadline: Instant) -> Result<(), Unverified> {
        while let Some(until) = self.paused_until() {
            if until >= deadline {
                return Err(describe::paused(&self.name));
            }
            tokio::time::sleep_until(until.into()).await;
        }
        Ok(())
    }

    fn paused_until(&self) -> Option<Instant> {
        let not_before = *self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        not_before.filter(|until| *until > Instant::now())
    }

    /// Nobody asks this registry again: it went on limiting the rate after every pause, or answered nobody
    /// for as long as a question is tried. Asking more would only take longer.
    pub(super) fn give_up(&self, why: Unverified) {
        // The first word stands, whoever comes second.
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
    }

    /// Asks anew what failed so far: an outage ends, and so does a limit. Rejected credentials stay so.
    pub(super) fn forget_failures(&self) {
        *self.given_up.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.silence.forget();
        for repository in self.repositories.lock().unwrap_or_else(PoisonError::into_inner).values() {
            // Whoever holds the lock is asking anew.
            if let Ok(mut grant) = repository.grant.try_lock()
                && matches!(*grant, Some(Err(_)))
            {
                *grant = None;
            }
        }
    }

    /// Nobody asks this registry again before `until`.
    pub(super) fn pause(&self, until: Instant) {
        let mut not_before = self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        *not_before = Some(not_before.map_or(until, |known| known.max(until)));
    }

    /// Gives a place back; for good, down to a few, where the registry has `enough`.
    pub(super) fn release(&self, permit: SemaphorePermit<'_>, enough: bool) {
        let narrower = |width: usize| (width > self.narrowest).then(|| width - 1);
        if enough && self.width.fetch_update(Ordering::Relaxed, Ordering::Relaxed, narrower).is_ok() {
            permit.forget();
        }
    }

    /// Makes room where one connection carries many requests.
    pub(super) fn met(&self, version: Version) {
        if self.grows && version == Version::HTTP_2 {
            self.width.fetch_add(MORE_ON_HTTP2, Ordering::Relaxed);
            self.permits.add_permits(MORE_ON_HTTP2);
        }
    }

    /// Why there is no answer after the run's deadline.
    pub(super) fn overdue(&self) -> Unverified {
        if self.paused_until().is_some() {
            describe::paused(&self.name)
        } else {
            describe::overdue(&self.name)
        }
    }

    /// The addresses to try: the schemes in their order.
    pub(super) fn bases(&self, insecure: bool) -> Vec<Url> {
        let authority = address::authority(&self.name);
        let schemes: &[&str] = if insecure { &["https", "http"] } else { &["https"] };
        schemes.iter().filter_map(|scheme| Url::parse(&format!("{scheme}://{authority}/v2/")).ok()).collect()
    }
}
