//! Registries in flags and configuration: those that cannot be reached from here, their mirrors, and the
//! required platforms.

use image::{self, Platform};
use model::nearest;
use model::policy::{Declared, Mirror, Reach};
use yaml::Node;

use super::error::ConfigError;
use super::read::{boolean, did_you_mean, expected, keys, one_or_several, reason, text};

const VERIFY: &str = "verify";
const REASON: &str = "reason";
const MIRRORS: &str = "mirrors";
const INSECURE: &str = "insecure";
pub(super) const ENTRY_KEYS: &[&str] = &[VERIFY, REASON, MIRRORS, INSECURE];

/// Reads `docker.io=mirror.example/hub`.
///
/// # Errors
/// A sentence that describes the fault.
pub fn mirror(text: &str) -> Result<Mirror, String> {
    let (of, at) =
        text.split_once('=').ok_or("a mirror is written docker.io=mirror.example, with a path or without")?;
    Ok(Mirror { of: place(of)?, at: place(at)? })
}

/// A registry's host, with a path or without.
pub(super) fn place(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    let host = text.split('/').next().unwrap_or_default();
    // It is parsed like a reference, whose normal form has to begin with the written text.
    match image::parse(&format!("{text}/x")) {
        Ok((image, _)) if image.registry == host => Ok(text.to_owned()),
        Ok(_) => Err(format!("{host:?} is not a registry: the host needs a dot or a port, or is localhost")),
        Err(error) => Err(format!("{text:?} is not a registry: {error}")),
    }
}

/// Reads `platforms`.
pub(super) fn platforms(node: &Node) -> Result<Vec<Platform>, ConfigError> {
    let mut platforms = Vec::new();
    for node in one_or_several(node, "a platform or a list of platforms")? {
        let platform = Platform::parse(text(node, "a platform")?);
        platforms.push(platform.map_err(|why| ConfigError::at(node.site(), why))?);
    }
    Ok(platforms)
}

/// Reads `registries`, a mapping from hosts.
pub(super) fn registries(node: &Node, reach: &mut Reach) -> Result<(), ConfigError> {
    if node.is_null() {
        return Ok(());
    }
    if !node.is_mapping() {
        return Err(expected(node, "a mapping of registries to their properties"));
    }
    for (key, entry) in node.entries() {
        let written = key.scalar().unwrap_or_default();
        let host = written.strip_prefix("*.").unwrap_or(written);
        let place = place(host).map_err(|why| ConfigError::at(key.site(), why))?;
        if place.contains('/') {
            let message = "a key of `registries` is a host, without a path".to_owned();
            return Err(ConfigError::at(key.site(), message));
        }
        registry(written, key, entry, reach)?;
    }
    Ok(())
}

fn registry(host: &str, key: &Node, entry: &Node, reach: &mut Reach) -> Result<(), ConfigError> {
    keys(entry, ENTRY_KEYS, "a registry")?;
    if let Some(verify) = entry.get(VERIFY)
        && !boolean(verify)?
    {
        reach.declared.push(declared(host, key, verify, entry.get(REASON))?);
    }
    if let Some(insecure) = entry.get(INSECURE)
        && boolean(insecure)?
    {
        if host.starts_with('*') {
            return Err(ConfigError::at(insecure.site(), "name the one host that this is about".to_owned()));
        }
        reach.insecure.push(host.to_owned());
    }
    if let Some(mirrors) = entry.get(MIRRORS) {
        for node in one_or_several(mirrors, "a mirror or a list of mirrors")? {
            let at = place(text(node, "a mirror")?).map_err(|why| ConfigError::at(node.site(), why))?;
            reach.mirrors.push(Mirror { of: host.to_owned(), at });
        }
    }
    Ok(())
}

/// A registry with `verify: false`, which needs a reason.
fn declared(host: &str, key: &Node, verify: &Node, written: Option<&Node>) -> Result<Declared, ConfigError> {
    let Some(written) = written else {
        let error = ConfigError::at(verify.site(), "`verify: false` needs a `reason`".to_owned());
        return Err(error.help("state the reason for later readers: reason: \"only the cluster reaches it\""));
    };
    Ok(Declared {
        registry: host.to_owned(),
        reason: reason(written)?.to_owned(),
        file: key.file.path().clone(),
        line: key.site().location().line,
    })
}

/// Reads the host of `--insecure-registry`, with a port or without.
///
/// # Errors
/// A sentence that describes the fault.
pub fn host(text: &str) -> Result<String, String> {
    const WRITTEN: &str = "a registry is written by its host, as in registry.example:5000";
    if let Some((_, rest)) = text.split_once("://") {
        return Err(format!("{WRITTEN}, without a scheme: {rest}"));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    if text.is_empty() || !text.bytes().all(plain) {
        return Err(WRITTEN.to_owned());
    }
    let (name, port) = match text.rsplit_once(':') {
        // Colons in brackets belong to an IPv6 address.
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (text, "443"),
    };
    if name.is_empty() || port.parse::<u16>().is_err() {
        return Err(WRITTEN.to_owned());
    }
    Ok(text.to_owned())
}

/// A platform from the command line.
///
/// # Errors
/// A sentence that describes the fault.
pub fn platform(text: &str) -> Result<Platform, String> {
    Platform::parse(text).map_err(|why| {
        let usual = ["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/arm/v6", "windows/amd64"];
        nearest(text, usual).map_or_else(|| why.clone(), |near| format!("{why}; {}", did_you_mean(near)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors() {
        let read = |text: &str| mirror(text).map(|mirror| (mirror.of, mirror.at));
        let pair = |of: &str, at: &str| Ok((of.to_owned(), at.to_owned()));
        assert_eq!(read("docker.io=mirror.example"), pair("docker.io", "mirror.example"));
        assert_eq!(
            read("docker.io/library=m.example:5000/hub/"),
            pair("docker.io/library", "m.example:5000/hub")
        );
        assert_eq!(read("localhost:1=localhost:2/a/b"), pair("localhost:1", "localhost:2/a/b"));
        for bad in [
            "",
            "docker.io",
            "=m.example",
            "docker.io=",
            "docker.io=mirror",
            "a b=c.d",
            "docker.io=https://m.example",
            "docker.io=m.example/a:1",
        ] {
            assert!(mirror(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hosts() {
        for fine in ["registry.example", "localhost:5000", "10.0.0.1:443", "[::1]:5000", "[::1]", "registry"]
        {
            assert_eq!(host(fine).as_deref(), Ok(fine));
        }
        for bad in
            ["", "ht tp://x", "http://a.io", "a.io/b", "a.io:", "a.io:http", ":5000", "a b", "a.io:70000"]
        {
            assert!(host(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_slip_in_a_platform() {
        let said = platform("linux/amd46").unwrap_err();
        assert!(said.ends_with("did you mean linux/amd64?"), "{said}");
    }
}
