//! Addresses of repositories.

/// True if two addresses, each in any form that git accepts, name the same repository.
pub(super) fn same_repository(a: &str, b: &str) -> bool {
    parts(a) == parts(b)
}

/// Host and path of an address, without scheme, user, port and `.git`.
fn parts(address: &str) -> (String, String) {
    let has_scheme = address.contains("://");
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let (host, mut path) = rest.split_once(['/', ':']).unwrap_or(("", rest));
    // Only an address with a scheme has a port after the colon.
    if has_scheme
        && let Some((port, behind)) = path.split_once('/')
        && port.parse::<u16>().is_ok()
    {
        path = behind;
    }
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (host.to_ascii_lowercase(), path.to_ascii_lowercase())
}
