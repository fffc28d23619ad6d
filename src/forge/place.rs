//! The repository on its forge: from the address of the remote, or from `--forge`.

use reqwest::Url;

use super::error::ForgeError;

/// The kinds of forges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// GitHub.
    GitHub,
    /// GitLab.
    GitLab,
    /// Gitea and Forgejo.
    Gitea,
}

impl Kind {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "github" => Some(Self::GitHub),
            "gitlab" => Some(Self::GitLab),
            "gitea" | "forgejo" => Some(Self::Gitea),
            _ => None,
        }
    }

    /// The variables that may contain a token, in their order of precedence.
    pub fn tokens(self) -> &'static [&'static str] {
        match self {
            Self::GitHub => &["PULLABLE_FORGE_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"],
            Self::GitLab => &["PULLABLE_FORGE_TOKEN", "GITLAB_TOKEN"],
            Self::Gitea => &["PULLABLE_FORGE_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN"],
        }
    }
}

/// A repository on a forge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The kind of forge.
    pub kind: Kind,
    /// The address of the API, without a slash at the end.
    pub api: String,
    /// The path of the repository: `owner/name`, on GitLab with all groups.
    pub path: String,
}

/// A remote's address in parts.
struct Address {
    /// `https://host:port`.
    origin: String,
    host: String,
    path: String,
}

impl Place {
    /// The place of a remote. `named`: the value of `--forge`. `variable` reads the environment, in which CI
    /// systems name their own forge.
    ///
    /// # Errors
    /// [`ForgeError`] if the forge is unknown, or a token would be sent in plain text.
    pub fn of(
        remote: &str,
        named: Option<&str>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ForgeError> {
        let (kind, address) = if let Some(named) = named {
            let (name, url) = named.split_once('=').unwrap_or((named, remote));
            let not_a_forge = ForgeError::NotAForge(named.to_owned());
            match (Kind::from_name(name), Address::parse(url)) {
                (Some(kind), Some(address)) => (kind, address),
                _ => return Err(not_a_forge),
            }
        } else {
            let address = Address::parse(remote).ok_or_else(|| unknown(remote))?;
            (kind_of(&address, variable).ok_or_else(|| unknown(remote))?, address)
        };
        let is_loopback = matches!(address.host.as_str(), "127.0.0.1" | "localhost" | "[::1]");
        if address.origin.starts_with("http:") && !is_loopback {
            return Err(ForgeError::PlainText(address.host));
        }
        let api = match kind {
            Kind::GitHub if address.host == "github.com" => "https://api.github.com".to_owned(),
            Kind::GitHub => format!("{}/api/v3", address.origin),
            Kind::GitLab => format!("{}/api/v4", address.origin),
            Kind::Gitea => format!("{}/api/v1", address.origin),
        };
        Ok(Self { kind, api, path: address.path })
    }

    /// The first part of the path.
    pub(super) fn owner(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }
}

fn unknown(remote: &str) -> ForgeError {
    // A password in an address must not be shown.
    let shown = match (remote.split_once("://"), remote.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => remote.to_owned(),
    };
    ForgeError::Unknown(shown)
}

/// The forge of a host: a well-known one, the one of the CI run, or one recognised by its name.
fn kind_of(address: &Address, variable: &dyn Fn(&str) -> Option<String>) -> Option<Kind> {
    let host = address.host.as_str();
    match host {
        "github.com" => return Some(Kind::GitHub),
        "gitlab.com" => return Some(Kind::GitLab),
        "codeberg.org" | "gitea.com" => return Some(Kind::Gitea),
        _ => {}
    }
    let is_of = |name: &str| {
        let url = variable(name).and_then(|url| Address::parse(&format!("{url}/x/y")));
        url.is_some_and(|url| url.host == host)
    };
    if is_of("GITHUB_SERVER_URL") {
        let is_gitea = variable("GITEA_ACTIONS").or(variable("FORGEJO_ACTIONS")).is_some();
        return Some(if is_gitea { Kind::Gitea } else { Kind::GitHub });
    }
    if is_of("CI_SERVER_URL") {
        return Some(Kind::GitLab);
    }
    let first = host.split('.').next().unwrap_or_default();
    Kind::from_name(first)
}

impl Address {
    fn parse(text: &str) -> Option<Self> {
        let Some((scheme, _)) = text.split_once("://") else { return Self::of_ssh(text) };
        let url = Url::parse(text).ok()?;
        let host = url.host_str()?.to_owned();
        let origin = match (scheme, url.port()) {
            ("http" | "https", Some(port)) => format!("{scheme}://{host}:{port}"),
            ("http" | "https", None) => format!("{scheme}://{host}"),
            // The port of ssh is not that of the API.
            ("ssh" | "git+ssh", _) => format!("https://{host}"),
            _ => return None,
        };
        Self::new(origin, host, url.path())
    }

