//! The places where credentials are stored, from the environment.

use std::fmt;
use std::path::PathBuf;

/// The places where credentials are stored, in the order in which they are searched.
#[derive(Clone, Default)]
pub struct CredentialSources {
    /// The content of `DOCKER_AUTH_CONFIG`.
    pub docker_auth_config: Option<String>,
    /// Configuration files in Docker's format, each with its name for messages.
    pub files: Vec<(PathBuf, String)>,
    /// Credentials of a CI system, each for one host.
    pub provided: Vec<Provided>,
    /// `PATH`, where `docker-credential-…` programs are found.
    pub path: Option<String>,
}

/// User and password that a CI system provides for one host, and for no other.
#[derive(Clone)]
pub struct Provided {
    /// Host, with its port if there is one.
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
    /// The sources that the environment names; `get` reads a variable.
    pub fn from_env(get: &dyn Fn(&str) -> Option<String>) -> Self {
        let env = Environment(get);
        let podman = "containers/auth.json";
        let mut files = Vec::new();
        files.extend(env.file("DOCKER_CONFIG", ".docker", "config.json"));
        if let Some(file) = env.var("REGISTRY_AUTH_FILE") {
            files.push((PathBuf::from(file), "$REGISTRY_AUTH_FILE".to_owned()));
        }
        if env.var("XDG_RUNTIME_DIR").is_some() {
            files.extend(env.file("XDG_RUNTIME_DIR", "", podman));
        }
        files.extend(env.file("XDG_CONFIG_HOME", ".config", podman));
        Self {
            docker_auth_config: env.var("DOCKER_AUTH_CONFIG"),
            files,
            provided: env.provided_by_ci(),
            path: env.var("PATH"),
        }
    }
}

struct Environment<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Environment<'_> {
    /// A variable, unless it is empty.
    fn var(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    /// A file in the folder that a variable names, otherwise in a folder below the home folder, with its name
    /// for messages.
    fn file(&self, variable: &str, below_home: &str, name: &str) -> Option<(PathBuf, String)> {
        if let Some(folder) = self.var(variable) {
            return Some((PathBuf::from(folder).join(name), format!("${variable}/{name}")));
        }
        let home = self.var("HOME").or_else(|| self.var("USERPROFILE"))?;
        let path = PathBuf::from(home).join(below_home).join(name);
        Some((path, format!("~/{below_home}/{name}")))
    }

    fn provided_by_ci(&self) -> Vec<Provided> {
        let mut provided = Vec::new();
        if self.var("GITHUB_ACTIONS").as_deref() == Some("true")
            && let Some(password) = self.var("GITHUB_TOKEN")
        {
            let user = self.var("GITHUB_ACTOR").unwrap_or_else(|| "x-access-token".to_owned());
            let (host, label) = ("ghcr.io".to_owned(), "GITHUB_TOKEN".to_owned());
            provided.push(Provided { host, user, password, label });
        }
        if let Some(host) = self.var("CI_REGISTRY")
            && let Some(user) = self.var("CI_REGISTRY_USER")
            && let Some(password) = self.var("CI_REGISTRY_PASSWORD")
        {
            provided.push(Provided { host, user, password, label: "CI_REGISTRY_PASSWORD".to_owned() });
        }
        provided
    }
}
