//! The relation of an image in Git to one in the cluster. Mirrors are taken back to what they mirror on both sides.

use image::Image;

/// Mirrors as pairs: the registry, or a part of it, and the mirror in its place.
#[derive(Clone, Debug, Default)]
pub struct Renamed(pub Vec<(String, String)>);

/// The relation of an image in Git to one that a workload names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The same reference.
    Same,
    /// Git names a tag, and the workload this digest beside the same tag, or in place of it.
    TagAndDigest(String),
    /// Both name a digest of the same repository, and these differ: one may be an index that names the other.
    Digests {
        /// In Git.
        git: String,
        /// In the cluster.
        live: String,
    },
    /// Git names a digest, and the workload the same tag without one.
    DigestAndTag(String),
    /// Another image.
    Different,
}

impl Renamed {
    /// The image as its registry has it, whatever mirror it is pulled from.
    ///
    /// ```
    /// use drift::Renamed;
    ///
    /// let mirrors = Renamed(vec![("docker.io".to_owned(), "mirror.example/hub".to_owned())]);
    /// let (pulled, _) = image::parse("mirror.example/hub/nginx:1.27")?;
    /// assert_eq!(mirrors.original(&pulled).to_string(), "docker.io/library/nginx:1.27");
    /// # Ok::<(), image::ParseError>(())
    /// ```
    pub fn original(&self, image: &Image) -> Image {
        let name = image.name();
        for (of, at) in &self.0 {
            let rest = name.strip_prefix(at.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
            // A pattern of hosts does not tell which one is mirrored.
            if let Some(rest) = rest.filter(|_| !of.starts_with('*'))
                && let Ok((original, _)) = image::parse(&format!("{of}/{rest}"))
            {
                let (registry, repository) = (original.registry, original.repository);
                return Image { registry, repository, ..image.clone() };
            }
        }
        image.clone()
    }
}

/// The relation of two images, both without mirrors.
pub fn relation(git: &Image, live: &Image) -> Relation {
    if git.name() != live.name() {
        return Relation::Different;
    }
    match (&git.digest, &live.digest) {
        (Some(git), Some(live)) if git == live => Relation::Same,
        (Some(git), Some(live)) => Relation::Digests { git: git.clone(), live: live.clone() },
        (None, None) if git.effective_tag() == live.effective_tag() => Relation::Same,
        (None, Some(digest)) if live.tag.is_none() || live.tag.as_deref() == git.effective_tag() => {
            Relation::TagAndDigest(digest.clone())
        }
        (Some(digest), None) if git.tag.is_some() && git.tag == live.tag => {
            Relation::DigestAndTag(digest.clone())
        }
        _ => Relation::Different,
    }
}
