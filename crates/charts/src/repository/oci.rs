//! Charts in OCI registries: the tag that a request takes, the manifest, and the layer that is the chart.

use image::Image;
use model::chart::{NoVersion, Request, Wanted};
use model::{Cause, Missing};
use registry::{Artifact, Check, Layer, Subject};

use super::answer::Answer;
use super::cache::Cache;
use super::inspect::{Arrived, inspect};
use crate::archive::ArchiveError;
use crate::limits::{ARCHIVE_LIMIT, Bounds};
use crate::version::{TagChoice, choose_tag, near, tag_choice};

/// The media types of a chart's layer, of Helm 3.7 and later, and of those before.
const CHART_LAYERS: [&str; 2] =
    ["application/vnd.cncf.helm.chart.content.v1.tar+gzip", "application/tar+gzip"];

/// A repository in a registry, as one request sees it.
pub(super) struct OciRepository<'a> {
    pub(super) cache: &'a Cache,
    pub(super) bounds: &'a Bounds,
}

/// An image with the version that it represents.
struct Chosen {
    image: Image,
    version: Option<String>,
    is_version: bool,
}

impl OciRepository<'_> {
    /// The answer to a request. `address` is the repository without `oci://`.
    pub(super) async fn find(&self, check: &Check<'_>, address: &str, request: &Request) -> Answer {
        let name = match request.chart.as_str() {
            "" => address.to_owned(),
            chart => format!("{address}/{chart}"),
        };
        let Ok((image, _)) = image::parse(&name) else {
            return Answer::unverified(
                Cause::Unreachable,
                &format!("{name} is not the name of an OCI repository"),
            );
        };
        match choose_image(check, image, request).await {
            Ok(chosen) => self.fetch(check, chosen).await,
            Err(answer) => answer,
        }
    }

    /// The chart at an address with a tag, which an index names.
    pub(super) async fn find_tagged(&self, check: &Check<'_>, address: &str, version: String) -> Answer {
        // The address is not shown: it may contain user and password.
        let Ok((image, _)) = image::parse(address) else {
            let why = format!("the address of version {version} in a registry cannot be read");
            return Answer::unverified(Cause::Unreachable, &why);
        };
        self.fetch(check, Chosen { image, version: Some(version), is_version: true }).await
    }

    async fn fetch(&self, check: &Check<'_>, chosen: Chosen) -> Answer {
        let artifact = match check.artifact(&chosen.image).await {
            Ok(Some(artifact)) => artifact,
            Ok(None) => return missing(check, &chosen.image).await,
            Err(why) => return Answer::failed(why),
        };
        let version = chosen.version.clone().unwrap_or_default();
        let Some(layer) = chart_layer(&artifact) else {
            let why = ArchiveError::Malformed("the artifact has no layer".to_owned());
            return Answer::Unreadable { version, why };
        };
        if layer.size > ARCHIVE_LIMIT as u64 {
            return Answer::Unreadable { version, why: ArchiveError::PackedTooLarge(ARCHIVE_LIMIT) };
        }
        let bytes = match self.layer(check, &chosen.image, layer).await {
            Ok(bytes) => bytes,
            Err(answer) => return answer,
        };
        let Chosen { version, is_version, .. } = chosen;
        let arrived =
            Arrived { bytes, version, is_version, manifest: Some(artifact.digest), listed: String::new() };
        inspect(arrived, self.bounds.archive).await
    }

    /// The bytes of a layer. Bytes from the cache are verified by the digest.
    async fn layer(&self, check: &Check<'_>, image: &Image, layer: &Layer) -> Result<Vec<u8>, Answer> {
        if let Some(bytes) = self.cache.content(&layer.digest) {
            return Ok(bytes);
        }
        let bytes = check.blob(image, &layer.digest, ARCHIVE_LIMIT).await.map_err(Answer::failed)?;
        self.cache.keep(&bytes);
        Ok(bytes)
    }
}

/// The tag or digest that a request takes.
async fn choose_image(check: &Check<'_>, image: Image, request: &Request) -> Result<Chosen, Answer> {
    let tagged = |tag: String, is_version: bool| Chosen {
        image: Image { tag: Some(tag.clone()), digest: None, ..image.clone() },
        version: Some(tag),
        is_version,
    };
    let wanted = match &request.wanted {
        Wanted::Version(wanted) => wanted,
        Wanted::Tag(tag) => return Ok(tagged(tag.clone(), false)),
        Wanted::Digest(digest) => {
            let image = Image { tag: None, digest: Some(digest.clone()), ..image };
            return Ok(Chosen { image, version: None, is_version: false });
        }
    };
    if let TagChoice::Tag(tag) = tag_choice(request.consumer, wanted) {
        return Ok(tagged(tag, true));
    }
    let list = match check.tags(&image).await {
        Ok(Some(list)) => list,
        Ok(None) => return Err(Answer::MissingChart { near: None }),
        Err(why) => return Err(Answer::failed(why)),
    };
    match choose_tag(request.consumer, wanted, &list.tags) {
        Ok(tag) if list.complete => Ok(tagged(tag.clone(), true)),
        Err(why) if list.complete || why == NoVersion::NotAVersion => {
            Err(Answer::MissingVersion { why, near: near(wanted, &list.tags) })
        }
        // The newest version may be among the tags that are not read.
        _ => {
            let why = format!("{} has more tags than are read", image.name());
            Err(Answer::unverified(Cause::RegistryError, &why))
        }
    }
}

/// The answer for an artifact that the registry reports as not found.
async fn missing(check: &Check<'_>, image: &Image) -> Answer {
    let none = |tags: &[String]| {
        let wanted = image.tag.as_deref().unwrap_or_default();
        Answer::MissingVersion { why: NoVersion::None, near: near(wanted, tags) }
    };
    match check.answer(image, &Subject::Artifact).await {
        model::Answer::Missing(Missing::Repository) => Answer::MissingChart { near: None },
        model::Answer::Missing(Missing::Misspelt(name)) => Answer::MissingChart { near: Some(name) },
        model::Answer::Missing(Missing::Tag(Some(list))) => none(&list.tags),
        model::Answer::Missing(_) => none(&[]),
        model::Answer::Unverified(why) => Answer::failed(why),
        model::Answer::Present(_) => {
            let why = format!("{image} was not found at first, and is there now");
            Answer::unverified(Cause::RegistryError, &why)
        }
    }
}

/// The layer of the chart, by its media type; otherwise the first, as Flux does.
fn chart_layer(artifact: &Artifact) -> Option<&Layer> {
    for media_type in CHART_LAYERS {
        if let Some(layer) = artifact.layers.iter().find(|layer| layer.media_type == media_type) {
            return Some(layer);
        }
    }
    artifact.layers.first()
}
