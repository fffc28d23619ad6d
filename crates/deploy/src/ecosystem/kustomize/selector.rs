//! Selects the resources that a patch or a replacement changes, by patterns of kind and name and by selectors
//! of labels. Source: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/>.

use regex::Regex;

use model::{FileProblem, Resource};
use yaml::Node;

use super::item::{Id, Item};
use super::labels::Labels;
use super::pattern::{Unread, pattern};
use super::problem::{self, broken};

/// A selector: every part that is written has to hold.
#[derive(Debug)]
pub(super) struct Selector {
    group: Wanted,
    version: Wanted,
    kind: Wanted,
    name: Wanted,
    namespace: Wanted,
    labels: Option<Metadata>,
    annotations: Option<Metadata>,
    /// A resource that it may select.
    resource: Resource,
    /// The problem of the first part that cannot be read.
    unreadable: Option<Box<FileProblem>>,
}

/// The texts that a part accepts.
#[derive(Debug)]
enum Wanted {
    Anything,
    /// Any text, in the usual form of the pattern.
    Every,
    /// A pattern whose only special characters are points, which match any character:
    /// `helm.toolkit.fluxcd.io`.
    Plain(String),
    Like(Regex),
    /// The pattern cannot be read.
    Nothing(Unread),
}

impl Wanted {
    fn new(text: Option<&str>) -> Self {
        match text {
            None => Self::Anything,
            Some(".*") => Self::Every,
            Some(text) if is_plain(text) => Self::Plain(text.to_owned()),
            Some(text) => pattern(&format!("^(?:{text})$")).map_or_else(Self::Nothing, Self::Like),
        }
    }

    fn is(&self, text: &str) -> bool {
        match self {
            Self::Anything | Self::Every => true,
            Self::Plain(pattern) => is_like(pattern, text),
            Self::Like(pattern) => pattern.is_match(text),
            Self::Nothing(_) => false,
        }
    }

    fn is_written(&self) -> bool {
        !matches!(self, Self::Anything)
    }
}

impl Selector {
    /// Reads a selector; a pattern that cannot be read matches nothing.
    pub(super) fn new(node: &Node) -> Self {
        let mut unreadable = None;
        let mut wanted = |key: &str| {
            let wanted = Wanted::new(text(node, key));
            if let (Wanted::Nothing(unread), Some(part)) = (&wanted, node.get(key)) {
                unreadable.get_or_insert_with(|| Box::new(problem::pattern(part, *unread)));
            }
            wanted
        };
        Self {
            group: wanted("group"),
            version: wanted("version"),
            kind: wanted("kind"),
            name: wanted("name"),
            namespace: wanted("namespace"),
            labels: Metadata::read(node, "labelSelector", &mut unreadable),
            annotations: Metadata::read(node, "annotationSelector", &mut unreadable),
            resource: resource(node),
            unreadable,
        }
    }

    /// The problem of the first part that cannot be read.
    pub(super) fn unreadable(&self) -> Option<FileProblem> {
        self.unreadable.as_deref().cloned()
    }

    /// A resource that it may select, with the fields that are written.
    pub(super) fn resource(&self) -> Resource {
        self.resource.clone()
    }

    /// True if a patch with this selector changes a resource: its current or its first name matches.
    pub(super) fn is_patched(&self, item: &Item) -> bool {
        let ids = item.first_and_last();
        ids.iter().any(|id| self.namespace.is(id.effective_namespace()))
            && ids.iter().any(|id| self.name.is(&id.name))
            && self.kind.is(&item.resource().kind)
            && self.is_of(item)
            && self.has_labels(item)
    }

    /// True if a replacement that selects it sets fields of a resource: any name that it ever had matches.
    pub(super) fn is_selected(&self, item: &Item) -> bool {
        self.has_labels(item) && self.is_of(item) && item.ids().any(|id| self.is_called(&id))
    }

    /// True if a replacement that rejects it does not change a resource: a match of its names or of its
    /// labels is sufficient.
    pub(super) fn is_rejected(&self, item: &Item) -> bool {
        let parts = [&self.group, &self.version, &self.kind, &self.name, &self.namespace];
        let has_names = parts.into_iter().any(Wanted::is_written);
        let has_labels = self.labels.is_some() || self.annotations.is_some();
        has_labels && self.has_labels(item)
            || has_names && self.is_of(item) && item.ids().any(|id| self.is_called(&id))
    }

    fn is_called(&self, id: &Id) -> bool {
        self.kind.is(&id.kind) && self.name.is(&id.name) && self.namespace.is(&id.namespace)
    }

    fn is_of(&self, item: &Item) -> bool {
        self.group.is(item.group()) && self.version.is(item.version())
    }

    fn has_labels(&self, item: &Item) -> bool {
        let have = |selector: &Option<Metadata>, field| selector.as_ref().is_none_or(|it| it.is(item, field));
        have(&self.labels, "labels") && have(&self.annotations, "annotations")
    }
}

/// A selector of labels or annotations; one that cannot be read selects nothing.
#[derive(Debug)]
struct Metadata(Option<Labels>);

impl Metadata {
    fn read(node: &Node, key: &str, unreadable: &mut Option<Box<FileProblem>>) -> Option<Self> {
        let labels = Labels::new(text(node, key)?);
        if let (None, Some(part)) = (&labels, node.get(key)) {
            let message = "kustomize cannot read this as a selector".to_owned();
            unreadable.get_or_insert_with(|| Box::new(broken(part, message)));
        }
        Some(Self(labels))
    }

    fn is(&self, item: &Item, field: &str) -> bool {
        self.0.as_ref().is_some_and(|labels| labels.hold(&|name| item.metadata(field, name)))
    }
}

/// True if points are the only special characters of a pattern. Most patterns are plain, and compilation
/// costs far more than a comparison.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/' | b'.'))
}

/// True if a text has the characters of a pattern, in which a point matches any character except the end of a
/// line.
fn is_like(pattern: &str, text: &str) -> bool {
    let mut characters = text.chars();
    for wanted in pattern.chars() {
        match characters.next() {
            Some(character) if character == wanted || wanted == '.' && character != '\n' => {}
            _ => return false,
        }
    }
    characters.next().is_none()
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    let value = node.get(key)?;
    if value.is_null() { None } else { value.scalar().filter(|text| !text.is_empty()) }
}

fn resource(node: &Node) -> Resource {
    let version = text(node, "version").unwrap_or("v1");
    let api_version = match text(node, "group") {
        Some(group) => format!("{group}/{version}"),
        None => version.to_owned(),
    };
    Resource {
        api_version,
        kind: text(node, "kind").unwrap_or_default().to_owned(),
        namespace: text(node, "namespace").map(str::to_owned),
        name: text(node, "name").map(str::to_owned),
    }
}
