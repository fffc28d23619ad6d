//! The answer of a registry for a reference. Missing only if the registry itself reports it; whatever else kept a
//! reference from being seen is unverified, with its cause.

use std::sync::Arc;

use crate::chart::{Absent, Note};
use image::Platform;

/// The answer for one unique reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The manifest is there, and these credentials can pull it from here.
    Present(Present),
    /// The registry reports that it does not exist.
    Missing(Missing),
    /// It could not be verified.
    Unverified(Unverified),
}

/// A manifest that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Present {
    /// The manifest's digest; empty for a reference to a whole repository.
    pub digest: String,
    /// The manifest's media type; empty for a reference to a whole repository.
    pub media_type: String,
    /// The state of the tag, if tag and digest are both written.
    pub tag: Option<TagState>,
    /// The content, if the body was read.
    pub content: Option<Content>,
    /// The platforms, if they were queried and are declared.
    pub platforms: Option<Vec<Platform>>,
    /// The mirror that has it.
    pub through: Option<String>,
    /// The version that a range takes.
    pub version: Option<String>,
    /// Unusual facts about a chart.
    pub notes: Vec<Note>,
}

/// The state of a tag that is written with a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagState {
    /// It points to the digest.
    Same,
    /// It points to this other digest.
    Moved(String),
    /// The registry says that there is no such tag.
    Gone,
    /// The registry did not say.
    Unknown,
}

/// The part of a reference that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The repository.
    Repository,
    /// The repository; what was asked for is in this one of the same registry, of a name much like it.
    Misspelt(String),
    /// The tag; with the tags that there are, where the registry lists them.
    Tag(Option<Arc<TagList>>),
    /// The digest.
    Digest,
    /// A manifest that the index names, for this platform.
    Child {
        /// Its digest.
        digest: String,
        /// Its platform, if the index names one.
        platform: Option<Platform>,
    },
    /// A version that a range admits.
    Version {
        /// The newest that there are.
        newest: Vec<String>,
    },
    /// A range: what is written is none.
    NoRange,
    /// A chart of a chart repository, or its version or archive.
    Chart(Absent),
}

impl Missing {
    /// True if a later query finds it once it is pushed.
    pub fn may_come(&self) -> bool {
        matches!(self, Self::Repository | Self::Tag(_) | Self::Digest)
    }
}

/// The tags of a repository, in the registry's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagList {
    /// Their names.
    pub tags: Vec<String>,
    /// True if these are all tags; a list is read up to a bound.
    pub complete: bool,
}

/// The reason why a reference could not be verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unverified {
    /// The kind of cause, which decides the rule.
    pub cause: Cause,
    /// The event, for a person: one line, bounded, without control characters.
    pub detail: String,
}

/// The kinds of causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// 429, or a `Retry-After` beyond the deadline.
    RateLimited,
    /// No connection, a time-out.
    Unreachable,
    /// The run's deadline passed first.
    Deadline,
    /// 5xx, or an answer that no registry gives.
    RegistryError,
    /// No credentials where they are asked for.
    Unauthorized,
    /// Credentials that the registry rejects.
    Rejected,
    /// Authentication went through, and the repository is still denied.
    MissingOrPrivate,
}

/// The content of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Several, one for each platform.
    Index,
    /// A container image.
    Image,
    /// A Helm chart.
    Chart,
    /// A Flux artifact.
    Flux,
    /// Something else, which may be meant to be just that.
    Other,
}

impl Content {
    /// As the cache writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Image => "image",
            Self::Chart => "chart",
            Self::Flux => "flux",
            Self::Other => "other",
        }
    }

    /// As the cache wrote it.
    pub fn from_name(text: &str) -> Option<Self> {
        [Self::Index, Self::Image, Self::Chart, Self::Flux, Self::Other]
            .into_iter()
            .find(|content| content.as_str() == text)
    }
}
