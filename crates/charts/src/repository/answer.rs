//! The answers of chart repositories.

use std::sync::Arc;

use model::chart::{Absent, NoVersion, Note};
use model::{Cause, Content, Details, Missing, Present, Unverified};
use registry::clean;
use source::Memory;

use crate::archive::ArchiveError;

/// Maximum length of a detail of an answer, in characters.
const MAX_DETAIL: usize = 500;

/// The answer to a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The chart, unpacked.
    Found(Box<Chart>),
    /// The repository lists the chart, but no version that matches the request.
    MissingVersion {
        /// The reason: no listed version matches, or the text is not a version.
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
    /// The archive exists, but is not read because it is broken or exceeds a limit.
    Unreadable {
        /// The version.
        version: String,
        /// The fault.
        why: ArchiveError,
    },
    /// The repository requires credentials, or does not accept the configured ones.
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
    /// The digest of the archive's bytes, for HTTP and OCI repositories.
    pub archive: String,
    /// The files below the chart's folder.
    pub files: Memory,
    /// Unusual facts that are no fault: Helm, Flux and Argo CD install the chart.
    pub notices: Vec<Note>,
}

impl Answer {
    /// An answer for a failure, by its cause.
    pub(super) fn failed(why: Unverified) -> Self {
        match why.cause {
            Cause::Unauthorized | Cause::Rejected => Self::Unauthorized(why),
            _ => Self::Unverified(why),
        }
    }

    /// An answer for a failure, with a detail that is made safe to print.
    pub(super) fn unverified(cause: Cause, detail: &str) -> Self {
        Self::failed(Unverified { cause, detail: clean(detail, MAX_DETAIL) })
    }
    /// The answer without the files of the chart.
    pub fn verdict(&self) -> model::Answer {
        let missing = |absent| model::Answer::Missing(Missing::Chart(absent));
        match self {
            Self::Found(chart) => {
                let details = Details {
                    version: Some(chart.version.clone()),
                    content: Some(Content::Chart),
                    notes: chart.notices.clone(),
                    ..Details::default()
                };
                model::Answer::Present(Present::new(chart.digest.as_str().into(), "", details))
            }
            Self::Unreadable { version, why } => {
                let details = Details {
                    version: Some(version.clone()),
                    notes: vec![Note::Unreadable(why.to_string())],
                    ..Details::default()
                };
                model::Answer::Present(Present::new(Arc::default(), "", details))
            }
            Self::MissingVersion { why, near } => missing(Absent::Version { why: *why, near: near.clone() }),
            Self::MissingChart { near } => missing(Absent::Chart { near: near.clone() }),
            Self::ArchiveGone { version, address } => {
                missing(Absent::Archive { version: version.clone(), address: address.clone() })
            }
            Self::Unauthorized(why) | Self::Unverified(why) => model::Answer::Unverified(why.clone()),
        }
    }

    /// True if the chart, its version or its archive is missing.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::MissingVersion { .. } | Self::MissingChart { .. } | Self::ArchiveGone { .. })
    }
}
