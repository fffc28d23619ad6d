//! The addresses to which requests may be sent: of registries, redirects and token servers.

use std::net::IpAddr;

use reqwest::Url;

/// The host of Docker Hub's registry.
const DOCKER_HUB_HOST: &str = "registry-1.docker.io";

/// True if a registry is Docker Hub, by any of its names.
pub(super) fn is_docker_hub(registry: &str) -> bool {
    matches!(registry, "docker.io" | "index.docker.io" | DOCKER_HUB_HOST)
}

/// Host and port of a registry.
pub(super) fn authority(registry: &str) -> &str {
    if is_docker_hub(registry) { DOCKER_HUB_HOST } else { registry }
}

/// A host without its port; brackets of an IPv6 address are kept.
pub(super) fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => host,
        _ => authority,
    }
}

/// True if a host (without port) is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let mut address = host;
    if let Some(rest) = host.strip_prefix('[')
        && let Some(within) = rest.strip_suffix(']')
    {
        address = within;
    }
    host.eq_ignore_ascii_case("localhost") || matches!(address.parse::<IpAddr>(), Ok(ip) if ip.is_loopback())
}

/// The hosts whose certificates are not verified and which may use plain HTTP.
#[derive(Clone, Debug, Default)]
pub(super) struct Insecure(Vec<String>);

impl Insecure {
    /// From `host` and `host:port`, as the user writes them.
    pub(super) fn new(hosts: &[String]) -> Self {
        Self(hosts.iter().map(|host| host.to_ascii_lowercase()).collect())
    }

    /// True if `authority` (host, with a port if there is one) is among them, or is this machine.
    pub(super) fn covers(&self, authority: &str) -> bool {
        let host = without_port(authority);
        is_loopback(host) || self.0.iter().any(|known| known == authority || known == host)
    }
}

/// Host and port of an address, in the form of a registry's name.
pub(crate) fn authority_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// True if two addresses have the same server, so that both may receive the same credentials.
pub(crate) fn same_server(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// The target of a redirect. Plain HTTP may lead to plain HTTP or https, https only to https.
pub(super) fn redirect(from: &Url, location: &str) -> Result<Url, String> {
    let Ok(to) = from.join(location) else {
        return Err("redirects to a text that is not an address".to_owned());
    };
    let host = to.host_str().unwrap_or_default();
    match to.scheme() {
        "https" => {}
        "http" if from.scheme() == "http" => {}
        "http" => return Err(format!("redirects to plain HTTP at {host}")),
        other => return Err(format!("redirects to the scheme {other}")),
    }
    if host.is_empty() || !to.username().is_empty() || to.password().is_some() {
        return Err(format!("redirects to an address with credentials in it at {host}"));
    }
    Ok(to)
}

/// The token server that a registry names. A registry over plain HTTP does not prove its identity, so that it
/// may only name its own host.
pub(super) fn realm(registry: &Url, written: &str) -> Result<Url, String> {
    let Ok(realm) = Url::parse(written) else {
        return Err("the address of its token server is not absolute".to_owned());
    };
    let host = realm.host_str().unwrap_or_default();
    if host.is_empty() || !realm.username().is_empty() || realm.password().is_some() {
        return Err("its token server's address is malformed".into());
    }
    match (registry.scheme(), realm.scheme()) {
        ("https", "https") => Ok(realm),
        ("http", "http" | "https") if registry.host_str() == realm.host_str() => Ok(realm),
        ("http", "http" | "https") => {
            Err(format!("it is reached in plain HTTP and names the token server of another host, {host}"))
        }
        (_, "http") => Err(format!("its token server at {host} is in plain HTTP")),
        (_, other) => Err(format!("its token server has the scheme {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn insecure_hosts() {
        let insecure = Insecure::new(&["Reg.example:5000".into(), "lab.example".into()]);
        for yes in [
            "reg.example:5000",
            "lab.example",
            "lab.example:8443",
            "localhost",
            "localhost:5000",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]:5000",
            "[::1]",
        ] {
            assert!(insecure.covers(yes), "{yes}");
        }
        for no in
            ["reg.example", "reg.example:5001", "128.0.0.1", "localhost.example", "[::2]:5000", "10.0.0.1"]
        {
            assert!(!insecure.covers(no), "{no}");
        }
    }

    #[test]
    fn redirects() {
        let (tls, plain) = (url("https://a/v2/x/manifests/1"), url("http://localhost:5000/v2/"));
        assert_eq!(redirect(&tls, "https://b/y").unwrap().as_str(), "https://b/y");
        assert_eq!(redirect(&tls, "/y").unwrap().as_str(), "https://a/y");
        assert_eq!(redirect(&plain, "http://10.0.0.1/y").unwrap().as_str(), "http://10.0.0.1/y");
        for bad in ["http://b/y", "ftp://b/y", "https://u:p@b/y", "https://", "data:x", "file:///etc/passwd"]
        {
            assert!(redirect(&tls, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn realms() {
        let (tls, plain) = (url("https://a/v2/"), url("http://a:5000/v2/"));
        assert!(realm(&tls, "https://auth.b/token?x=1").is_ok());
        assert!(realm(&plain, "http://a:5001/token").is_ok());
        assert!(realm(&plain, "https://a/token").is_ok());
        for bad in ["http://a/token", "/token", "", "https://u@a/token", "ftp://a/x", "https:///"] {
            assert!(realm(&tls, bad).is_err(), "{bad}");
        }
        assert!(realm(&plain, "https://b/token").is_err());
        assert!(realm(&plain, "http://b/token").is_err());
    }

    #[test]
    fn same_servers() {
        assert!(same_server(&url("https://a/x"), &url("https://A:443/y")));
        assert!(!same_server(&url("https://a/x"), &url("https://a:444/x")));
        assert!(!same_server(&url("https://a/x"), &url("http://a:443/x")));
    }
}
