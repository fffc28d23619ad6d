//! The image transformer: applies the `images` of a kustomization to the images of its resources.
//! Source: kustomize's `imagetag` filter, in which `name` is a pattern too.

use std::cell::OnceCell;
use std::ops::Range;

use regex::Regex;

use model::FileProblem;
use source::Site;
use yaml::{Composed, Node};

use super::merge::label;
use super::model::{ImageEntry, Kustomization};
use super::pattern::{Unread, pattern};
use super::problem;

/// Maximum length of an image that is changed, in bytes: repeated suffixes could make it grow without limit.
const LONGEST: usize = 4096;

/// A scalar, or a part of one.
#[derive(Clone, Debug)]
struct Part {
    node: Node,
    at: Range<usize>,
}

impl Part {
    fn whole(node: &Node) -> Option<Self> {
        let length = node.scalar().filter(|text| !text.is_empty() && !node.is_null())?.len();
        Some(Self { node: node.clone(), at: 0..length })
    }

    fn of(node: Option<&Node>) -> Option<Self> {
        node.and_then(Self::whole)
    }

    /// A part of a scalar that is not empty.
    fn within(node: &Node, start: usize, at: &Range<usize>) -> Option<Self> {
        (!at.is_empty()).then(|| Self { node: node.clone(), at: start + at.start..start + at.end })
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
    /// The image that it changes, as it is written.
    pub(super) of: Option<String>,
    pattern: ImagePattern,
    name: Option<Part>,
    tag: Option<Part>,
    digest: Option<Part>,
    suffix: Option<Part>,
    /// True if it was applied to an image.
    pub(super) used: bool,
    /// True if it has a value that is not text where kustomize accepts only text: kustomize fails.
    pub(super) refused: bool,
    /// True if an image was too long to be changed.
    pub(super) exceeded: bool,
}

impl Entry {
    /// The entries of a kustomization; an added entry replaces an entry of the same name.
    pub(super) fn all(kustomization: &Kustomization) -> Vec<Self> {
        let mut entries: Vec<Self> = kustomization.images.iter().map(Self::new).collect();
        for added in &kustomization.added_images {
            Self::new(added).put_in(&mut entries);
        }
        // `kustomize edit set image`, which Argo CD runs, sorts them.
        if entries.iter().any(|entry| entry.node.scalar().is_some()) {
            entries.sort_by(|one, other| one.of.cmp(&other.of));
        }
        entries
    }

    /// Reads an entry: kustomize's mapping, or Argo CD's `[old=]new[:tag][@digest]`.
    pub(super) fn new(entry: &ImageEntry) -> Self {
        if let Some(text) = entry.node.scalar() {
            return Self::of_text(&entry.node, text);
        }
        let of = entry.name.as_ref().and_then(Node::scalar);
        let texts = [&entry.new_name, &entry.new_tag, &entry.digest];
        Self {
            node: entry.node.clone(),
            of: of.map(str::to_owned),
            pattern: ImagePattern::new(of.map(str::to_owned)),
            name: Part::of(entry.new_name.as_ref()),
            tag: Part::of(entry.new_tag.as_ref()),
            digest: Part::of(entry.digest.as_ref()),
            suffix: Part::of(entry.tag_suffix.as_ref()),
            used: false,
            refused: texts.into_iter().flatten().any(is_no_text),
            exceeded: false,
        }
    }

    fn of_text(node: &Node, text: &str) -> Self {
        let start = text.find('=').map_or(0, |equals| equals + 1);
        let new = text.get(start..).unwrap_or_default();
        let [name, tag, digest] = split(new);
        let old = text.get(..start.saturating_sub(1)).filter(|old| !old.is_empty());
        let old = old.or_else(|| new.get(name.clone()));
        Self {
            node: node.clone(),
            of: old.map(str::to_owned),
            pattern: ImagePattern::new(old.map(regex::escape)),
            name: Part::within(node, start, &name),
            tag: Part::within(node, start, &tag),
            digest: Part::within(node, start, &digest),
            suffix: None,
            used: false,
            refused: false,
            exceeded: false,
        }
    }

