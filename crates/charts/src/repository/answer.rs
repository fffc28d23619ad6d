//! What is requested of chart repositories, and the answers.

use model::{Cause, Unverified};
use registry::clean;
use source::{Memory, RepoPath};

use crate::archive::ArchiveError;
use crate::version::{Consumer, NoVersion};

/// Longest detail of an answer, in characters.
const MAX_DETAIL: usize = 500;

/// A request for a chart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// The program that installs the chart.
    pub consumer: Consumer,
    /// The address of the repository: `https://…`, `http://…` or `oci://…`.
    pub repository: String,
    /// The name of the chart. It may be empty for an OCI address that names the chart itself.
    pub chart: String,
    /// The version.
    pub wanted: Wanted,
}

/// The version of a chart that is requested.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// A version or a range, as it is written; empty for the newest that is stable.
    Version(String),
    /// A tag of an OCI repository, whatever it is.
    Tag(String),
    /// A digest in an OCI repository.
    Digest(String),
}

/// The answer to a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The chart, unpacked.
    Found(Box<Chart>),
    /// The repository lists the chart, and no version that the request takes.
    MissingVersion {
        /// True if the text is a version at all.
        why: NoVersion,
        /// The versions that may have been meant; empty if the repository lists none.
        near: Vec<String>,
    },
    /// The repository does not list the chart.
    MissingChart {
        /// The name that may have been meant.
        near: Option<String>,
    },
    /// The index lists the version, and the server answers 404 or 410 for its archive, to the same credentials.
    ArchiveGone {
        /// The version.
        version: String,
        /// The address of the archive, without user, password and query.
        address: String,
    },
    /// The archive exists, and is not read: it is broken, or exceeds a limit.
    Unreadable {
        /// The version.
        version: String,
        /// The fault.
        why: ArchiveError,
    },
    /// The repository demands credentials, or does not accept those that are there.
    Unauthorized(Unverified),
    /// Not verified, for another cause.
    Unverified(Unverified),
}

/// A chart.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The version as the repository lists it. For a tag this is the tag; for a digest the version in `Chart.yaml`.
    pub version: String,
    /// The digest of the archive; in an OCI repository that of the manifest.
    pub digest: String,
    /// The files below the chart's folder.
    pub files: Memory,
    /// Unusual facts that are no fault: Helm, Flux and Argo CD install the chart.
    pub notices: Vec<Notice>,
}

/// Something unusual about a chart that can be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The archive has another digest than the index lists. It may have been published again.
    OtherDigest {
        /// As the index lists it.
        listed: String,
    },
    /// `Chart.yaml` has another version than the repository.
    OtherVersion {
        /// The version in `Chart.yaml`.
        inside: String,
    },
    /// Links in the archive, which are no files.
    Links(Vec<RepoPath>),
}

impl Answer {
    /// An answer that is none, by its cause.
    pub(super) fn failed(why: Unverified) -> Self {
        match why.cause {
            Cause::Unauthorized | Cause::Rejected => Self::Unauthorized(why),
            _ => Self::Unverified(why),
        }
    }

    /// An answer that is none, with a detail made safe to print.
    pub(super) fn unverified(cause: Cause, detail: &str) -> Self {
        Self::failed(Unverified { cause, detail: clean(detail, MAX_DETAIL) })
    }
}
