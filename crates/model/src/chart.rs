//! Charts of chart repositories: the request for one, and the part of it that does not exist.

use std::fmt;

use source::RepoPath;

/// The program that installs a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Consumer {
    /// Helm itself, and tools that run it (kustomize, Fleet).
    Helm,
    /// Flux, with a `HelmRepository`.
    Flux,
    /// Flux, with the range of an `OCIRepository` (`ref.semver`).
    FluxArtifact,
    /// Argo CD.
    ArgoCd,
}

/// A request for a chart.
///
/// ```
/// use model::chart::{Consumer, Request, Wanted};
///
/// let request = Request {
///     consumer: Consumer::Helm,
///     repository: "https://me:secret@charts.example/stable/".to_owned(),
///     chart: "web".to_owned(),
///     wanted: Wanted::Version("1.2.3".to_owned()),
///     has_secret: false,
/// };
/// assert_eq!(request.to_string(), "https://charts.example/stable/web:1.2.3");
/// assert_eq!(request.host(), Some("charts.example"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// The program that installs the chart.
    pub consumer: Consumer,
    /// The address of the repository: `https://…`, `http://…` or `oci://…`.
    pub repository: String,
    /// The name of the chart. It may be empty for an OCI address that names the chart itself.
    pub chart: String,
    /// The version.
    pub wanted: Wanted,
    /// True if the cluster has credentials for the repository that are not in the file.
    pub has_secret: bool,
}

/// The version of a chart that is requested.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wanted {
    /// A version or a range, as it is written; empty for the newest stable version.
    Version(String),
    /// A tag of an OCI repository, in any form.
    Tag(String),
    /// A digest in an OCI repository.
    Digest(String),
}

impl Wanted {
    /// The name of the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Version(_) => "version",
            Self::Tag(_) => "tag",
            Self::Digest(_) => "digest",
        }
    }
}

impl Request {
    /// The name of the repository and the chart, without user, password and version.
    pub fn name(&self) -> String {
        let repository = self.shown_repository();
        match self.chart.as_str() {
            "" => repository,
            chart => format!("{repository}/{chart}"),
        }
    }

    /// The address of the repository, without user, password, query and the slash at its end.
    pub fn shown_repository(&self) -> String {
        let (scheme, rest) = self.repository.split_once("://").unwrap_or(("", &self.repository));
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let authority = rest.split('/').next().unwrap_or_default();
        let user = authority.rfind('@').map_or(0, |at| at + 1);
        let shown = rest.get(user..).unwrap_or_default().trim_end_matches('/');
        if scheme.is_empty() { shown.to_owned() } else { format!("{scheme}://{shown}") }
    }

    /// The host of the repository, with its port.
    pub fn host(&self) -> Option<&str> {
        let (_, rest) = self.repository.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        authority.rsplit('@').next()
    }

    /// True if the repository is read over HTTP.
    pub fn is_http(&self) -> bool {
        !self.repository.starts_with("oci://")
    }

    /// The version as it is written; empty for none.
    pub fn version(&self) -> &str {
        match &self.wanted {
            Wanted::Version(text) | Wanted::Tag(text) | Wanted::Digest(text) => text,
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())?;
        match &self.wanted {
            Wanted::Version(version) if version.is_empty() => Ok(()),
            Wanted::Version(text) | Wanted::Tag(text) => write!(f, ":{text}"),
            Wanted::Digest(digest) => write!(f, "@{digest}"),
        }
    }
}

/// The reason why a request selects no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoVersion {
    /// The text is neither a version nor a range of versions.
    NotAVersion,
    /// No listed version matches.
    None,
}

/// The part of a request that a chart repository does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The chart. `near` is the name that may have been meant.
    Chart {
        /// The name of a chart that the repository lists.
        near: Option<String>,
    },
    /// The version.
    Version {
        /// The reason: no listed version matches, or the text is not a version.
        why: NoVersion,
        /// The versions that may have been meant; empty if the repository lists none.
        near: Vec<String>,
    },
    /// The archive of a version that the repository lists.
    Archive {
        /// The version.
        version: String,
        /// The address of the archive, without user, password and query.
        address: String,
    },
}

/// An unusual fact about a chart that can be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The archive has another digest than the index lists. It may have been published again.
    OtherDigest {
        /// The digest in the index.
        listed: String,
    },
    /// `Chart.yaml` has another version than the repository.
    OtherVersion {
        /// The version in `Chart.yaml`.
        inside: String,
    },
    /// The archive contains links, which Helm reads as empty files.
    Links(Vec<RepoPath>),
    /// The archive is not read, for this reason: it is broken, or exceeds a limit.
    Unreadable(String),
}