    /// The result for an image; `None` if the entry applies to another image, or changes nothing.
    pub(super) fn applied(&mut self, image: &Node) -> Option<Node> {
        let text = image.scalar().filter(|_| !self.refused)?;
        if text.len() > LONGEST {
            self.exceeded = true;
            return None;
        }
        if !self.pattern.is_match(text) {
            return None;
        }
        self.used = true;
        let [old_name, old_tag, old_digest] = split(text).map(|at| Part::within(image, 0, &at));
        // A new tag removes the digest, and a new digest the tag.
        let suffix = self.suffix.as_ref().filter(|_| self.tag.is_none() && self.digest.is_none());
        let (tag, digest) = match (&self.tag, &self.digest, suffix) {
            (None, None, None) => (old_tag, old_digest),
            (None, None, Some(_)) => (old_tag, None),
            (tag, digest, _) => (tag.clone(), digest.clone()),
        };
        let deciding = self.digest.as_ref().or(self.tag.as_ref()).or(suffix).or(self.name.as_ref())?;
        let mut made = Composed::default();
        let name = self.name.clone().or(old_name)?;
        made.part(&name.node, name.at);
        if tag.is_some() || suffix.is_some() {
            made.literal(":");
        }
        for part in tag.iter().chain(suffix) {
            made.part(&part.node, part.at.clone());
        }
        if let Some(digest) = digest {
            made.literal("@");
            made.part(&digest.node, digest.at);
        }
        Some(made.node(&deciding.node, image.style()?, self.history(image, deciding)))
    }

    /// The scalars besides the deciding one that contribute to an image, the oldest first.
    fn history(&self, image: &Node, deciding: &Part) -> Vec<(Site, &'static str)> {
        let mut history = image.history().to_vec();
        history.push((image.site(), label(image)));
        for (part, label) in [(&self.name, "newName"), (&self.tag, "newTag")] {
            let Some(part) = part else { continue };
            let site = part.node.site();
            if site.span != deciding.node.site().span {
                history.push((site, label));
            }
        }
        history.extend(deciding.node.history().iter().cloned());
        history
    }

    /// Adds an entry of a Flux Kustomization or an Argo CD Application: it replaces an entry of the same
    /// name, and its `*` keeps a value of the replaced entry.
    fn put_in(self, entries: &mut Vec<Self>) {
        let Some(old) = entries.iter_mut().find(|old| old.of.is_some() && old.of == self.of) else {
            return entries.push(self);
        };
        let before = std::mem::replace(old, self);
        old.name = kept(old.name.take(), before.name);
        old.tag = kept(old.tag.take(), before.tag);
        old.digest = kept(old.digest.take(), before.digest);
    }

    /// The problem of a name that cannot be read as a pattern.
    pub(super) fn unreadable(&self) -> Option<FileProblem> {
        let unread = self.pattern.unread()?;
        Some(problem::pattern(self.node.get("name").unwrap_or(&self.node), unread))
    }

    /// True if it names a reference by itself: a repository, which is not a pattern, and a tag or a digest.
    pub(super) fn is_complete(&self) -> bool {
        let name = self.name.as_ref().map(Part::text).or(self.of.as_deref());
        name.is_some_and(is_image_name) && (self.tag.is_some() || self.digest.is_some())
    }
}

fn kept(new: Option<Part>, old: Option<Part>) -> Option<Part> {
    match new {
        Some(new) if new.text() == "*" => old,
        new => new,
    }
}

fn is_no_text(node: &Node) -> bool {
    !node.is_null() && node.text().is_none()
}

fn is_image_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | ':'))
}

/// The pattern of kustomize: the name as a pattern of the whole name, followed by any tag and digest. It is
/// compiled when the first image has the beginning of the name.
#[derive(Debug)]
struct ImagePattern {
    name: Option<String>,
    compiled: OnceCell<Result<Regex, Unread>>,
}

impl ImagePattern {
    fn new(name: Option<String>) -> Self {
        Self { name, compiled: OnceCell::new() }
    }

    fn is_match(&self, image: &str) -> bool {
        let Some(name) = &self.name else { return false };
        if !image.starts_with(beginning(name)) {
            return false;
        }
        self.compiled(name).as_ref().is_ok_and(|pattern| pattern.is_match(image))
    }

    fn compiled(&self, name: &str) -> &Result<Regex, Unread> {
        self.compiled.get_or_init(|| {
            pattern(&format!(r"^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$"))
        })
    }

    /// The reason why it is not read. A name without special characters is short enough for any image.
    fn unread(&self) -> Option<Unread> {
        let name = self.name.as_ref().filter(|name| !is_image_name(name))?;
        self.compiled(name).as_ref().err().copied()
    }
}

/// The text that every match of a pattern begins with.
fn beginning(pattern: &str) -> &str {
    if !is_image_name(pattern) {
        return "";
    }
    pattern.split('.').next().unwrap_or_default()
}

/// The ranges of name, tag and digest, as kustomize splits an image.
pub(super) fn split(image: &str) -> [Range<usize>; 3] {
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
