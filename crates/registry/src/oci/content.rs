//! The content of a manifest and its platforms, read from a body that is verified by its digest.
//! Specification: <https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md>.

use std::collections::HashMap;

use serde::Deserialize;

use image::Platform;
use model::Content;

const CHART: &str = "application/vnd.cncf.helm.config.v1+json";
const FLUX: &str = "application/vnd.cncf.flux.config.v1+json";
const IMAGES: [&str; 2] =
    ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];
/// The annotation of an attestation in an index.
const REFERENCE_TYPE: &str = "vnd.docker.reference.type";

/// Facts about a digest. They never change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) content: Content,
    /// The platforms that it runs on; `None` if the manifest does not name them.
    pub(crate) platforms: Option<Vec<Platform>>,
}

/// A manifest or an index.
pub(crate) struct Document {
    pub(crate) facts: Facts,
    /// The digest of a single image's configuration, which names its platform.
    pub(crate) config: Option<String>,
    /// The images of an index.
    pub(crate) children: Vec<Child>,
}

/// An image that an index names.
pub(crate) struct Child {
    pub(crate) digest: String,
    pub(crate) platform: Option<Platform>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    manifests: Option<Vec<Descriptor>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    digest: String,
    artifact_type: Option<String>,
    platform: Option<Written>,
    annotations: Option<HashMap<String, String>>,
}

/// A platform as indices and configurations write it.
#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    variant: String,
}

impl Written {
    /// The platform, unless a part is too long or not printable.
    fn platform(&self) -> Option<Platform> {
        if ![&self.os, &self.architecture, &self.variant].into_iter().all(|word| is_word(word)) {
            return None;
        }
        let platform = Platform::new(&self.os, &self.architecture, &self.variant);
        platform.is_known().then_some(platform)
    }
}

fn is_word(text: &str) -> bool {
    text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/')
}

impl Descriptor {
    fn platform(&self) -> Option<Platform> {
        self.platform.as_ref()?.platform()
    }

    /// True if it is an image. An index may also name attestations and artifacts.
    fn is_image(&self) -> bool {
        if let Some(annotations) = &self.annotations
            && annotations.contains_key(REFERENCE_TYPE)
        {
            return false;
        }
        // The artifact type of an image is that of its configuration.
        let kind = self.artifact_type.as_deref().unwrap_or_default();
        let is_artifact = !kind.is_empty() && !IMAGES.contains(&kind);
        let has_unknown_platform = self.platform.is_some() && self.platform().is_none();
        !is_artifact && !has_unknown_platform
    }
}

/// Reads a manifest or an index; `None` if its form is unknown.
pub(crate) fn read(body: &[u8]) -> Option<Document> {
    let manifest: Manifest = serde_json::from_slice(body).ok()?;
    if let Some(children) = &manifest.manifests {
        return Some(read_index(children));
    }
    let config = manifest.config?;
    let content = content_of(&config.media_type, manifest.artifact_type.as_deref().unwrap_or_default());
    let facts = Facts { content, platforms: None };
    let config = if content == Content::Image { Some(config.digest) } else { None };
    Some(Document { facts, config, children: Vec::new() })
}

/// The content by the media type of the configuration, and by the artifact type, which may be empty.
fn content_of(config: &str, artifact: &str) -> Content {
    if IMAGES.contains(&config) {
        return Content::Image;
    }
    let kind = if artifact.is_empty() { config } else { artifact };
    known_artifact(kind).or_else(|| known_artifact(config)).unwrap_or(Content::Other)
}

fn known_artifact(media_type: &str) -> Option<Content> {
    match media_type {
        CHART => Some(Content::Chart),
        FLUX => Some(Content::Flux),
        _ => None,
    }
}

