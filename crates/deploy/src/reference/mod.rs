//! From documents to references: claims of extractors, which are parsed into references.

pub(crate) mod archive;
pub(crate) mod chart;
pub(crate) mod claim;
pub(crate) mod complete;
pub(crate) mod extractor;
pub(crate) mod found;
pub(crate) mod ignore;
pub(crate) mod key;
pub(crate) mod parameter;
pub(crate) mod placeholder;
pub(crate) mod select;
pub(crate) mod text;
pub(crate) mod unrendered;
pub(crate) mod version;
pub(crate) mod walk;
