//! Image references: registry, repository, tag and digest, read by the grammar of distribution/reference and normalised
//! as Docker does.
//!
//! ```
//! let (image, parts) = image::parse("nginx:1.27")?;
//! assert_eq!(image.to_string(), "docker.io/library/nginx:1.27");
//! assert_eq!(parts.tag, Some(6..10));
//! # Ok::<(), image::ParseError>(())
//! ```

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

use std::fmt;

mod parse;
mod platform;
pub use parse::{Fault, ParseError, Parts, parse};
pub use platform::Platform;

/// The registry of a reference that names none.
pub const DOCKER_HUB: &str = "docker.io";

/// True for a host below a domain, which is written with a leading dot. Case does not matter.
pub fn is_below(host: &str, domain: &str) -> bool {
    let start = host.len().checked_sub(domain.len()).filter(|start| *start > 0);
    start.and_then(|start| host.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(domain))
}

/// A reference in its normal form: `nginx` is `docker.io/library/nginx`. Tag and digest are kept as
/// written; a reference with neither means the tag `latest` ([`Image::effective_tag`]).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Image {
    /// Host, with its port if one is written: `docker.io`, `localhost:5000`, `[::1]:5000`.
    pub registry: String,
    /// Path below the registry: `library/nginx`.
    pub repository: String,
    /// The tag, if one is written.
    pub tag: Option<String>,
    /// The digest, if one is written: `sha256:…`.
    pub digest: Option<String>,
}

impl Image {
    /// The tag to query: the written one, or `latest` if there is no digest either.
    pub fn effective_tag(&self) -> Option<&str> {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => Some(tag),
            (None, None) => Some("latest"),
            (None, Some(_)) => None,
        }
    }

    /// Registry and repository: `docker.io/library/nginx`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = self.effective_tag() {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
