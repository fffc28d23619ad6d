//! A run of the comparison.

use deploy::{Extraction, Input, Selection};
use source::Files;

use crate::config::{DriftOptions, Options};
use crate::context::Context;
use crate::error::Error;
use crate::stages::Queries;

/// A run of the comparison.
pub(super) struct Run<'r> {
    /// The options of the gate.
    pub(super) options: &'r Options,
    pub(super) wanted: &'r DriftOptions,
    /// Object id of the commit that the cluster is compared with.
    pub(super) head: String,
    /// Its files.
    pub(super) files: &'r dyn Files,
    pub(super) queries: Queries<'r>,
    pub(super) context: &'r Context,
}

impl Run<'_> {
    /// Everything that the commit deploys, with the charts of releases.
    pub(super) async fn extraction(&self) -> Result<Extraction, Error> {
        let input = Input {
            head: self.files,
            base: None,
            selection: Selection::Deployed,
            max_file_size: self.options.max_file_size,
            renders: self.queries.renders()?,
            repositories: self.queries.repositories(),
            ignores: self.queries.ignores(),
            excluded: None,
        };
        self.queries.extraction(&input).await
    }

    /// True if registries are queried.
    pub(super) fn is_online(&self) -> bool {
        self.options.network.is_some()
    }
}