    /// `git@host:path`.
    fn of_ssh(text: &str) -> Option<Self> {
        let (login, path) = text.split_once(':')?;
        let host = login.rsplit('@').next().unwrap_or(login);
        if host.is_empty() || host.contains('/') || path.starts_with('\\') {
            return None;
        }
        Self::new(format!("https://{host}"), host.to_owned(), path)
    }

    fn new(origin: String, host: String, path: &str) -> Option<Self> {
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path).to_owned();
        let is_plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "/-_.~".contains(c));
        let is_path =
            path.contains('/') && is_plain && !path.split('/').any(|part| part == ".." || part.is_empty());
        is_path.then_some(Self { origin, host, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(remote: &str, named: Option<&str>) -> Result<Place, ForgeError> {
        Place::of(remote, named, &|_| None)
    }

    fn place(kind: Kind, api: &str, path: &str) -> Place {
        Place { kind, api: api.to_owned(), path: path.to_owned() }
    }

    #[test]
    fn addresses_of_remotes() {
        let github = place(Kind::GitHub, "https://api.github.com", "a/b");
        for remote in ["https://github.com/a/b.git", "git@github.com:a/b", "ssh://git@github.com:22/a/b.git"]
        {
            assert_eq!(of(remote, None), Ok(github.clone()), "{remote}");
        }
        let gitlab = place(Kind::GitLab, "https://gitlab.example/api/v4", "g/sub/p");
        assert_eq!(of("https://x:secret@gitlab.example/g/sub/p.git", None), Ok(gitlab));
        let forgejo = place(Kind::Gitea, "https://git.example:3000/api/v1", "a/b");
        assert_eq!(of("/srv/b.git", Some("forgejo=https://git.example:3000/a/b")), Ok(forgejo));
        let enterprise = place(Kind::GitHub, "https://code.example/api/v3", "a/b");
        assert_eq!(of("git@code.example:a/b.git", Some("github")), Ok(enterprise));
    }

    #[test]
    fn the_forge_that_ci_runs_on() {
        let variable = |name: &str| (name == "CI_SERVER_URL").then(|| "https://code.example".to_owned());
        let found = Place::of("https://code.example/a/b", None, &variable).unwrap();
        assert_eq!(found.kind, Kind::GitLab);
    }

    #[test]
    fn what_is_no_forge() {
        let error = of("https://user:secret@code.example/a/b", None).unwrap_err();
        assert_eq!(error, ForgeError::Unknown("https://code.example/a/b".to_owned()));
        assert!(matches!(of("/srv/b.git", None), Err(ForgeError::Unknown(_))));
        assert!(matches!(of("x", Some("svn=https://a.example/b/c")), Err(ForgeError::NotAForge(_))));
        for path in ["/a/../b", "/a/b%2f", "/only"] {
            let named = format!("gitea=https://git.example{path}");
            let found = of("x", Some(&named));
            assert!(
                found.is_err() || found == Ok(place(Kind::Gitea, "https://git.example/api/v1", "b")),
                "{path}"
            );
        }
        let plain = of("http://gitea.example/a/b", None);
        assert_eq!(plain, Err(ForgeError::PlainText("gitea.example".to_owned())));
    }
}
