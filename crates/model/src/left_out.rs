//! Manifests that nothing known deploys.

/// The reason why nothing known deploys a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// A kustomization is beside or above its file, and does not include it.
    NotIncluded,
    /// Its file is what kubectl wrote of a cluster.
    Export,
}

impl LeftOut {
    /// The reason in a sentence.
    pub fn why(self) -> &'static str {
        match self {
            Self::NotIncluded => "the kustomization beside or above the file does not include it",
            Self::Export => {
                "the file is an export of a cluster: no API server creates an object with a resourceVersion"
            }
        }
    }
}
