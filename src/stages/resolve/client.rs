//! The registry client, with its options: from flags, configuration and environment.

use std::path::PathBuf;

use model::policy::Policy;
use registry::{Client, CredentialSources, Proxies, SetupError};

use crate::ci;
use crate::config::Network;
use crate::context::Context;
use crate::error::Error;

use super::places;

/// The client of a policy. `is_of_base`: true if the configuration is that of the base, not of the change.
pub(in crate::stages) fn client(
    policy: &Policy,
    network: &Network,
    is_of_base: bool,
    context: &Context,
) -> Result<Client, Error> {
    let options = options(policy, network, is_of_base, context)?;
    let made = match pipe(network, context) {
        // The file may be a pipe that never ends.
        Some(file) => match ::run::bounded(&context.deadline, move || Client::new(options)) {
            Ok(made) => made,
            Err(error) => {
                let why = format!("it was still being read when {error}");
                return Err(SetupError::Authority { file, why }.into());
            }
        },
        None => Client::new(options),
    };
    match made {
        Err(SetupError::Authority { file, why }) => {
            // The path as it was written on the command line.
            let written = network.authorities.iter().find(|written| context.path(written) == file);
            let file = written.cloned().unwrap_or(file);
            Err(SetupError::Authority { file, why }.into())
        }
        client => Ok(client?),
    }
}

/// The first file of certificates that is a pipe or a device.
fn pipe(network: &Network, context: &Context) -> Option<PathBuf> {
    // The system's own certificates come from the file that a variable names.
    let system = context.variable("SSL_CERT_FILE").map(PathBuf::from);
    let is_pipe =
        |file: &&PathBuf| context.path(file).metadata().is_ok_and(|meta| !meta.is_file() && !meta.is_dir());
    network.authorities.iter().chain(&system).find(is_pipe).cloned()
}

/// The options of the client of a policy. `is_of_base`: true if the configuration is that of the base, not of
/// the change.
pub(in crate::stages) fn options(
    policy: &Policy,
    network: &Network,
    is_of_base: bool,
    context: &Context,
) -> Result<registry::Options, Error> {
    let reach = &policy.reach;
    let variable = |name: &str| context.variable(name);
    let places = places::read(network, context)?;
    let mut insecure = network.insecure.clone();
    insecure.extend_from_slice(&reach.insecure);
    for place in &places {
        insecure.extend_from_slice(&place.insecure);
    }
    let fork = ci::from_fork(&context.env);
    // A guard that is on because of a fork cannot be disabled by a file of the change.
    let configured = reach.deny_private.filter(|deny| *deny || is_of_base || !fork);
    Ok(registry::Options {
        insecure,
        timeout: network.timeout,
        concurrency: network.concurrency,
        credentials: CredentialSources::from_env(&variable),
        authorities: network.authorities.iter().map(|file| context.path(file)).collect(),
        deny_private: network.deny_private.or(configured).unwrap_or(fork),
        proxies: Proxies::from_env(&variable).map_err(SetupError::from)?,
        routes: places::routes(policy, network, &places),
        cache: if network.cache { cache_folder(&variable) } else { None },
        user_agent: concat!("pullable/", env!("CARGO_PKG_VERSION")).to_owned(),
    })
}

/// The folder of the digest cache, below the cache folder of the user.
pub(in crate::stages) fn cache_folder(env: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    if let Some(folder) = absolute(env("XDG_CACHE_HOME")) {
        return Some(folder.join("pullable"));
    }
    let folder = match std::env::consts::OS {
        "macos" => existing(env("HOME"))?.join("Library/Caches"),
        "windows" => existing(env("LOCALAPPDATA"))?,
        _ => existing(env("HOME"))?.join(".cache"),
    };
    Some(folder.join("pullable"))
}

/// An absolute path; a relative one would mean a folder of the repository that is checked.
fn absolute(value: Option<String>) -> Option<PathBuf> {
    value.map(PathBuf::from).filter(|path| path.is_absolute())
}

/// The home of a user. It is not created: the home of system users is a folder that must not exist.
fn existing(value: Option<String>) -> Option<PathBuf> {
    absolute(value).filter(|path| path.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cache_in_the_repository() {
        assert_eq!(cache_folder(&|_| Some("here".into())), None);
        let cache = cache_folder(&|name| (name == "XDG_CACHE_HOME").then(|| "/c".into()));
        assert_eq!(cache, Some(PathBuf::from("/c/pullable")));
        let home = tempfile::tempdir().unwrap();
        let text = home.path().display().to_string();
        let cache = |home: String| cache_folder(&|name| (name == "HOME").then(|| home.clone()));
        assert!(cache(text.clone()).is_some());
        assert_eq!(cache(format!("{text}/absent")), None, "a home is not created");
    }
}
