//! Keys of values that look like parts of an image. If no reference covers them, their image is not checked.

use yaml::{Meaning, Node};

use super::embedded::written;
use super::text::{is_file, may_be_name};
use crate::document::{Document, Role};
use crate::reference::placeholder::placeholder;
use crate::reference::walk::{Visit, mappings};

/// A key that looks like a part of an image.
pub(crate) struct Key {
    /// Its path: `app.image.tag`.
    pub(crate) path: String,
    pub(crate) value: Node,
}

/// The keys of a document's values that look like parts of an image. `defaults`: the values that they
/// override.
pub(crate) fn image_like(document: &Document, defaults: Option<&Node>) -> Vec<Key> {
    let mut keys = Vec::new();
    if document.role == Role::Values {
        of_values("", &document.root, defaults, &mut keys);
    }
    for (path, root) in written(document) {
        of_values(&path, &root, None, &mut keys);
    }
    keys
}

fn of_values(path: &str, root: &Node, defaults: Option<&Node>, keys: &mut Vec<Key>) {
    // Aliases that multiply are reported where references are read.
    _ = mappings(root, path, |visit| {
        let mut siblings = Siblings::of(&visit);
        let below: Vec<&str> = visit.path.as_str().split('.').filter(|key| !key.is_empty()).collect();
        if let Some(default) = defaults.and_then(|defaults| defaults.at(&below)) {
            siblings.add(default);
        }
        visit.node.each_entry(|key, value| {
            let Some(name) = key.scalar() else { return };
            if is_plain(value) && siblings.make_part(name, value) {
                keys.push(Key { path: visit.path.key(name), value: value.clone() });
            }
        });
        true
    });
}

/// True if a value is a text or a number that may be a part of an image.
fn is_plain(value: &Node) -> bool {
    let text = value.scalar().unwrap_or_default();
    let is_text = matches!(value.meaning(), Some(Meaning::Text(_) | Meaning::Number(_)));
    is_text && may_be_name(text) && !is_file(text) && placeholder(text).is_none()
}

/// The keys of one mapping, which together show the role of each.
struct Siblings {
    /// True if the mapping is below a key for images.
    is_below_image: bool,
    has_image: bool,
    has_version: bool,
}

impl Siblings {
    fn of(visit: &Visit<'_>) -> Self {
        let above = word(visit.key);
        let mut siblings = Self {
            is_below_image: above.ends_with("image") || above.ends_with("images"),
            has_image: false,
            has_version: false,
        };
        siblings.add(visit.node);
        siblings
    }

    /// Adds the keys of a mapping.
    fn add(&mut self, mapping: &Node) {
        mapping.each_entry(|key, value| {
            let name = word(key.scalar().unwrap_or_default());
            self.has_image |= is_image(&name) && value.scalar().is_some();
            self.has_version |= name.ends_with("tag") || name.ends_with("version");
        });
    }

    /// True if a key among them looks like a part of an image.
    fn make_part(&self, key: &str, value: &Node) -> bool {
        let name = word(key);
        let text = value.scalar().unwrap_or_default();
        match name.as_str() {
            "tag" => self.is_below_image || self.has_image,
            "version" => self.has_image,
            name if is_image(name) => self.has_version || text.contains('/'),
            name => ["imagerepository", "imagetag", "imageversion"].iter().any(|end| name.ends_with(end)),
        }
    }
}

fn is_image(name: &str) -> bool {
    name.ends_with("image") || name.ends_with("imagename")
}

/// A key without case and separators.
fn word(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_ascii_lowercase()
}
