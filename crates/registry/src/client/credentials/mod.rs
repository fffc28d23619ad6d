//! Credentials, from the places where the tools that people log in with keep them. Files are read when the first
//! registry asks for a login; a helper runs once for each registry.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::OnceCell;

mod auth_file;
mod helper;
mod secret;
mod sources;

pub(super) use secret::{Credential, Secret, TOKEN_USER};
pub use sources::{CredentialSources, Provided};

use super::address::is_docker_hub;
use auth_file::AuthFile;

/// The key under which Docker keeps its Hub's credentials.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// The result of one run of a helper, for all that wait for it.
type HelperResult = Arc<OnceCell<Option<Credential>>>;

/// Finds credentials.
#[derive(Debug)]
pub(super) struct Credentials {
    sources: CredentialSources,
    files: OnceLock<Vec<AuthFile>>,
    /// By the names of helper and registry.
    helper_results: Mutex<HashMap<(String, String), HelperResult>>,
    warnings: Mutex<Vec<String>>,
}

impl Credentials {
    pub(super) fn new(sources: CredentialSources) -> Self {
        Self { sources, files: OnceLock::new(), helper_results: Mutex::default(), warnings: Mutex::default() }
    }

    /// Files that cannot be read and helpers that fail, so far.
    pub(super) fn warnings(&self) -> Vec<String> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The credential for a repository of a registry. One that is kept for `host` is for `host:443` too, because that
    /// is the same server.
    pub(super) async fn find(&self, registry: &str, repository: &str) -> Option<Credential> {
        if let Some(found) = self.find_exactly(registry, repository).await {
            return Some(found);
        }
        let host = registry.strip_suffix(":443")?;
        self.find_exactly(host, repository).await
    }

    /// The credential for a repository of a registry, kept under this spelling of its name.
    async fn find_exactly(&self, registry: &str, repository: &str) -> Option<Credential> {
        for file in self.files.get_or_init(|| self.read_files()) {
            if let Some(helper) = file.helper(registry)
                && let Some(found) = self.run_helper(helper, registry, &file.label).await
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

    fn read_files(&self) -> Vec<AuthFile> {
        let mut results = Vec::new();
        if let Some(content) = &self.sources.docker_auth_config {
            results.push(AuthFile::parse(content.as_bytes(), "DOCKER_AUTH_CONFIG").map(Some));
        }
        for (path, label) in &self.sources.files {
            results.push(AuthFile::read(path, label));
        }
        let mut files = Vec::new();
        for result in results {
            match result {
                Ok(file) => files.extend(file),
                Err(warning) => self.warn(warning),
            }
        }
        files
    }

    async fn run_helper(&self, name: &str, registry: &str, label: &str) -> Option<Credential> {
        let result = self.helper_result(name, registry);
        let run = async || match helper::get(name, server_key(registry), self.sources.path.as_deref()).await {
            Ok(Some(secret)) => Some(Credential { secret, origin: format!("docker-credential-{name}") }),
            Ok(None) => None,
            Err(error) => {
                self.warn(format!("{label}: {error}"));
                None
            }
        };
        result.get_or_init(run).await.clone()
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
