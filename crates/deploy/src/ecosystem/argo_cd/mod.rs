//! Argo CD: Applications, ApplicationSets, and the references in them.

pub(crate) mod application_set;
pub(crate) mod directory;
mod environment;
pub(crate) mod model;
pub(crate) mod overrides;
pub(crate) mod references;
pub(crate) mod windows;
