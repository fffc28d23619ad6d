//! Flux: its objects, and the references in them.

pub(crate) mod model;
pub(crate) mod references;
pub(crate) mod substitute;
