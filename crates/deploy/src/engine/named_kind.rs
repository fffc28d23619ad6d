//! The kinds of resources that others look up by name, anywhere in the tree.

use crate::document::Document;
use crate::ecosystem::flux::model::is_source;
use crate::engine::words::Words;

/// A kind of resources that others look up by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum NamedKind {
    ConfigMap,
    Secret,
    HelmRepository,
    OciRepository,
    HelmChart,
}

impl NamedKind {
    const ALL: [Self; 5] =
        [Self::ConfigMap, Self::Secret, Self::HelmRepository, Self::OciRepository, Self::HelmChart];

    /// The kind of a document; `None` if other documents do not look it up.
    pub(crate) fn of(document: &Document) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.is(document))
    }

    /// True if a document is of this kind.
    pub(crate) fn is(self, document: &Document) -> bool {
        match self {
            Self::ConfigMap => document.is("", "ConfigMap"),
            Self::Secret => document.is("", "Secret"),
            Self::HelmRepository => is_source(document, "HelmRepository"),
            Self::OciRepository => is_source(document, "OCIRepository"),
            Self::HelmChart => is_source(document, "HelmChart"),
        }
    }

    /// True if a file with these words may contain a resource.
    pub(crate) fn is_possible(self, words: Words) -> bool {
        let is_written = match self {
            Self::ConfigMap => words.holds(Words::CONFIG_MAP),
            Self::Secret => words.holds(Words::SECRET),
            Self::HelmRepository => words.holds(Words::SOURCE) && words.holds(Words::HELM_REPOSITORY),
            Self::OciRepository => words.holds(Words::SOURCE) && words.holds(Words::OCI_REPOSITORY),
            Self::HelmChart => words.holds(Words::SOURCE) && words.holds(Words::HELM_CHART),
        };
        // Escaped letters may spell any of these words.
        is_written || words.holds(Words::FILES)
    }

    /// True if a file with these words may contain a resource of any kind.
    pub(crate) fn is_any_possible(words: Words) -> bool {
        Self::ALL.into_iter().any(|kind| kind.is_possible(words))
    }
}
