//! What is in the registry.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::auth::Denial;
use super::{INDEX, MANIFEST};

/// All repositories, by name, which may begin with a host.
#[derive(Default)]
pub(super) struct Store {
    repositories: HashMap<String, Repository>,
    denials: HashMap<String, Denial>,
}

/// Tags, manifests and blobs.
#[derive(Default)]
pub(super) struct Repository {
    tags: BTreeMap<String, String>,
    manifests: HashMap<String, Manifest>,
    blobs: HashMap<String, Bytes>,
}

/// A manifest or an index.
#[derive(Clone)]
pub(super) struct Manifest {
    pub(super) digest: String,
    pub(super) media_type: String,
    pub(super) body: Bytes,
}

impl Repository {
    /// The manifest that a tag or digest names.
    pub(super) fn manifest(&self, reference: &str) -> Option<Manifest> {
        let digest = self.tags.get(reference).map_or(reference, String::as_str);
        self.manifests.get(digest).cloned()
    }

    pub(super) fn blob(&self, digest: &str) -> Option<Bytes> {
        self.blobs.get(digest).cloned()
    }

    pub(super) fn tags(&self) -> impl Iterator<Item = &String> {
        self.tags.keys()
    }
}

impl Store {
    /// The repository pushed for this host, else the one pushed for any.
    pub(super) fn repository(&self, host: &str, name: &str) -> Option<&Repository> {
        of_host(&self.repositories, host, name)
    }

    pub(super) fn denial(&self, host: &str, name: &str) -> Option<Denial> {
        of_host(&self.denials, host, name).copied()
    }

    pub(super) fn deny(&mut self, repo: &str, denial: Denial) {
        self.denials.insert(repo.to_owned(), denial);
    }

    pub(super) fn create(&mut self, repo: &str) {
        self.entry(repo);
    }

    pub(super) fn tag(&mut self, repo: &str, tag: &str, digest: &str) {
        self.entry(repo).tags.insert(tag.to_owned(), digest.to_owned());
    }

    pub(super) fn untag(&mut self, repo: &str, tag: &str) {
        self.entry(repo).tags.remove(tag);
    }

    pub(super) fn delete(&mut self, repo: &str, digest: &str) {
        self.entry(repo).manifests.remove(digest);
    }

    pub(super) fn add_blob(&mut self, repo: &str, body: Bytes) -> String {
        let digest = sha256(&body);
        self.entry(repo).blobs.insert(digest.clone(), body);
        digest
    }

    pub(super) fn add_manifest(&mut self, repo: &str, media_type: &str, body: Bytes) -> String {
        let digest = sha256(&body);
        let manifest = Manifest { digest: digest.clone(), media_type: media_type.to_owned(), body };
        self.entry(repo).manifests.insert(digest.clone(), manifest);
        digest
    }

    pub(super) fn pretend(&mut self, repo: &str, digest: &str) {
        let manifest =
            Manifest { digest: digest.to_owned(), media_type: MANIFEST.to_owned(), body: "{}".into() };
        self.entry(repo).manifests.insert(digest.to_owned(), manifest);
    }

    pub(super) fn add_image(&mut self, repo: &str, tag: &str, platform: &str) -> String {
        let title = format!("{repo}:{tag}");
        let layer = Bytes::from(format!("the layer of {title} for {platform}"));
        let mut config = platform_object(platform);
        config["rootfs"] = json!({ "type": "layers", "diff_ids": [sha256(&layer)] });
        let config = Bytes::from(config.to_string());
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor("application/vnd.oci.image.config.v1+json", &config),
            "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", &layer)],
            "annotations": { "org.opencontainers.image.title": title },
        });
        self.add_blob(repo, config);
        self.add_blob(repo, layer);
        self.add_manifest(repo, MANIFEST, manifest.to_string().into())
    }

    pub(super) fn add_index(&mut self, repo: &str, tag: &str, platforms: &[&str]) -> String {
        let children: Vec<Value> = platforms
            .iter()
            .map(|platform| {
                let digest = self.add_image(repo, tag, platform);
                let size = self.entry(repo).manifests.get(&digest).map_or(0, |child| child.body.len());
                let platform = platform_object(platform);
                json!({ "mediaType": MANIFEST, "digest": digest, "size": size, "platform": platform })
            })
            .collect();
        let index = json!({
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": children,
            "annotations": { "org.opencontainers.image.title": format!("{repo}:{tag}") },
        });
        self.add_manifest(repo, INDEX, index.to_string().into())
    }

    fn entry(&mut self, repo: &str) -> &mut Repository {
        self.repositories.entry(repo.to_owned()).or_default()
    }
}

fn of_host<'a, T>(map: &'a HashMap<String, T>, host: &str, name: &str) -> Option<&'a T> {
    map.get(&format!("{host}/{name}")).or_else(|| map.get(name))
}

fn descriptor(media_type: &str, content: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": sha256(content), "size": content.len() })
}

/// `os/architecture[/variant]` as an index's platform and a configuration spell it.
fn platform_object(platform: &str) -> Value {
    let mut parts = platform.splitn(3, '/');
    let mut object = json!({ "os": parts.next(), "architecture": parts.next() });
    if let Some(variant) = parts.next() {
        object["variant"] = variant.into();
    }
    object
}

fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().fold("sha256:".to_owned(), |mut digest, byte| {
        let _ = write!(digest, "{byte:02x}");
        digest
    })
}
