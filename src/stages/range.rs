//! The base of a comparison: the given one, that of the CI system, or the default branch of the remote.

use git::Repository;
use source::change::{Base, Range};

use crate::ci;
use crate::config::Options;
use crate::context::Context;
use crate::error::Error;

/// The base of the options, otherwise that of the CI system, otherwise the default branch of the remote.
pub(super) fn range(options: &Options, context: &Context, repository: &Repository) -> Result<Range, Error> {
    if let Some((base, chosen_by)) = &options.base {
        let chosen_by = format!("{chosen_by} {base}");
        return Ok(Range { base: Base::MergeBase(base.clone()), head: None, chosen_by });
    }
    match ci::range(&context.env, &repository.head_oid()?) {
        Some(found) => Ok(found?),
        None => Ok(repository.default_base()?),
    }
}
