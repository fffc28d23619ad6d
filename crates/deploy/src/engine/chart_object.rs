//! An object that a chart of the repository generates and that deploys other resources, as the side stores
//! it.

use std::sync::Arc;

use source::RepoPath;

use crate::document::Document;
use crate::engine::reads::Reads;

/// An object that a chart makes.
#[derive(Clone, Debug)]
pub(crate) struct ChartObject {
    pub(crate) document: Document,
    /// The reads of the release that makes it.
    pub(crate) reads: Arc<Reads>,
    /// The folder of the chart.
    pub(crate) folder: RepoPath,
}

impl ChartObject {
    /// True if another object is the same on the other side: of the same chart, kind and name.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.folder == other.folder && self.kind_and_name() == other.kind_and_name()
    }

    fn kind_and_name(&self) -> Option<(&str, Option<&str>)> {
        self.document.resource().map(|resource| (resource.kind.as_str(), resource.name.as_deref()))
    }
}
