//! The wanted images: references, digests, and patterns.

use image::Image;
use model::chart::Wanted as Version;
use model::policy::Patterns;
use model::{Reference, Target};

/// Characters that make a text a pattern.
const GLOB: [char; 4] = ['*', '?', '[', '{'];
/// The start of a digest.
const SHA256: &str = "sha256:";
/// Hexadecimal digits of a SHA-256.
const DIGITS: usize = 64;

/// One or several wanted images.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// A reference; without tag and digest it means all images of the repository.
    Image(Image),
    /// A digest, in any repository.
    Digest(String),
    /// A pattern of names.
    Pattern(Patterns),
}

impl Wanted {
    /// Reads an image or a pattern.
    ///
    /// # Errors
    /// A sentence that describes the fault.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.contains(GLOB) {
            return pattern(text);
        }
        if is_digest(text) {
            return Ok(Self::Digest(text.to_ascii_lowercase()));
        }
        if text.starts_with(SHA256) {
            return Err(format!("{text:?} is not a digest: write {SHA256} and {DIGITS} hexadecimal digits"));
        }
        match image::parse(text) {
            Ok((image, _)) => Ok(Self::Image(image)),
            Err(error) => Err(format!("{text:?} is neither an image nor a pattern: {error}")),
        }
    }

    /// True if a reference is a wanted one.
    pub(super) fn is(&self, reference: &Reference) -> bool {
        match (self, &reference.target) {
            (Self::Pattern(patterns), _) => reference.names().iter().any(|name| patterns.fit(name)),
            (Self::Digest(digest), Target::Known(image)) => image.digest.as_ref() == Some(digest),
            (Self::Image(wanted), Target::Known(image)) => covers(wanted, image),
            (Self::Image(wanted), Target::Chart(chart)) => {
                let is_version = wanted.tag.as_ref().is_none_or(|tag| may_be(&chart.wanted, tag));
                chart.name() == wanted.name() && is_version
            }
            // The tag is filled in elsewhere: the reference matches only if the wanted image has no tag.
            (Self::Image(wanted), Target::Unknown(_)) => {
                let name = image::parse(untagged(reference.site.text()));
                wanted.tag.is_none() && name.is_ok_and(|(image, _)| covers(wanted, &image))
            }
            (Self::Image(_), Target::Malformed(_)) | (Self::Digest(_), _) => false,
        }
    }

    /// True if an image has the last part of the wanted name, in any registry and folder.
    pub(super) fn is_near(&self, image: &Image) -> bool {
        match self {
            Self::Image(wanted) => last(&wanted.repository) == last(&image.repository),
            Self::Digest(_) | Self::Pattern(_) => false,
        }
    }
}

/// The last part of a repository.
fn last(repository: &str) -> &str {
    repository.rsplit('/').next().unwrap_or(repository)
}

/// A pattern in the normal form of images. `*/` at its start matches any registry and folder.
fn pattern(text: &str) -> Result<Wanted, String> {
    let anywhere = text.strip_prefix("*/").map(|rest| format!("**/{rest}"));
    let normal = anywhere.as_deref().unwrap_or(text);
    match Patterns::of_images(&[normal]) {
        Ok(patterns) => Ok(Wanted::Pattern(patterns)),
        Err((_, why)) => Err(format!("{text:?} is not a pattern: {why}")),
    }
}

fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix(SHA256).unwrap_or_default();
    digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// True if a reference covers an image.
fn covers(wanted: &Image, image: &Image) -> bool {
    let is_tag = wanted.tag.is_none() || image.effective_tag() == wanted.tag.as_deref();
    let is_digest = wanted.digest.is_none() || image.digest == wanted.digest;
    wanted.registry == image.registry && wanted.repository == image.repository && is_tag && is_digest
}

/// True if the version of a chart is this one, or a range that may contain it.
fn may_be(version: &Version, tag: &str) -> bool {
    match version {
        Version::Version(text) => text == tag || !is_exact(text),
        Version::Tag(text) => text == tag,
        Version::Digest(_) => true,
    }
}

