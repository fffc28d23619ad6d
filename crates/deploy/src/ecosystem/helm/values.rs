//! Helm values: maps of parts and strings that charts make references of. Nothing says which chart
//! reads a file or how, so the forms are strict: what does not look like one of them is left alone.

use std::collections::HashMap;

use image::{self, Fault};
use yaml::{Meaning, Node};

use crate::document::{Document, Role};
use crate::ecosystem::helm::embedded::{Release, each_release};
use crate::ecosystem::kubernetes::pod_spec::{CONTAINER_LISTS, containers, pod_specs};
use crate::reference::claim::{Claim, LONGEST, Map, Reader, Shape, is_template};
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::placeholder::placeholder;
use crate::reference::walk::{TooMuch, Visit, mappings};

/// Keys that say that a map with a `repository` speaks of something else: a git or chart repository.
const NO_IMAGE: &[&str] = &["url", "ref", "branch", "revision", "targetRevision", "chart", "path", "commit"];

/// Extracts from values files, and from values within resources.
pub(crate) struct HelmValues;

impl Extractor for HelmValues {
    fn name(&self) -> &'static str {
        "helm-values"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        each_release(document, found, values)?;
        if document.role == Role::Values {
            let release = Release { root: &document.root, path: "", set: &HashMap::new() };
            return values(&release, found);
        }
        Ok(())
    }
}

fn values(release: &Release<'_>, found: &mut Found) -> Result<(), TooMuch> {
    // bitnami's convention: one registry in front of every map that has a `registry` of its own.
    let global = release.root.at(&["global", "imageRegistry"]);
    let global = global.filter(|node| node.text().is_some_and(|text| !text.is_empty()));
    let mut outcome = Ok(());
    mappings(release.root, release.path, |visit| {
        if let Some((key, map)) = map_of_parts(&visit, global) {
            found.claim(release.claim(visit.path.key(key), Shape::Map(map)));
        } else {
            strings(&visit, release, found);
        }
        visit.node.each_entry(|key, value| {
            let Some(key) = key.scalar() else { return };
            for text in std::iter::once(value).chain(value.items()) {
                if outcome.is_ok() && holds_yaml(text) {
                    outcome = yaml_within(text, &visit.path.key(key), found);
                }
            }
        });
        true
    })?;
    outcome
}

/// Whether a string of values is YAML with images that no template writes.
fn holds_yaml(node: &Node) -> bool {
    node.scalar().is_some_and(|text| text.contains('\n') && text.contains("image:") && !text.contains("{{"))
}

/// Claims the containers of YAML within a string: a list of them, or manifests.
fn yaml_within(text: &Node, path: &str, found: &mut Found) -> Result<(), TooMuch> {
    let mut outcome = Ok(());
    yaml::within(text, |document| {
        let Ok(root) = document else { return };
        containers(path, &root, found);
        if outcome.is_ok() {
            outcome = pod_specs(&root, path, &mut |_| false, found);
        }
    });
    outcome
}

impl Release<'_> {
    /// A claim of values. What was set one by one stands elsewhere, where a number is refused.
    fn claim(&self, field: String, shape: Shape) -> Claim {
        let (deciding, tag) = match &shape {
            Shape::Map(map) => {
                (map.digest.as_ref().or(map.tag.as_ref()).or(map.repository.as_ref()), map.tag.as_ref())
            }
            Shape::Text(node) => (Some(node), None),
            _ => (None, None),
        };
        let set = |node: &Node| self.set.get(&node.site().span);
        let field = deciding.and_then(set).map_or(field, |field| (*field).to_owned());
        let numeric = |tag: &&Node| matches!(tag.meaning(), Some(Meaning::Number(_)));
        let refused = tag.filter(numeric).is_some_and(|tag| set(tag).is_some());
        Claim::new(field, shape, if refused { Reader::Strict } else { Reader::Helm })
    }
}

