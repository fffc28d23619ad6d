//! Charts as documents name them: the repository, the name and the version, each with its place.

use std::collections::{BTreeMap, BTreeSet};

use model::Target;
use model::chart::{Consumer, Request, Wanted};
use yaml::Node;

use crate::reference::text::{Reader, plain_text, tag_text};

/// A chart that a document names in a chart repository.
#[derive(Clone, Debug)]
pub struct NamedChart {
    /// The program that installs it.
    pub consumer: Consumer,
    /// The address of the repository.
    pub repository: Node,
    /// The name; none if the address names the chart.
    pub name: Option<Node>,
    /// The version, the tag or the digest.
    pub version: Option<Node>,
    /// The way in which the version is written.
    pub revision: Revision,
    /// True if the cluster has credentials for the repository.
    pub has_secret: bool,
}

/// The way in which the version of a chart is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revision {
    /// A version or a range.
    Version,
    /// A tag of an OCI repository.
    Tag,
    /// A digest in an OCI repository.
    Digest,
}

impl NamedChart {
    /// The deciding scalar: the version, or the scalar that names the chart.
    pub(crate) fn deciding(&self) -> &Node {
        let written = self.version.as_ref().filter(|version| !is_empty(version));
        written.or(self.name.as_ref()).unwrap_or(&self.repository)
    }

    /// The target: a request, or the problem of a part.
    pub(crate) fn target(&self) -> Target {
        match self.parts() {
            Ok(request) => Target::Chart(Box::new(request)),
            Err(problem) => problem,
        }
    }

    /// The request; `None` if a part is made by a template or a variable, or is not text.
    pub(crate) fn request(&self) -> Option<Request> {
        self.parts().ok()
    }

    fn parts(&self) -> Result<Request, Target> {
        let written = plain_text(&self.repository)?;
        // Argo CD names a registry without a scheme.
        let repository =
            if written.contains("://") { written.to_owned() } else { format!("oci://{written}") };
        let chart = match &self.name {
            Some(name) => plain_text(name)?.to_owned(),
            None => String::new(),
        };
        let version = match self.version.as_ref().filter(|version| !is_empty(version)) {
            Some(version) => tag_text(version, Reader::Strict)?.to_owned(),
            None => String::new(),
        };
        let wanted = match self.revision {
            Revision::Version => Wanted::Version(version),
            Revision::Tag => Wanted::Tag(version),
            Revision::Digest => Wanted::Digest(version),
        };
        let (consumer, has_secret) = (self.consumer, self.has_secret);
        Ok(Request { consumer, repository, chart, wanted, has_secret })
    }
}

fn is_empty(node: &Node) -> bool {
    node.is_null() || node.scalar() == Some("")
}

/// The dependencies of a chart in its folder.
#[derive(Clone, Debug, Default)]
pub struct Lock {
    /// Their versions in the lock file, by name.
    pub versions: BTreeMap<String, Node>,
    /// The dependencies below `charts/`, by name.
    pub vendored: BTreeSet<String>,
}
