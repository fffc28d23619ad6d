//! A row of the table of custom resources.

/// Group, kind, and the fields that are read.
pub(crate) struct Row(pub &'static str, pub &'static str, pub &'static [Read]);

/// The reading of fields at paths, which are separated by blanks.
pub(crate) enum Read {
    /// A reference.
    Text(&'static str),
    /// An artifact, with the scheme `oci://` or without one; other schemes do not name an artifact.
    Artifact(&'static str),
    /// An image with the scheme `docker://`; other schemes do not name an image.
    Docker(&'static str),
    /// A mapping whose keys hold the parts of a reference.
    Parts(Keys, &'static str),
}

impl Read {
    /// The paths.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &'static str> {
        let (Self::Text(paths) | Self::Artifact(paths) | Self::Docker(paths) | Self::Parts(_, paths)) = self;
        paths.split_ascii_whitespace()
    }
}

/// The keys that hold the parts of a reference; an empty key is not used. If the repository includes a tag,
/// that tag counts.
pub(crate) struct Keys {
    pub registry: &'static str,
    pub repository: &'static str,
    pub image: &'static str,
    pub tag: &'static str,
    pub digest: &'static str,
    /// True if a repository counts only if it names its registry: the operator puts its own registry before
    /// others.
    pub host: bool,
}

/// The usual keys.
pub(crate) const PARTS: Keys = Keys {
    registry: "registry",
    repository: "repository",
    image: "",
    tag: "tag",
    digest: "digest",
    host: false,
};

/// NVIDIA: the name is the last component of the repository, and the version may be a digest.
pub(crate) const NVIDIA: Keys = Keys { image: "image", ..pair("repository", "version") };
/// NVIDIA's drivers: the node's operating system is appended to the version.
pub(crate) const NVIDIA_DRIVER: Keys = Keys { tag: "", ..NVIDIA };

/// A repository and its tag.
pub(crate) const fn pair(repository: &'static str, tag: &'static str) -> Keys {
    Keys { registry: "", repository, image: "", tag, digest: "", host: false }
}

/// A repository to which the operator appends a tag if there is none.
pub(crate) const fn untagged(repository: &'static str) -> Keys {
    pair(repository, "")
}