/// A mapping that is a reference in parts, and the key that stands for it.
fn map_of_parts(visit: &Visit<'_>, global: Option<&Node>) -> Option<(&'static str, Map)> {
    let part =
        |keys: &[&'static str]| keys.iter().find_map(|key| Some((*key, part(visit.node.get(key)?)?.clone())));
    let has = |keys: &[&str]| keys.iter().any(|key| visit.node.get(key).is_some());
    let under_image = visit.key.to_ascii_lowercase().ends_with("image");
    // Most mappings have nothing to do with images.
    if !under_image && !has(&["repository", "repo", "image"]) {
        return None;
    }
    let tag = part(&["tag", "imageTag", "versionTag"]);
    let digest_like = |(key, node): &(&str, Node)| {
        let text = node.scalar().unwrap_or_default().trim_start_matches("sha256:");
        *key == "digest" || text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let digest = part(&["digest", "digestHash", "hash", "sha"])
        .filter(digest_like)
        .filter(|_| visit.node.get("useDigest").is_none_or(|use_it| use_it.scalar() != Some("false")));
    let own_registry = part(&["registry"]);
    let registry = own_registry.as_ref().map(|(_, node)| global.cloned().unwrap_or_else(|| node.clone()));

    let repository =
        part(&["repository"]).or_else(|| part(&["repo"]).filter(|_| tag.is_some() && under_image));
    let (repository, image, tag) = match (repository, part(&["image"])) {
        // NVIDIA's: `repository: nvcr.io/nvidia`, `image: driver`, `version: …`.
        (Some((_, repository)), Some((_, image))) => {
            (repository, Some(image), tag.or_else(|| part(&["version"])))
        }
        (Some((_, repository)), None) => {
            let tag = tag.or_else(|| part(&["version"]).filter(|_| under_image));
            (repository, None, tag)
        }
        // ingress-nginx's: `image.{registry,image,tag,digest}`; others': `image.{name,tag}`.
        (None, Some((_, image)))
            if (tag.is_some() || digest.is_some()) && !image.scalar().is_some_and(has_tag) =>
        {
            (image, None, tag)
        }
        (None, None) if under_image && tag.is_some() => (part(&["name"])?.1, None, tag),
        _ => return None,
    };
    let named = under_image || tag.is_some() || has(&["registry", "tag", "digest"]);
    let text = repository.scalar().unwrap_or_default();
    let elsewhere = text.contains("://") || text.starts_with(['/', '.']);
    let scheme =
        own_registry.as_ref().is_some_and(|(_, node)| node.scalar().is_some_and(|url| url.contains("://")));
    let has_host = text.split_once('/').is_some_and(|(host, _)| host.contains(['.', ':']));
    let other = has(NO_IMAGE) && !under_image && !has_host;
    let flag = tag.as_ref().is_some_and(|(_, node)| node.meaning() == Some(Meaning::Bool));
    if !named || elsewhere || scheme || other || flag || is_file(text) {
        return None;
    }
    // Values that lie over a chart's own leave its default registry out, and the global one counts. Charts
    // differ in which of two goes before, so either is a guess.
    let guessed = global.is_some() && !has_host;
    let registry = if guessed && own_registry.is_none() { global.cloned() } else { registry };
    let key = digest.as_ref().or(tag.as_ref()).map_or("repository", |(key, _)| *key);
    let map = Map {
        registry,
        repository: Some(repository),
        image,
        tag: tag.map(|(_, node)| node),
        digest: digest.map(|(_, node)| node),
        guessed,
    };
    Some((key, map))
}

/// Strings that are references, alone (`image: repo:tag`) or with a tag beside them.
fn strings(visit: &Visit<'_>, release: &Release<'_>, found: &mut Found) {
    let mut named = Vec::new();
    visit.node.each_entry(|key, value| {
        let (Some(key), Some(value)) = (key.scalar(), scalar(value)) else { return };
        named.extend(stem(key).map(|stem| (key, stem, value)));
    });
    if named.is_empty() {
        return;
    }
    // Looked up once: a mapping may hold a hundred thousand of them.
    let mut siblings = HashMap::new();
    visit.node.each_entry(|key, value| _ = key.scalar().map(|key| siblings.entry(key).or_insert(value)));
    for (key, stem, value) in named {
        let beside = |end: &str| {
            let key = if stem.is_empty() { lower_first(end) } else { format!("{stem}{end}") };
            siblings.get(key.as_str()).copied().and_then(scalar).cloned()
        };
        let tag = beside("ImageTag").or_else(|| beside("Tag")).or_else(|| {
            let version = siblings.get("version").copied().and_then(scalar).cloned();
            version.filter(|_| key == "image" && value.scalar().is_some_and(|text| text.contains('/')))
        });
        let digest = beside("ImageDigest").or_else(|| beside("Digest"));
        let field = visit.path.key(key);
        let text = value.scalar().unwrap_or_default();
        let own_tag = has_tag(text);
        if !own_tag && !is_file(text) && (tag.is_some() || digest.is_some()) {
            let map = Map { repository: Some(value.clone()), tag, digest, ..Map::default() };
            found.claim(release.claim(field, Shape::Map(map)));
        } else if is_reference(key, value, own_tag || is_container(visit, key)) {
            let mut claim = release.claim(field, Shape::Text(value.clone()));
            if is_container(visit, key) {
                // It becomes a container as it stands: without a tag it is `latest`.
                claim.reader = Reader::Strict;
            }
            found.claim(claim);
        }
    }
}

/// Whether a mapping is an item of a list of containers, which charts take over as they are.
fn is_container(visit: &Visit<'_>, key: &str) -> bool {
    key == "image" && CONTAINER_LISTS.contains(&visit.key) && visit.path.as_str().ends_with(']')
}

/// What stands before `image`, `Image`, `ImageRepository` or `ImageName` in a key; `None` where it does
/// not end so.
fn stem(key: &str) -> Option<&str> {
    if matches!(key, "image" | "imageRepository" | "imageName") {
        return Some("");
    }
    ["ImageRepository", "ImageName", "Image"].iter().find_map(|end| key.strip_suffix(end))
}

/// Whether a lone string is a reference: it has a tag or a digest, or it names a registry's host. A
/// placeholder counts where it stands in a reference or under the plain key `image`.
fn is_reference(key: &str, value: &Node, tagged: bool) -> bool {
    let Some(Meaning::Text(text)) = value.meaning() else { return false };
    if text.is_empty()
        || text.contains("://")
        || text.starts_with(['/', '.'])
        || text.contains(char::is_whitespace)
    {
        return text.starts_with("ko://") || key == "image" && text.starts_with("{{");
    }
    if placeholder(text).is_some() {
        return key == "image" || text.contains(['/', ':']);
    }
    let host = text.split_once('/').is_some_and(|(host, _)| host.contains('.'));
    !is_file(text)
        && (tagged || (key == "image" && host))
        && image::parse(text).map_or_else(|error| near_miss(text, &error), |_| true)
}

/// Whether a text that is no reference was meant to be one: a slip within a name or a tag, and not another
/// kind of text that has a colon.
fn near_miss(text: &str, error: &image::ParseError) -> bool {
    let last = text.rsplit('/').next().unwrap_or_default();
    let slip = matches!(
        error.fault,
        Fault::UpperCase(_)
            | Fault::TagCharacter(_)
            | Fault::LongTag
            | Fault::DigestLength { .. }
            | Fault::DigestCharacter(_)
    );
    let plain = !text.contains(['(', ')', ';', ','])
        && last.split('@').next().unwrap_or_default().matches(':').count() <= 1;
    slip && plain
}

/// Whether a text names a file, by its ending.
fn is_file(text: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "png", "svg", "jpg", "jpeg", "gif", "ico", "iso", "img", "qcow2", "webp", "bmp", "raw", "vmdk",
        "vhd", "git",
    ];
    text.rsplit_once('.').is_some_and(|(_, end)| ENDINGS.contains(&end.to_ascii_lowercase().as_str()))
}

/// Whether a tag or a digest stands behind the last slash.
pub(crate) fn has_tag(text: &str) -> bool {
    text.rsplit('/').next().is_some_and(|last| last.contains([':', '@']))
}

/// A scalar that is written, and neither null nor empty.
fn scalar(node: &Node) -> Option<&Node> {
    node.scalar().filter(|text| !text.is_empty() && text.len() <= LONGEST && !node.is_null()).map(|_| node)
}

/// A part of a reference: a scalar, or what a template makes one of.
fn part(node: &Node) -> Option<&Node> {
    scalar(node).or_else(|| is_template(node).then_some(node))
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
