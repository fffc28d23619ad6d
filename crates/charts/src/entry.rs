//! One version of a chart, as the index of a repository lists it.

/// One version of a chart in an index. Texts are kept as they are written; no other field of the index is
/// read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The version.
    pub version: String,
    /// The addresses of the archive, absolute or relative to that of the repository. Helm and Flux use the first.
    pub urls: Vec<String>,
    /// The digest of the archive; empty if there is none. Helm and Flux do not compare it.
    pub digest: String,
    /// The version of the application, which often is the tag of its image; empty if there is none.
    pub app_version: String,
    /// The time of the upload; empty if there is none.
    pub created: String,
    /// True if the version is withdrawn. It can be installed anyway.
    pub removed: bool,
}
