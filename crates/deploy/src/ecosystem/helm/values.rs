//! Helm values: maps of parts and strings from which charts make references. The chart that reads a file is
//! not known, so the forms are strict, and a value in another form is ignored.

use std::collections::HashMap;

use yaml::{Meaning, Node};

use super::parts::map_of_parts;
use super::text::{is_file, is_reference, scalar};
use super::within::yaml_within;
use crate::document::{Document, Role};
use crate::ecosystem::helm::releases::{Release, each_release};
use crate::ecosystem::kubernetes::pod_spec::CONTAINER_LISTS;
use crate::reference::claim::{Claim, Map, Shape};
use crate::reference::complete::has_tag;
use crate::reference::complete::is_complete;
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::text::Reader;
use crate::reference::walk::{TooMuch, Visit, mappings};

/// Extracts references from values files, and from values within resources.
pub(crate) struct HelmValues;

impl Extractor for HelmValues {
    fn name(&self) -> &'static str {
        "helm-values"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        each_release(document, found, &mut values)?;
        if document.role == Role::Values {
            found.set_guess(!document.beside.open.is_empty());
            let (set, within) = (HashMap::new(), &document.beside.within);
            let mut outcome = Ok(());
            for root in std::iter::once(&document.root).chain(within) {
                outcome = outcome.and_then(|()| values(&Release { root, path: "", set: &set }, found));
            }
            found.set_guess(false);
            outcome?;
        }
        Ok(())
    }
}

fn values(release: &Release<'_>, found: &mut Found) -> Result<(), TooMuch> {
    let global = global_registry(release.root);
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
                if outcome.is_ok() {
                    outcome = yaml_within(text, &visit.path.key(key), found);
                }
            }
        });
        true
    })?;
    outcome
}

/// The convention of bitnami: one registry that overrides the `registry` of every map that has one.
fn global_registry(root: &Node) -> Option<&Node> {
    for path in [&["global", "imageRegistry"][..], &["global", "image", "registry"]] {
        let registry = root.at(path);
        if let Some(registry) = registry.filter(|node| node.text().is_some_and(|text| !text.is_empty())) {
            return Some(registry);
        }
    }
    None
}

impl Release<'_> {
    /// A claim of values. A single setting is in another field, which refuses a number.
    fn claim(&self, field: String, shape: Shape) -> Claim {
        let (deciding, tag) = match &shape {
            Shape::Map(map) => {
                (map.digest.as_ref().or(map.tag.as_ref()).or(map.repository.as_ref()), map.tag.as_ref())
            }
            Shape::Text(node) => (Some(node), None),
            _ => (None, None),
        };
        let set_in = deciding.and_then(|node| self.field_of(node));
        let is_refused = tag.is_some_and(|tag| {
            matches!(tag.meaning(), Some(Meaning::Number(_))) && self.field_of(tag).is_some()
        });
        let reader = if is_refused { Reader::Strict } else { Reader::Helm };
        Claim::new(set_in.map_or(field, str::to_owned), shape, reader)
    }

    /// The field of the single setting that gives a value.
    fn field_of(&self, node: &Node) -> Option<&str> {
        self.set.get(&node.site().span).copied()
    }
}

/// A string with the key of an image.
struct Named<'a> {
    key: &'a str,
    /// The text of the key before `image`, `Image`, `ImageRepository` or `ImageName`.
    stem: &'a str,
    value: &'a Node,
}

/// Strings that are references, alone (`image: repo:tag`) or with a tag beside them.
fn strings(visit: &Visit<'_>, release: &Release<'_>, found: &mut Found) {
    let is_below_image = is_below_image(visit.path.as_str());
    let mut named = Vec::new();
    visit.node.each_entry(|key, value| {
        let (Some(key), Some(value)) = (key.scalar(), scalar(value)) else { return };
        if let Some(stem) = stem(key) {
            named.push(Named { key, stem, value });
        } else if (is_below_image || ends_in_image(key)) && is_complete(value) {
            found.claim(release.claim(visit.path.key(key), Shape::Text(value.clone())));
        }
    });
    if named.is_empty() {
        return;
    }
    let siblings = Siblings::of(visit.node);
    for one in named {
        string(&one, &siblings, visit, release, found);
    }
}

