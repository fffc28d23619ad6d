//! The answer of a registry for a reference. A reference is missing only if the registry itself reports it.
//! If it could not be queried for another reason, it is unverified, with its cause.

use std::sync::Arc;

use crate::chart::{Absent, Note};
use image::Platform;

/// The answer for one unique reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The manifest exists, and these credentials can pull it from here.
    Present(Present),
    /// The registry reports that it does not exist.
    Missing(Missing),
    /// It could not be verified.
    Unverified(Unverified),
}

/// A manifest that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Present {
    /// The manifest's digest; empty for a reference to a whole repository.
    pub digest: Arc<str>,
    /// The manifest's media type; empty for a reference to a whole repository.
    pub media_type: &'static str,
    /// Facts that most manifests do not have. They are apart, because a run may have 100,000 answers.
    details: Option<Box<Details>>,
}

/// Facts about a manifest that most runs do not query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The state of the tag, if tag and digest are both written.
    pub tag: Option<TagState>,
    /// The content, if the body was read.
    pub content: Option<Content>,
    /// The platforms, if they were queried and are declared.
    pub platforms: Option<Vec<Platform>>,
    /// The mirror that has it.
    pub through: Option<String>,
    /// The version that a range selects.
    pub version: Option<String>,
    /// Unusual facts about a chart.
    pub notes: Vec<Note>,
}

/// The facts of a manifest that has none.
static NO_DETAILS: Details =
    Details { tag: None, content: None, platforms: None, through: None, version: None, notes: Vec::new() };

impl Present {
    /// A manifest with these facts.
    pub fn new(digest: Arc<str>, media_type: &'static str, details: Details) -> Self {
        let details = if details == NO_DETAILS { None } else { Some(Box::new(details)) };
        Self { digest, media_type, details }
    }

    /// Its further facts.
    pub fn details(&self) -> &Details {
        self.details.as_deref().unwrap_or(&NO_DETAILS)
    }

    /// Its further facts, to change them.
    pub fn details_mut(&mut self) -> &mut Details {
        self.details.get_or_insert_default()
    }
}

/// The state of a tag that is written with a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagState {
    /// It points to the digest.
    Same,
    /// It points to this other digest.
    Moved(String),
    /// The registry reports that there is no such tag.
    Gone,
    /// The registry did not report it.
    Unknown,
}

/// The part of a reference that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The repository.
    Repository,
    /// The repository; a repository of the same registry with this similar name has the requested tag or
    /// digest.
    Misspelt(String),
    /// The tag; with the existing tags, if the registry lists them.
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
        /// The newest versions that exist.
        newest: Vec<String>,
    },
    /// A range: the text is not a range.
    NoRange,
    /// A chart of a chart repository, or its version or archive.
    Chart(Absent),
}

impl Missing {
    /// True if a later query may find it, after it is pushed.
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
    /// A description for the user: one line, bounded, without control characters.
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
    /// 5xx, or an invalid answer.
    RegistryError,
    /// No credentials are configured, and the registry requires them.
    Unauthorized,
    /// Credentials that the registry rejects.
    Rejected,
    /// Authentication succeeded, but access to the repository is denied.
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
    /// Another kind, which may be intended.
    Other,
}

impl Content {
    /// The name in the cache.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Image => "image",
            Self::Chart => "chart",
            Self::Flux => "flux",
            Self::Other => "other",
        }
    }

    /// The content with a name of the cache.
    pub fn from_name(text: &str) -> Option<Self> {
        [Self::Index, Self::Image, Self::Chart, Self::Flux, Self::Other]
            .into_iter()
            .find(|content| content.as_str() == text)
    }
}
