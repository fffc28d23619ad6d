//! References in parts: `image: {registry, repository, tag}`, and the other ways in which charts write them.

use yaml::{Meaning, Node};

use super::text::{is_file, scalar};
use crate::reference::claim::Map;
use crate::reference::complete::has_tag;
use crate::reference::text::is_template;
use crate::reference::walk::Visit;

/// Keys that show that a map with a `repository` describes a git or chart repository.
const NO_IMAGE: &[&str] = &["url", "ref", "branch", "revision", "targetRevision", "chart", "path", "commit"];

/// A part of a reference, and its key.
struct Part {
    key: &'static str,
    node: Node,
}

impl Part {
    fn text(&self) -> &str {
        self.node.scalar().unwrap_or_default()
    }
}

/// The parts that name an image.
struct Name {
    repository: Node,
    image: Option<Node>,
    tag: Option<Part>,
}

/// The mapping of a visit as a reference in parts, and the key that decides. `global`: the registry that
/// bitnami's charts put before every other.
pub(super) fn map_of_parts(visit: &Visit<'_>, global: Option<&Node>) -> Option<(&'static str, Map)> {
    let node = visit.node;
    let under_image = visit.key.to_ascii_lowercase().ends_with("image");
    // Most mappings have nothing to do with images.
    if !under_image && !has(node, &["repository", "repo", "image"]) {
        return None;
    }
    let digest = digest(node);
    let name = name(node, under_image, digest.is_some())?;
    let own_registry = part(node, &["registry"]);
    if !is_image(node, under_image, &name, own_registry.as_ref()) {
        return None;
    }
    // Values that override a chart's defaults omit its default registry, and the global one counts. Charts
    // differ in the precedence of the two, so that either is a guess.
    let guessed = global.is_some() && !has_host(&name.repository);
    let registry = match (own_registry, global) {
        (Some(_), Some(global)) => Some(global.clone()),
        (Some(own), None) => Some(own.node),
        (None, Some(global)) if guessed => Some(global.clone()),
        (None, _) => None,
    };
    let key = digest.as_ref().or(name.tag.as_ref()).map_or("repository", |part| part.key);
    let map = Map {
        registry,
        repository: Some(name.repository),
        image: name.image,
        tag: name.tag.map(|part| part.node),
        digest: digest.map(|part| part.node),
        guessed,
    };
    Some((key, map))
}

/// The digest of a map, unless it is disabled. Keys other than `digest` may hold another hash.
fn digest(node: &Node) -> Option<Part> {
    let found = part(node, &["digest", "digestHash", "hash", "sha"])?;
    let hex = found.text().trim_start_matches("sha256:");
    let is_digest =
        found.key == "digest" || hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_off = node.get("useDigest").and_then(Node::scalar) == Some("false");
    (is_digest && !is_off).then_some(found)
}

/// The repository of a map with its tag; `None` if the map names no image.
fn name(node: &Node, under_image: bool, has_digest: bool) -> Option<Name> {
    let mut tag = part(node, &["tag", "imageTag", "versionTag"]);
    let short = if tag.is_some() && under_image { part(node, &["repo"]) } else { None };
    let repository = part(node, &["repository"]).or(short);
    match (repository, part(node, &["image"])) {
        (Some(repository), image) => {
            // NVIDIA: `repository: nvcr.io/nvidia`, `image: driver`, `version: …`.
            if tag.is_none() && (image.is_some() || under_image) {
                tag = part(node, &["version"]);
            }
            Some(Name { repository: repository.node, image: image.map(|part| part.node), tag })
        }
        // ingress-nginx: `image.{registry,image,tag,digest}`; others: `image.{name,tag}`.
        (None, Some(image)) if (tag.is_some() || has_digest) && !has_tag(image.text()) => {
            Some(Name { repository: image.node, image: None, tag })
        }
        (None, None) if under_image && tag.is_some() => {
            Some(Name { repository: part(node, &["name"])?.node, image: None, tag })
        }
        _ => None,
    }
}

/// True if the map describes an image, and not a git repository, a chart or a file.
fn is_image(node: &Node, under_image: bool, name: &Name, registry: Option<&Part>) -> bool {
    let text = name.repository.scalar().unwrap_or_default();
    let is_named = under_image || name.tag.is_some() || has(node, &["registry", "tag", "digest"]);
    let is_address = text.contains("://") || text.starts_with(['/', '.']);
    let is_scheme = registry.is_some_and(|registry| registry.text().contains("://"));
    let is_other = has(node, NO_IMAGE) && !under_image && !has_host(&name.repository);
    let is_flag = name.tag.as_ref().is_some_and(|tag| tag.node.meaning() == Some(Meaning::Bool));
    is_named && !is_address && !is_scheme && !is_other && !is_flag && !is_file(text)
}

fn has_host(repository: &Node) -> bool {
    let text = repository.scalar().unwrap_or_default();
    text.split_once('/').is_some_and(|(host, _)| host.contains(['.', ':']))
}

fn has(node: &Node, keys: &[&str]) -> bool {
    keys.iter().any(|key| node.get(key).is_some())
}

/// The first of these keys whose value is a scalar, or text from which a template makes a scalar.
fn part(node: &Node, keys: &[&'static str]) -> Option<Part> {
    for &key in keys {
        let Some(value) = node.get(key) else { continue };
        if scalar(value).is_some() || is_template(value) {
            return Some(Part { key, node: value.clone() });
        }
    }
    None
}
