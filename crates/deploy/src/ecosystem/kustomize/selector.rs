//! Selects the resources that a patch or a replacement changes, by patterns of kind and name and by selectors
//! of labels. Source: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/>.

use regex::Regex;

use model::{FileProblem, Resource};
use yaml::Node;

use super::item::{Id, Item};
use super::pattern::{Unread, pattern};
use super::problem;

/// A selector: every part that is written has to hold.
#[derive(Debug)]
pub(super) struct Selector {
    group: Wanted,
    version: Wanted,
    kind: Wanted,
    name: Wanted,
    namespace: Wanted,
    labels: Option<String>,
    annotations: Option<String>,
    /// A resource that it may select.
    resource: Resource,
    /// The first part that cannot be read as a pattern.
    unreadable: Option<(Node, Unread)>,
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
                unreadable.get_or_insert((part.clone(), *unread));
            }
            wanted
        };
        Self {
            group: wanted("group"),
            version: wanted("version"),
            kind: wanted("kind"),
            name: wanted("name"),
            namespace: wanted("namespace"),
            labels: text(node, "labelSelector").map(str::to_owned),
            annotations: text(node, "annotationSelector").map(str::to_owned),
            resource: resource(node),
            unreadable,
        }
    }

    /// The problem of the first part that cannot be read as a pattern.
    pub(super) fn unreadable(&self) -> Option<FileProblem> {
        let (part, unread) = self.unreadable.as_ref()?;
        Some(problem::pattern(part, *unread))
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
        has(self.labels.as_deref(), item, "labels") && has(self.annotations.as_deref(), item, "annotations")
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

fn has(selector: Option<&str>, item: &Item, field: &str) -> bool {
    selector.is_none_or(|selector| holds(selector, &|name| item.metadata(field, name)))
}

/// True if labels satisfy a selector in Kubernetes' syntax: `a=b,c!=d,e in (f,g),h,!i`.
fn holds<'a>(selector: &str, label: &dyn Fn(&str) -> Option<&'a str>) -> bool {
    requirements(selector).into_iter().all(|requirement| holds_one(requirement.trim(), label))
}

fn holds_one<'a>(requirement: &str, label: &dyn Fn(&str) -> Option<&'a str>) -> bool {
    if let Some((name, members)) = requirement.split_once(" notin ") {
        !is_member(label(name.trim()), members)
    } else if let Some((name, members)) = requirement.split_once(" in ") {
        is_member(label(name.trim()), members)
    } else if let Some((name, value)) = requirement.split_once("!=") {
        label(name.trim()) != Some(value.trim())
    } else if let Some((name, value)) = requirement.split_once('=') {
        label(name.trim()) == Some(value.trim_start_matches('=').trim())
    } else if let Some(name) = requirement.strip_prefix('!') {
        label(name.trim()).is_none()
    } else {
        requirement.is_empty() || label(requirement).is_some()
    }
}

fn is_member(value: Option<&str>, members: &str) -> bool {
    let mut members = members.trim().trim_start_matches('(').trim_end_matches(')').split(',');
    value.is_some_and(|value| members.any(|member| member.trim() == value))
}

/// The requirements between commas; commas within parentheses do not separate.
fn requirements(selector: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0_usize, 0, Vec::new());
    for (at, c) in selector.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                found.extend(selector.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.extend(selector.get(start..));
    found
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn label_selectors() {
        let labels = |name: &str| match name {
            "app" => Some("web"),
            "tier" => Some("front"),
            _ => None,
        };
        for (selector, expected) in [
            ("app=web", true),
            ("app==web,tier=front", true),
            ("app=api", false),
            ("app!=api", true),
            ("app in (api, web),tier", true),
            ("app notin (api,web)", false),
            ("none", false),
            ("!none", true),
            ("", true),
        ] {
            assert_eq!(holds(selector, &labels), expected, "{selector}");
        }
    }
}