fn read_index(descriptors: &[Descriptor]) -> Document {
    let mut children = Vec::new();
    let mut platforms: Vec<Platform> = Vec::new();
    let mut all_named = true;
    for image in descriptors.iter().filter(|descriptor| descriptor.is_image()) {
        let platform = image.platform();
        match &platform {
            Some(platform) if !platforms.contains(platform) => platforms.push(platform.clone()),
            Some(_) => {}
            // Only the image's configuration names the platform.
            None => all_named = false,
        }
        children.push(Child { digest: image.digest.clone(), platform });
    }
    let platforms = if all_named { Some(platforms) } else { None };
    Document { facts: Facts { content: Content::Index, platforms }, config: None, children }
}

/// The platform in an image's configuration.
pub(crate) fn platform_of_config(body: &[u8]) -> Option<Platform> {
    serde_json::from_slice::<Written>(body).ok()?.platform()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(body: &str) -> String {
        let Some(Document { facts, .. }) = read(body.as_bytes()) else { return "nothing".to_owned() };
        let platforms = facts.platforms.map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>());
        format!("{} {}", facts.content.as_str(), platforms.map_or("?".to_owned(), |all| all.join(" ")))
    }

    #[test]
    fn indices() {
        let child = |os: &str, arch: &str, more: &str| {
            format!(r#"{{"digest":"d","platform":{{"os":"{os}","architecture":"{arch}"}}{more}}}"#)
        };
        let index = |children: &[String]| format!(r#"{{"manifests":[{}]}}"#, children.join(","));
        let (amd, arm) = (child("linux", "amd64", ""), child("linux", "arm64", ""));
        let note = child("unknown", "unknown", r#","annotations":{"vnd.docker.reference.type":"a"}"#);
        let named = child("linux", "amd64", r#","annotations":{"vnd.docker.reference.type":"a"}"#);
        let artifact = child("linux", "s390x", r#","artifactType":"application/x""#);
        let image = child("linux", "s390x", &format!(r#","artifactType":"{}""#, IMAGES[0]));
        let bare = r#"{"digest":"d"}"#.to_owned();
        for (children, expected) in [
            (vec![amd.clone(), arm.clone(), note.clone()], "index linux/amd64 linux/arm64"),
            (vec![amd.clone(), amd.clone(), artifact], "index linux/amd64"),
            (vec![image, note.clone()], "index linux/s390x"),
            (vec![note, named], "index "),
            (vec![amd, bare], "index ?"),
            (vec![], "index "),
        ] {
            assert_eq!(facts(&index(&children)), expected);
        }
    }

    #[test]
    fn single_manifests() {
        let of = |config: &str, artifact: &str| {
            facts(&format!(
                r#"{{"config":{{"mediaType":"{config}","digest":"d"}},"artifactType":"{artifact}"}}"#
            ))
        };
        assert_eq!(of(IMAGES[0], ""), "image ?");
        assert_eq!(of(IMAGES[1], ""), "image ?");
        // It can be run, under any name.
        assert_eq!(of(IMAGES[0], "application/x"), "image ?");
        assert_eq!(of(CHART, ""), "chart ?");
        assert_eq!(of("application/vnd.oci.empty.v1+json", CHART), "chart ?");
        assert_eq!(of(FLUX, ""), "flux ?");
        assert_eq!(of("application/vnd.wasm.config.v0+json", ""), "other ?");
        for bad in ["", "[]", "{}", r#"{"manifests":{}}"#, r#"{"schemaVersion":1,"fsLayers":[]}"#] {
            assert_eq!(facts(bad), "nothing", "{bad}");
        }
    }

    #[test]
    fn configurations() {
        let of = |body: &str| platform_of_config(body.as_bytes()).map(|platform| platform.to_string());
        assert_eq!(
            of(r#"{"os":"linux","architecture":"arm64","variant":"v8"}"#).as_deref(),
            Some("linux/arm64")
        );
        for bad in ["", "{}", r#"{"os":"linux"}"#, r#"{"os":"linux","architecture":"a\u001b[31m"}"#] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
