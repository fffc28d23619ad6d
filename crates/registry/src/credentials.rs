//! Credentials, from where the tools that people log in with keep them. A credential remembers where it
//! came from, for messages; its value appears in none.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::OnceCell;

use super::address::is_docker_hub;
use super::auth_file::AuthFile;
use super::helper;

/// The key under which Docker keeps its Hub's credentials.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// The user name that goes with an identity token in place of a password.
pub(super) const TOKEN_USER: &str = "<token>";

/// Where credentials are looked for, in this order.
#[derive(Clone, Default)]
pub struct CredentialSources {
    /// The content of `DOCKER_AUTH_CONFIG`.
    pub docker_auth_config: Option<String>,
    /// Configuration files in the form of Docker's, each with its name for messages.
    pub files: Vec<(PathBuf, String)>,
    /// What a CI system provides for one host each.
    pub provided: Vec<Provided>,
    /// `PATH`, where `docker-credential-…` programs are found.
    pub path: Option<String>,
}

/// User and password that a CI system provides for one host, and for no other.
#[derive(Clone)]
pub struct Provided {
    /// Host, with its port where there is one.
    pub host: String,
    /// User name.
    pub user: String,
    /// Password or token.
    pub password: String,
    /// Name for messages.
    pub label: String,
}

impl fmt::Debug for CredentialSources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let provided: Vec<_> = self.provided.iter().map(|provided| &provided.label).collect();
        f.debug_struct("CredentialSources")
            .field("docker_auth_config", &self.docker_auth_config.is_some())
            .field("files", &self.files)
            .field("provided", &provided)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Provided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provided")
            .field("host", &self.host)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

impl CredentialSources {
    /// The sources that an environment names; `get` reads one of its variables.
    pub fn from_env(get: &dyn Fn(&str) -> Option<String>) -> Self {
        let var = |name: &str| get(name).filter(|value| !value.is_empty());
        let home = var("HOME").or_else(|| var("USERPROFILE"));
        let mut files = Vec::new();
        // A directory that a variable names, or one below the home directory.
        let file = |variable: &str, below_home: &str, name: &str| {
            if let Some(directory) = var(variable) {
                return Some((PathBuf::from(directory).join(name), format!("${variable}/{name}")));
            }
            let path = PathBuf::from(home.as_ref()?).join(below_home).join(name);
            Some((path, format!("~/{below_home}/{name}")))
        };
        files.extend(file("DOCKER_CONFIG", ".docker", "config.json"));
        if let Some(file) = var("REGISTRY_AUTH_FILE") {
            files.push((PathBuf::from(file), "$REGISTRY_AUTH_FILE".into()));
        }
        let podman = "containers/auth.json";
        files.extend(var("XDG_RUNTIME_DIR").and_then(|_| file("XDG_RUNTIME_DIR", "", podman)));
        files.extend(file("XDG_CONFIG_HOME", ".config", podman));
        Self {
            docker_auth_config: var("DOCKER_AUTH_CONFIG"),
            files,
            provided: provided_by_ci(&var),
            path: var("PATH"),
        }
    }
}

fn provided_by_ci(var: &dyn Fn(&str) -> Option<String>) -> Vec<Provided> {
    let mut provided = Vec::new();
    if let (Some("true"), Some(password)) = (var("GITHUB_ACTIONS").as_deref(), var("GITHUB_TOKEN")) {
        let user = var("GITHUB_ACTOR").unwrap_or_else(|| "x-access-token".into());
        provided.push(Provided { host: "ghcr.io".into(), user, password, label: "GITHUB_TOKEN".into() });
    }
    if let (Some(host), Some(user), Some(password)) =
        (var("CI_REGISTRY"), var("CI_REGISTRY_USER"), var("CI_REGISTRY_PASSWORD"))
    {
        provided.push(Provided { host, user, password, label: "CI_REGISTRY_PASSWORD".into() });
    }
    provided
}

/// A credential and where it came from.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credential {
    pub(super) secret: Secret,
    /// For messages: `~/.docker/config.json auths`.
    pub(super) origin: String,
}

/// What a credential consists of.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Secret {
    Password {
        user: String,
        password: String,
    },
    /// A refresh token of the `OAuth2` token endpoint.
    Identity(String),
    /// A bearer token, to be used as it is.
    Bearer(String),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// What one run of a helper brought: asked once, whoever waits.
type Told = Arc<OnceCell<Option<Credential>>>;

/// Finds credentials. Files are read when the first registry asks, helpers run once per registry.
#[derive(Debug)]
pub(super) struct Credentials {
    sources: CredentialSources,
    files: OnceLock<Vec<AuthFile>>,
    told: Mutex<HashMap<(String, String), Told>>,
    warnings: Mutex<Vec<String>>,
}

impl Credentials {
    pub(super) fn new(sources: CredentialSources) -> Self {
        Self { sources, files: OnceLock::new(), told: Mutex::default(), warnings: Mutex::default() }
    }

    /// What could not be read or run so far.
    pub(super) fn warnings(&self) -> Vec<String> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The credential for a repository of a registry.
    pub(super) async fn find(&self, registry: &str, repository: &str) -> Option<Credential> {
        for file in self.files() {
            if let Some(helper) = file.helper(registry)
                && let Some(told) = self.ask_helper(helper, registry, &file.label).await
            {
                return Some(told);
            }
            if let Some(secret) = file.auth(registry, repository) {
                return Some(Credential { secret, origin: format!("{} auths", file.label) });
            }
        }
        let provided =
            self.sources.provided.iter().find(|provided| provided.host.eq_ignore_ascii_case(registry))?;
        let secret = Secret::Password { user: provided.user.clone(), password: provided.password.clone() };
        Some(Credential { secret, origin: provided.label.clone() })
    }

    fn files(&self) -> &[AuthFile] {
        self.files.get_or_init(|| {
            let inline = self.sources.docker_auth_config.iter();
            let inline =
                inline.map(|content| AuthFile::parse(content.as_bytes(), "DOCKER_AUTH_CONFIG").map(Some));
            let read = self.sources.files.iter().map(|(path, label)| AuthFile::read(path, label));
            let mut files = Vec::new();
            for file in inline.chain(read) {
                match file {
                    Ok(file) => files.extend(file),
                    Err(warning) => self.warn(warning),
                }
            }
            files
        })
    }

    async fn ask_helper(&self, name: &str, registry: &str, label: &str) -> Option<Credential> {
        let key = (name.to_owned(), registry.to_owned());
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        let server = if is_docker_hub(registry) { DOCKER_HUB_KEY } else { registry };
        let asked = told.get_or_init(|| async {
            match helper::get(name, server, self.sources.path.as_deref()).await {
                Ok(secret) => {
                    secret.map(|secret| Credential { secret, origin: format!("docker-credential-{name}") })
                }
                Err(error) => {
                    self.warn(format!("{label}: {error}"));
                    None
                }
            }
        });
        asked.await.clone()
    }

    fn warn(&self, warning: String) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }
}

#[cfg(test)]
#[path = "credentials_tests.rs"]
mod tests;
