//! The image transformer: what the `images` of a kustomization make of the images of its resources.
//! Source: kustomize's `imagetag` filter; the same fields, and `name` is a pattern there too.

use regex::Regex;

use yaml::{Composed, Node};

use super::merge::label;
use super::selector::pattern;

/// Longest image that is worked on, in bytes: suffix upon suffix it grows without end.
const LONGEST: usize = 4096;

/// A scalar, or a part of one.
#[derive(Clone, Debug)]
struct Part {
    node: Node,
    at: std::ops::Range<usize>,
}

impl Part {
    fn whole(node: &Node) -> Option<Self> {
        let length = node.scalar().filter(|text| !text.is_empty() && !node.is_null())?.len();
        Some(Self { node: node.clone(), at: 0..length })
    }

    fn text(&self) -> &str {
        self.node.scalar().and_then(|text| text.get(self.at.clone())).unwrap_or_default()
    }
}

/// An entry of `images`.
#[derive(Debug)]
pub(super) struct Entry {
    /// As it is written.
    pub(super) node: Node,
    /// Which image it speaks of, as it is written.
    pub(super) of: Option<String>,
    pattern: Option<Regex>,
    name: Option<Part>,
    tag: Option<Part>,
    digest: Option<Part>,
    suffix: Option<Part>,
    /// Whether an image was found that it speaks of.
    pub(super) used: bool,
    /// A number or the like where kustomize accepts text only: it builds nothing.
    pub(super) refused: bool,
}

impl Entry {
    /// Reads an entry: kustomize's mapping, or Argo CD's `[old=]new[:tag][@digest]`.
    pub(super) fn new(node: &Node) -> Self {
        if let Some(text) = node.scalar() {
            return Self::of_text(node, text);
        }
        let part = |key: &str| node.get(key).and_then(Part::whole);
        Self {
            node: node.clone(),
            of: node.get("name").and_then(Node::scalar).map(str::to_owned),
            pattern: node.get("name").and_then(Node::scalar).and_then(image_pattern),
            name: part("newName"),
            tag: part("newTag"),
            digest: part("digest"),
            suffix: part("tagSuffix"),
            used: false,
            refused: ["newName", "newTag", "digest"].iter().any(|key| node.get(key).is_some_and(is_no_text)),
        }
    }

    fn of_text(node: &Node, text: &str) -> Self {
        let start = text.find('=').map_or(0, |equals| equals + 1);
        let new = text.get(start..).unwrap_or_default();
        let [name, tag, digest] = split(new);
        let part = |at: std::ops::Range<usize>| {
            (!at.is_empty()).then(|| Part { node: node.clone(), at: start + at.start..start + at.end })
        };
        let old = text.get(..start.saturating_sub(1)).filter(|old| !old.is_empty());
        let old = old.or_else(|| new.get(name.clone()));
        Self {
            node: node.clone(),
            of: old.map(str::to_owned),
            pattern: old.map(regex::escape).as_deref().and_then(image_pattern),
            name: part(name),
            tag: part(tag),
            digest: part(digest),
            suffix: None,
            used: false,
            refused: false,
        }
    }

