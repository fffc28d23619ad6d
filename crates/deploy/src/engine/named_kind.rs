//! The kinds of resources that others look up by name, anywhere in the tree.

use crate::document::Document;
use crate::ecosystem::flux::model::is_source;
use crate::engine::says::Says;

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
    pub(crate) fn is_possible(self, says: Says) -> bool {
        let is_written = match self {
            Self::ConfigMap => says.holds(Says::CONFIG_MAP),
            Self::Secret => says.holds(Says::SECRET),
            Self::HelmRepository => says.holds(Says::SOURCE) && says.holds(Says::HELM_REPOSITORY),
            Self::OciRepository => says.holds(Says::SOURCE) && says.holds(Says::OCI_REPOSITORY),
            Self::HelmChart => says.holds(Says::SOURCE) && says.holds(Says::HELM_CHART),
        };
        // Escaped letters may spell any of these words.
        is_written || says.holds(Says::FILES)
    }

    /// True if a file with these words may contain a resource of any kind.
    pub(crate) fn is_any_possible(says: Says) -> bool {
        Self::ALL.into_iter().any(|kind| kind.is_possible(says))
    }
}
