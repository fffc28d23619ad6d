//! What a manifest is of, and for which platforms: read from its body, which its digest vouches for.

use std::collections::HashMap;

use serde::Deserialize;

use image::Platform;
use model::Content;

const CHART: &str = "application/vnd.cncf.helm.config.v1+json";
const FLUX: &str = "application/vnd.cncf.flux.config.v1+json";
const IMAGES: [&str; 2] =
    ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];
/// What marks an attestation in an index.
const REFERENCE_TYPE: &str = "vnd.docker.reference.type";

/// What never changes of a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) content: Content,
    /// What it runs on; `None` where that is not said.
    pub(super) platforms: Option<Vec<Platform>>,
}

/// What a body says.
pub(super) struct Body {
    pub(super) facts: Facts,
    /// The blob that says what a single image is for.
    pub(super) config: Option<String>,
    /// What an index is made of: digests, with what each is for.
    pub(super) children: Vec<(String, Option<Platform>)>,
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

/// A platform as indices and configurations spell it.
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
    /// Longer words are no platform's.
    fn platform(&self) -> Option<Platform> {
        let short = [&self.os, &self.architecture, &self.variant]
            .iter()
            .all(|word| word.len() <= 32 && word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/'));
        Some(Platform::new(&self.os, &self.architecture, &self.variant))
            .filter(|platform| short && platform.is_known())
    }
}

impl Descriptor {
    /// Whether it is beside the images rather than one of them.
    fn is_beside(&self) -> bool {
        let annotated = self.annotations.as_ref().is_some_and(|all| all.contains_key(REFERENCE_TYPE));
        // Of an image it says what its configuration is.
        let artifact = |kind: &String| !kind.is_empty() && !IMAGES.contains(&kind.as_str());
        let artifact = self.artifact_type.as_ref().is_some_and(artifact);
        let unknown = self.platform.as_ref().is_some_and(|written| written.platform().is_none());
        annotated || artifact || unknown
    }
}

/// Reads a manifest; nothing where its form is not understood.
pub(super) fn read(body: &[u8]) -> Option<Body> {
    let manifest: Manifest = serde_json::from_slice(body).ok()?;
    if let Some(children) = manifest.manifests {
        return Some(index(&children));
    }
    let config = manifest.config?;
    let artifact = manifest.artifact_type.filter(|kind| !kind.is_empty());
    let content = match config.media_type.as_str() {
        known if IMAGES.contains(&known) => Content::Image,
        kind => match artifact.as_deref().unwrap_or(kind) {
            CHART => Content::Chart,
            FLUX => Content::Flux,
            _ if kind == CHART => Content::Chart,
            _ if kind == FLUX => Content::Flux,
            _ => Content::Other,
        },
    };
    let config = (content == Content::Image).then_some(config.digest);
    Some(Body { facts: Facts { content, platforms: None }, config, children: Vec::new() })
}

fn index(children: &[Descriptor]) -> Body {
    let images: Vec<_> = children.iter().filter(|child| !child.is_beside()).collect();
    let mut platforms: Vec<Platform> = Vec::new();
    let mut all = true;
    for image in &images {
        match image.platform.as_ref().and_then(Written::platform) {
            Some(platform) if !platforms.contains(&platform) => platforms.push(platform),
            Some(_) => {}
            // Whoever pulls it has to look into the image for that.
            None => all = false,
        }
    }
    let children = images
        .iter()
        .map(|image| (image.digest.clone(), image.platform.as_ref().and_then(Written::platform)))
        .collect();
    let facts = Facts { content: Content::Index, platforms: all.then_some(platforms) };
    Body { facts, config: None, children }
}

/// The platform that an image's configuration names.
pub(super) fn platform_of_config(body: &[u8]) -> Option<Platform> {
    serde_json::from_slice::<Written>(body).ok()?.platform()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(body: &str) -> String {
        let Some(Body { facts, .. }) = read(body.as_bytes()) else { return "nothing".to_owned() };
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
        // Whatever it calls itself, it can be run.
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