/// Claims one string, with the tag and the digest beside it.
fn string(
    named: &Named<'_>,
    siblings: &Siblings<'_>,
    visit: &Visit<'_>,
    release: &Release<'_>,
    found: &mut Found,
) {
    let Named { key, stem, value } = *named;
    let text = value.scalar().unwrap_or_default();
    let own_tag = has_tag(text);
    let field = visit.path.key(key);
    let mut tag = siblings.beside(stem, "ImageTag").or_else(|| siblings.beside(stem, "Tag"));
    if tag.is_none() && key == "image" && text.contains('/') {
        tag = siblings.get("version");
    }
    let digest = siblings.beside(stem, "ImageDigest").or_else(|| siblings.beside(stem, "Digest"));
    let is_container = is_container(visit, key);
    if !own_tag && !is_file(text) && (tag.is_some() || digest.is_some()) {
        let map = Map { repository: Some(value.clone()), tag, digest, ..Map::default() };
        found.claim(release.claim(field, Shape::Map(map)));
    } else if is_reference(key, value, own_tag || is_container) {
        let mut claim = release.claim(field, Shape::Text(value.clone()));
        if is_container {
            // The item becomes a container without changes: without a tag it means `latest`.
            claim.reader = Reader::Strict;
        }
        found.claim(claim);
    }
}

/// The entries of a mapping. They are looked up once: a mapping may hold a hundred thousand of them.
struct Siblings<'a>(HashMap<&'a str, &'a Node>);

impl<'a> Siblings<'a> {
    fn of(node: &'a Node) -> Self {
        let mut entries = HashMap::new();
        node.each_entry(|key, value| {
            if let Some(key) = key.scalar() {
                entries.entry(key).or_insert(value);
            }
        });
        Self(entries)
    }

    fn get(&self, key: &str) -> Option<Node> {
        self.0.get(key).copied().and_then(scalar).cloned()
    }

    /// The entry with the same stem and another end: `webImageTag` beside `webImage`.
    fn beside(&self, stem: &str, end: &str) -> Option<Node> {
        let key = if stem.is_empty() { lower_first(end) } else { format!("{stem}{end}") };
        self.get(&key)
    }
}

/// True if a mapping is an item of a list of containers, which charts copy unchanged.
fn is_container(visit: &Visit<'_>, key: &str) -> bool {
    key == "image" && CONTAINER_LISTS.contains(&visit.key) && visit.path.as_str().ends_with(']')
}

/// The text before `image`, `Image`, `ImageRepository` or `ImageName` in a key; `None` for a key with another end.
fn stem(key: &str) -> Option<&str> {
    if matches!(key, "image" | "imageRepository" | "imageName") {
        return Some("");
    }
    ["ImageRepository", "ImageName", "Image"].iter().find_map(|end| key.strip_suffix(end))
}

/// True if the last word of a key is `image`, in any case: `sidecar.image`, `SIDECAR_IMAGE`.
fn ends_in_image(key: &str) -> bool {
    key.rsplit(['.', '_', '-']).next().is_some_and(|word| word.eq_ignore_ascii_case("image"))
}

/// True if a path leads through a key for images: `image.csi`, `images`, `sidecarImages`.
fn is_below_image(path: &str) -> bool {
    for key in path.split('.') {
        let key = key.split('[').next().unwrap_or_default().to_ascii_lowercase();
        if key.ends_with("image") || key.ends_with("images") {
            return true;
        }
    }
    false
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_lowercase);
    first.into_iter().flatten().chain(chars).collect()
}