    /// What it makes of an image; `None` where it speaks of another one, or changes nothing.
    pub(super) fn applied(&mut self, image: &Node) -> Option<Node> {
        let text = image.scalar().filter(|text| !self.refused && text.len() <= LONGEST)?;
        if !self.pattern.as_ref()?.is_match(text) {
            return None;
        }
        self.used = true;
        let old = split(text).map(|at| (!at.is_empty()).then(|| Part { node: image.clone(), at }));
        let [old_name, old_tag, old_digest] = old;
        // A new tag takes the digest away, and a new digest the tag.
        let (tag, digest) = match (&self.tag, &self.digest, &self.suffix) {
            (None, None, None) => (old_tag, old_digest),
            (None, None, Some(_)) => (old_tag, None),
            (tag, digest, _) => (tag.clone(), digest.clone()),
        };
        let suffix = self.suffix.as_ref().filter(|_| self.tag.is_none() && self.digest.is_none());
        let deciding = self.digest.as_ref().or(self.tag.as_ref()).or(suffix).or(self.name.as_ref())?;
        let mut made = Composed::default();
        let name = self.name.clone().or(old_name)?;
        made.part(&name.node, name.at.clone());
        for (separator, part) in [(":", tag.as_ref().or(suffix)), ("@", digest.as_ref())] {
            let Some(part) = part else { continue };
            made.literal(separator);
            made.part(&part.node, part.at.clone());
            if let Some(suffix) = suffix.filter(|_| separator == ":" && tag.is_some()) {
                made.part(&suffix.node, suffix.at.clone());
            }
        }
        let mut history = image.history().to_vec();
        history.push((image.site(), label(image)));
        let others = [(&self.name, "newName"), (&self.tag, "newTag")];
        for (part, label) in others.into_iter().filter_map(|(part, label)| Some((part.as_ref()?, label))) {
            if part.node.site().span != deciding.node.site().span {
                history.push((part.node.site(), label));
            }
        }
        history.extend(deciding.node.history().iter().cloned());
        Some(made.node(&deciding.node, image.style()?, history))
    }

    /// Adds the entries of a Flux Kustomization or an Argo CD Application to those of the kustomization: one
    /// takes the place of what there is of the same name, and `*` keeps what that says.
    pub(super) fn put_in(self, entries: &mut Vec<Self>) {
        let Some(old) = entries.iter_mut().find(|old| old.of.is_some() && old.of == self.of) else {
            return entries.push(self);
        };
        let kept = |new: Option<Part>, old: Option<Part>| match new {
            Some(new) if new.text() == "*" => old,
            new => new,
        };
        let before = std::mem::replace(old, self);
        old.name = kept(old.name.take(), before.name);
        old.tag = kept(old.tag.take(), before.tag);
        old.digest = kept(old.digest.take(), before.digest);
    }

    /// Whether it names a reference by itself: a repository, which is no pattern, and a tag or a digest.
    pub(super) fn is_complete(&self) -> bool {
        let plain = |text: &str| image_name(text);
        let name = match &self.name {
            Some(name) => plain(name.text()),
            None => self.node.get("name").and_then(Node::scalar).is_some_and(plain),
        };
        name && (self.tag.is_some() || self.digest.is_some())
    }
}

fn is_no_text(node: &Node) -> bool {
    !node.is_null() && node.text().is_none()
}

fn image_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | ':'))
}

/// kustomize's: the name as a pattern of the whole name, with any tag and digest behind it.
fn image_pattern(name: &str) -> Option<Regex> {
    pattern(&format!(r"^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$"))
}

/// The ranges of name, tag and digest, as kustomize splits an image.
fn split(image: &str) -> [std::ops::Range<usize>; 3] {
    let slash = image.find('/').unwrap_or(0);
    let rest = image.get(slash..).unwrap_or_default();
    let at = rest.find('@').map(|at| slash + at);
    let colon = rest.find(':').map(|colon| slash + colon).filter(|colon| at.is_none_or(|at| *colon < at));
    let (end, behind) = (at.unwrap_or(image.len()), |from: usize| (from + 1).min(image.len()));
    let name = 0..colon.unwrap_or(end);
    let tag = colon.map_or(0..0, |colon| behind(colon)..end);
    let digest = at.map_or(0..0, |at| behind(at)..image.len());
    [name, tag, digest]
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn images_are_split_as_kustomize_does() {
        for (image, parts) in [
            ("nginx", ["nginx", "", ""]),
            ("nginx:1", ["nginx", "1", ""]),
            ("host:5000/a:1", ["host:5000/a", "1", ""]),
            ("host:5000/a", ["host:5000/a", "", ""]),
            ("a/b@sha256:00", ["a/b", "", "sha256:00"]),
            ("a/b:1@sha256:00", ["a/b", "1", "sha256:00"]),
            ("a:", ["a", "", ""]),
            ("", ["", "", ""]),
        ] {
            assert_eq!(split(image).map(|part| image.get(part).unwrap()), parts, "{image}");
        }
    }
}
