//! All endpoints that a client knows, by name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::endpoint::Endpoint;

/// Endpoints by name in lower case.
pub(super) struct Endpoints {
    /// Requests at a time to each, if the user set it.
    concurrency: Option<usize>,
    /// Attempts of each request.
    attempts: u32,
    known: Mutex<HashMap<String, Arc<Endpoint>>>,
}

impl Endpoints {
    pub(super) fn new(concurrency: Option<usize>, attempts: u32) -> Self {
        Self { concurrency, attempts, known: Mutex::default() }
    }

    pub(super) fn get(&self, registry: &str) -> Arc<Endpoint> {
        let name = registry.to_ascii_lowercase();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(endpoint) = known.get(&name) {
            return Arc::clone(endpoint);
        }
        let endpoint = Arc::new(Endpoint::new(&name, self.concurrency, self.attempts));
        known.insert(name, Arc::clone(&endpoint));
        endpoint
    }

    pub(super) fn forget_failures(&self) {
        for endpoint in self.all() {
            endpoint.forget_failures();
        }
    }

    /// One line for each endpoint and origin of credentials in use.
    pub(super) fn logins(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for endpoint in self.all() {
            for origin in endpoint.credential_origins() {
                lines.push(format!("{}: credentials from {origin}", endpoint.name));
            }
        }
        lines
    }

    fn all(&self) -> Vec<Arc<Endpoint>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.values().cloned().collect()
    }
}
