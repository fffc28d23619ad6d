//! The proxies that an environment names. The HTTP client reads the same variables and skips those that it
//! cannot use: a request would then bypass the proxy. Therefore they are checked first.

use http::Uri;
use reqwest::Url;
use thiserror::Error;

use crate::message::clean;

/// The variables that name proxies. `NO_PROXY` names the hosts that are reached without one.
const VARIABLES: [&str; 6] =
    ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"];
/// The schemes of proxies. The HTTP client skips one with another scheme. It keeps SOCKS proxies, and refuses each
/// request through them, because it is built without them.
const SCHEMES: [&str; 2] = ["http", "https"];
/// Maximum length of a value that is quoted, in characters.
const MAX_TEXT: usize = 200;

/// The proxies that an environment names.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// Their hosts, without ports.
    pub(super) hosts: Vec<String>,
}

/// A variable that should name a proxy does not.
#[derive(Debug, Error)]
#[error("{variable} is not the address of a proxy: {value:?}")]
pub struct ProxyError {
    /// The variable.
    variable: &'static str,
    /// Its value, without login.
    value: String,
}

impl Proxies {
    /// The proxies of the environment; `get` reads a variable.
    ///
    /// # Errors
    /// [`ProxyError`] if a variable is set to something that is not the address of a proxy.
    pub fn from_env(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, ProxyError> {
        let mut hosts = Vec::new();
        for variable in VARIABLES {
            let value = get(variable).unwrap_or_default();
            if value.is_empty() {
                continue;
            }
            match host_of(&value) {
                Some(host) => hosts.push(host),
                None => return Err(ProxyError { variable, value: redacted(&value) }),
            }
        }
        Ok(Self { hosts })
    }
}

/// The host of a proxy's address; `None` if the HTTP client would skip or refuse the address.
fn host_of(value: &str) -> Option<String> {
    // Bytes that are not UTF-8 were replaced on the way here; the client skips a value with such bytes.
    if value.contains(char::REPLACEMENT_CHARACTER) {
        return None;
    }
    let uri: Uri = value.parse().ok()?;
    let scheme = uri.scheme_str().unwrap_or("http");
    let authority = uri.authority()?.as_str();
    let (_, server) = authority.split_once('@').unwrap_or(("", authority));
    // `Uri` accepts any text as a port, but `Url` does not.
    let checked = Url::parse(&format!("http://{server}/")).ok()?;
    let is_plain = checked.username().is_empty() && checked.password().is_none();
    if !SCHEMES.contains(&scheme) || !is_plain {
        return None;
    }
    Some(checked.host_str()?.to_owned())
}

/// A value for messages, without text that may be a user name or a password.
fn redacted(value: &str) -> String {
    let (scheme, rest) = match value.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), value),
    };
    let (login, server) = match rest.rsplit_once('@') {
        Some((_, server)) => ("***@", server),
        None => ("", rest),
    };
    // A login without its host looks like a host with a port.
    let server = match server.rsplit_once(':') {
        Some((host, port)) if !is_port(port) => format!("{host}:***"),
        _ => server.to_owned(),
    };
    clean(&format!("{scheme}{login}{server}"), MAX_TEXT)
}

fn is_port(text: &str) -> bool {
    let digits = text.split('/').next().unwrap_or_default();
    digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_all_variables() {
        let get = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://user:pass@proxy.corp:3128/".to_owned()),
            "http_proxy" => Some("plain.corp:80".to_owned()),
            "all_proxy" => Some("https://[::1]:1080".to_owned()),
            "ALL_PROXY" => Some(String::new()),
            _ => None,
        };
        assert_eq!(Proxies::from_env(&get).unwrap().hosts, ["proxy.corp", "plain.corp", "[::1]"]);
    }

    #[test]
    fn addresses_that_the_client_would_skip() {
        for good in ["proxy", "proxy:3128", "u:p@proxy:3128", "HTTP://proxy", "https://10.0.0.1:1/x"] {
            assert!(host_of(good).is_some(), "{good}");
        }
        for bad in [
            "http://",
            "http:///proxy",
            "http://proxy:port",
            "http://proxy:99999",
            "http://pro xy",
            " http://proxy:3128",
            "http://proxy:3128\n",
            "ftp://proxy",
            "http//proxy",
            "http:/proxy",
            "http://u:p@w@proxy",
            "http://u:p/w@proxy",
            "://proxy",
            "/proxy",
            "socks5://proxy:1080",
            "SOCKS5H://proxy:1080",
            "socks4a://proxy",
            "http://proxy:3128/\u{fffd}",
        ] {
            assert!(host_of(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        for (value, shown) in [
            ("http://user:secret@proxy:port", "http://***@proxy:***"),
            ("http://user:se@cret@proxy:3128", "http://***@proxy:3128"),
            ("http://user:secret", "http://user:***"),
            ("user:secret@", "***@"),
            ("ftp://proxy:21/", "ftp://proxy:21/"),
            ("http://pro\u{1b}xy", "http://pro xy"),
        ] {
            assert_eq!(redacted(value), shown);
        }
    }
}
