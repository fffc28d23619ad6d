//! Credentials, from the places where other tools store them after a login. Files are read when the first
//! registry requires a login; a helper runs once for each registry.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use run::Deadline;
use tokio::sync::OnceCell;

mod auth_file;
mod helper;
mod limit;
mod secret;
mod sources;

pub(super) use secret::{Credential, Secret, TOKEN_USER};
pub use sources::{CredentialSources, Provided};

use super::address::is_docker_hub;
use auth_file::AuthFile;
use limit::share;

/// The key under which Docker keeps its Hub's credentials.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// The result of one run of a helper, for all that wait for it.
type HelperResult = Arc<OnceCell<Option<Credential>>>;

/// Finds credentials.
#[derive(Debug)]
pub(super) struct Credentials {
    sources: CredentialSources,
    files: OnceCell<Vec<AuthFile>>,
    /// By the names of helper and registry.
    helper_results: Mutex<HashMap<(String, String), HelperResult>>,
    warnings: Mutex<Vec<String>>,
}

impl Credentials {
    pub(super) fn new(sources: CredentialSources) -> Self {
        Self { sources, files: OnceCell::new(), helper_results: Mutex::default(), warnings: Mutex::default() }
    }

    /// Files that cannot be read and helpers that fail, so far.
    pub(super) fn warnings(&self) -> Vec<String> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The credential for a repository of a registry, in a run that ends at a deadline. A credential for
    /// `host` is valid for `host:443` too, because that is the same server.
    pub(super) async fn find(
        &self,
        registry: &str,
        repository: &str,
        deadline: Instant,
    ) -> Option<Credential> {
        if let Some(found) = self.find_exactly(registry, repository, deadline).await {
            return Some(found);
        }
        let host = registry.strip_suffix(":443")?;
        self.find_exactly(host, repository, deadline).await
    }

    /// The credential for a repository of a registry, under exactly this name.
    async fn find_exactly(&self, registry: &str, repository: &str, deadline: Instant) -> Option<Credential> {
        for file in self.files.get_or_init(|| self.read_files(deadline)).await {
            if let Some(helper) = file.helper(registry)
                && let Some(found) = self.run_helper(helper, registry, &file.label, deadline).await
            {
                return Some(found);
            }
            if let Some(secret) = file.auth(registry, repository) {
                return Some(Credential { secret, origin: format!("{} auths", file.label) });
            }
        }
        for provided in &self.sources.provided {
            if provided.host.eq_ignore_ascii_case(registry) {
                let (user, password) = (provided.user.clone(), provided.password.clone());
                let origin = provided.label.clone();
                return Some(Credential { secret: Secret::Password { user, password }, origin });
            }
        }
        None
    }

    async fn read_files(&self, deadline: Instant) -> Vec<AuthFile> {
        let mut files = Vec::new();
        if let Some(content) = &self.sources.docker_auth_config {
            let parsed = AuthFile::parse(content.as_bytes(), "DOCKER_AUTH_CONFIG");
            files.extend(self.usable(parsed.map(Some)));
        }
        for (path, label) in &self.sources.files {
            let read = self.read_file(path.clone(), label.clone(), deadline).await;
            files.extend(self.usable(read));
        }
        files
    }

    /// Reads a file in a separate thread: nothing else may wait for a pipe.
    async fn read_file(
        &self,
        path: PathBuf,
        label: String,
        deadline: Instant,
    ) -> Result<Option<AuthFile>, String> {
        let limit = Deadline::after(share(deadline));
        let _cancel = limit.cancel_on_drop();
        let name = label.clone();
        let read = tokio::task::spawn_blocking(move || AuthFile::read(&path, &name, &limit)).await;
        read.unwrap_or_else(|error| Err(format!("{label} cannot be read: {error}")))
    }

    /// The file, if there is one; a warning about one that cannot be used.
    fn usable(&self, read: Result<Option<AuthFile>, String>) -> Option<AuthFile> {
        match read {
            Ok(file) => file,
            Err(warning) => {
                self.warn(warning);
                None
            }
        }
    }

    async fn run_helper(
        &self,
        name: &str,
        registry: &str,
        label: &str,
        deadline: Instant,
    ) -> Option<Credential> {
        let result = self.helper_result(name, registry);
        result.get_or_init(|| self.query_helper(name, registry, label, deadline)).await.clone()
    }

    async fn query_helper(
        &self,
        name: &str,
        registry: &str,
        label: &str,
        deadline: Instant,
    ) -> Option<Credential> {
        let program = format!("docker-credential-{name}");
        match self.helper_output(name, registry, deadline).await {
            Ok(Some(secret)) => Some(Credential { secret, origin: program }),
            Ok(None) => None,
            Err(error) => {
                self.warn(format!("{label}: {error}"));
                None
            }
        }
    }

    /// Runs a helper in a separate thread. It is stopped if no caller waits for it any more.
    async fn helper_output(
        &self,
        name: &str,
        registry: &str,
        deadline: Instant,
    ) -> Result<Option<Secret>, String> {
        let (name, server) = (name.to_owned(), server_key(registry).to_owned());
        let (path, limit) = (self.sources.path.clone(), Deadline::after(share(deadline)));
        let _cancel = limit.cancel_on_drop();
        let work = move || helper::get(&name, &server, path.as_deref(), &limit);
        let output = tokio::task::spawn_blocking(work).await;
        output.unwrap_or_else(|error| Err(format!("its credential helper cannot be run: {error}")))
    }

    fn helper_result(&self, name: &str, registry: &str) -> HelperResult {
        let mut results = self.helper_results.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(results.entry((name.to_owned(), registry.to_owned())).or_default())
    }

    fn warn(&self, warning: String) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
}

/// The key of a registry that helpers are given.
fn server_key(registry: &str) -> &str {
    if is_docker_hub(registry) { DOCKER_HUB_KEY } else { registry }
}

#[cfg(test)]
mod tests;
