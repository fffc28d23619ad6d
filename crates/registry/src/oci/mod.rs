//! The documents of the OCI image specification: manifests, indices, configurations.

pub(crate) mod content;
pub(crate) mod manifest;