/// True for a version with all its three parts.
fn is_exact(version: &str) -> bool {
    let parts: Vec<&str> = version.trim_start_matches('v').splitn(3, '.').collect();
    parts.len() == 3
        && parts.iter().all(|part| part.starts_with(|c: char| c.is_ascii_digit()))
        && !version.contains([' ', ',', '|', '*'])
}

/// A text up to its tag.
fn untagged(text: &str) -> &str {
    let name = text.rfind('/').map_or(0, |slash| slash + 1);
    let tag = text.get(name..).and_then(|last| last.find([':', '@']));
    text.get(..tag.map_or(text.len(), |at| name + at)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(wanted: &str, image: &str) -> bool {
        let (image, _) = image::parse(image).unwrap();
        match Wanted::parse(wanted).unwrap() {
            Wanted::Image(wanted) => covers(&wanted, &image),
            Wanted::Digest(digest) => image.digest == Some(digest),
            Wanted::Pattern(patterns) => patterns.fit(&image.name()) || patterns.fit(&image.to_string()),
        }
    }

    #[test]
    fn images_digests_and_patterns() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let pinned = format!("nginx:1.27@{digest}");
        let upper = format!("sha256:{}", "A".repeat(64));
        for (wanted, image) in [
            ("nginx", "nginx:1.27"),
            ("nginx", pinned.as_str()),
            ("docker.io/library/nginx", "nginx"),
            ("index.docker.io/library/nginx", "nginx"),
            ("nginx:1.27", "docker.io/nginx:1.27"),
            ("nginx:1.27", pinned.as_str()),
            ("nginx:latest", "nginx"),
            (digest.as_str(), pinned.as_str()),
            (upper.as_str(), pinned.as_str()),
            (pinned.as_str(), pinned.as_str()),
            ("nginx:1.2*", "nginx:1.27"),
            ("*/log4j*", "ghcr.io/acme/team/log4j-shell:2"),
            ("*/log4j*", "log4j:2"),
            ("ghcr.io/acme/*", "ghcr.io/acme/web"),
        ] {
            assert!(fits(wanted, image), "{wanted} {image}");
        }
        let other = format!("nginx:1.27@sha256:{}", "b".repeat(64));
        for (wanted, image) in [
            ("nginx:1.27", "nginx:1.28"),
            ("nginx", "ghcr.io/library/nginx"),
            ("nginx:latest", pinned.as_str()),
            (digest.as_str(), other.as_str()),
            ("nginx:1.2*", "nginx:1.3"),
            ("ghcr.io/acme/*", "ghcr.io/acme/team/web"),
            ("*/log4j*", "ghcr.io/log4j/web"),
        ] {
            assert!(!fits(wanted, image), "{wanted} {image}");
        }
    }

    #[test]
    fn texts_that_mean_nothing() {
        for text in ["", "Nginx", "nginx:", "a[", "nginx@sha256:1", "sha256:abc", "sha256:"] {
            assert!(Wanted::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn another_version_of_a_chart_is_not_found() {
        let version = |text: &str| Version::Version(text.to_owned());
        for range in ["", "1.x", "^1.0.0", ">=1.0.0 <2.0.0", "1.2", "1.0.x", "1.0.0 - 2.0.0", "1.0.0"] {
            assert!(may_be(&version(range), "1.0.0"), "{range}");
        }
        for other in ["1.0.1", "2.0.0", "v2.0.0", "1.0.0-rc.1"] {
            assert!(!may_be(&version(other), "1.0.0"), "{other}");
        }
        assert!(!may_be(&Version::Tag("2".to_owned()), "1.0.0"));
    }

    #[test]
    fn a_text_up_to_its_tag() {
        for (text, name) in [
            ("ghcr.io/acme/web:${TAG}", "ghcr.io/acme/web"),
            ("localhost:5000/web:${TAG}", "localhost:5000/web"),
            ("web@${DIGEST}", "web"),
            ("web", "web"),
            ("", ""),
        ] {
            assert_eq!(untagged(text), name);
        }
    }
}
