//! Addresses of repositories and archives.

use registry::Url;

/// User and password.
pub(super) type Login = (String, String);

/// The address of a repository.
pub(super) enum Address {
    /// Over HTTP, with the user and password in the address.
    Http(Url, Option<Login>),
    /// `oci://`, without the scheme and a `/` at the end.
    Oci(String),
}

impl Address {
    /// Parses an address.
    ///
    /// # Errors
    /// A description of the fault.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(name) = text.strip_prefix("oci://") {
            if name.split('/').next().is_some_and(|host| host.contains('@')) {
                return Err(
                    "user and password in the address of an OCI repository are not supported".to_owned()
                );
            }
            return Ok(Self::Oci(name.trim_end_matches('/').to_owned()));
        }
        let Ok(mut url) = Url::parse(text) else {
            return Err("the address of the chart repository cannot be read".to_owned());
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("chart repositories with the scheme {} are not supported", url.scheme()));
        }
        let login = take_login(&mut url);
        Ok(Self::Http(url, login))
    }
}

/// Takes user and password out of an address.
fn take_login(url: &mut Url) -> Option<Login> {
    let user = decoded(url.username());
    let password = decoded(url.password().unwrap_or_default());
    let is_empty = user.is_empty() && password.is_empty();
    // These calls fail only for addresses without a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if is_empty { None } else { Some((user, password)) }
}

/// Decodes a text in which bytes may be written as `%41`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after.first_chunk::<2>().filter(|_| *first == b'%');
        let byte = pair
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An address relative to that of a repository, which is a folder. The query of the repository is kept: it may be a
/// token. User and password in an absolute address are dropped.
pub(super) fn resolve(repository: &Url, reference: &str) -> Option<Url> {
    if let Ok(mut absolute) = Url::parse(reference) {
        take_login(&mut absolute);
        return Some(absolute);
    }
    let mut folder = repository.clone();
    folder.set_path(&format!("{}/", repository.path().trim_end_matches('/')));
    let mut url = folder.join(reference).ok()?;
    url.set_query(repository.query());
    url.set_fragment(None);
    take_login(&mut url);
    Some(url)
}

/// True if two addresses have the same server: scheme, host and port.
pub(super) fn same_server(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// An address for messages: without user, password, query and fragment, any of which may be a secret.
pub(super) fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_are_taken_out() {
        let Ok(Address::Http(url, login)) = Address::parse("https://me:p%40ss%2@charts.example/x?token=t")
        else {
            panic!("it is read")
        };
        assert_eq!(login, Some(("me".to_owned(), "p@ss%2".to_owned())));
        assert_eq!(shown(&url), "https://charts.example/x");
        let Ok(Address::Oci(name)) = Address::parse("oci://ghcr.io/acme/charts/") else {
            panic!("it is read")
        };
        assert_eq!(name, "ghcr.io/acme/charts");
        for bad in [
            "s3://bucket/charts",
            "charts",
            "",
            "https://",
            "oci://me:secret@ghcr.io/acme",
            "https://me:secret@ x",
        ] {
            let why = Address::parse(bad).err().unwrap();
            assert!(!why.contains("secret"), "{why}");
        }
    }

    #[test]
    fn archives_are_below_the_repository() {
        let repository = Url::parse("https://charts.example/stable?token=t").unwrap();
        for (reference, expected) in [
            ("web-1.0.0.tgz", "https://charts.example/stable/web-1.0.0.tgz?token=t"),
            ("./web.tgz?x=1", "https://charts.example/stable/web.tgz?token=t"),
            ("/web.tgz", "https://charts.example/web.tgz?token=t"),
            ("../web.tgz", "https://charts.example/web.tgz?token=t"),
            ("https://me:secret@other.example/web.tgz", "https://other.example/web.tgz"),
            ("//other.example/web.tgz", "https://other.example/web.tgz?token=t"),
        ] {
            assert_eq!(resolve(&repository, reference).unwrap().as_str(), expected);
        }
        assert!(!same_server(&repository, &Url::parse("http://charts.example/").unwrap()));
        assert!(!same_server(&repository, &Url::parse("https://charts.example:444/").unwrap()));
        assert!(same_server(&repository, &Url::parse("https://CHARTS.example:443/x").unwrap()));
    }
}
