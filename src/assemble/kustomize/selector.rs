//! Which resources a patch or a replacement speaks of: patterns of kind and name, and selectors of labels.
//! Source: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/>.

use regex::Regex;

use crate::yaml::Node;

use super::item::Item;

/// A selector: every part that is written has to hold.
#[derive(Debug)]
pub(super) struct Selector {
    patterns: Vec<(Field, Option<Regex>)>,
    labels: Option<String>,
    annotations: Option<String>,
}

#[derive(Clone, Copy, Debug)]
enum Field {
    Group,
    Version,
    Kind,
    Name,
    Namespace,
}

const FIELDS: &[(&str, Field)] = &[
    ("group", Field::Group),
    ("version", Field::Version),
    ("kind", Field::Kind),
    ("name", Field::Name),
    ("namespace", Field::Namespace),
];

impl Selector {
    /// Reads a selector; a pattern that is none matches nothing.
    pub(super) fn new(node: &Node) -> Self {
        let text =
            |key: &str| node.get(key).and_then(Node::scalar).filter(|text| !text.is_empty() && *text != "~");
        let pattern = |text: &str| Regex::new(&format!("^(?:{text})$")).ok();
        let patterns = FIELDS.iter().filter_map(|(key, field)| Some((*field, pattern(text(key)?)))).collect();
        let owned = |key: &str| text(key).map(str::to_owned);
        Self { patterns, labels: owned("labelSelector"), annotations: owned("annotationSelector") }
    }

    /// Whether it speaks of a resource, by any name that the resource has had.
    pub(super) fn matches(&self, item: &Item) -> bool {
        let of = |key: &'static str| {
            move |name: &str| item.root.at(&["metadata", key, name]).and_then(Node::scalar)
        };
        self.patterns.iter().all(|(field, pattern)| {
            let is = |text: &str| pattern.as_ref().is_some_and(|pattern| pattern.is_match(text));
            match field {
                Field::Group => is(item.group()),
                Field::Version => is(item.version()),
                Field::Kind => is(&item.resource.kind),
                Field::Name => item.names().any(is),
                Field::Namespace => item.namespaces().any(is),
            }
        }) && self.labels.as_deref().is_none_or(|labels| holds(labels, of("labels")))
            && self.annotations.as_deref().is_none_or(|labels| holds(labels, of("annotations")))
    }
}

/// Whether labels satisfy a selector in Kubernetes' syntax: `a=b,c!=d,e in (f,g),h,!i`.
fn holds<'a>(selector: &str, label: impl Fn(&str) -> Option<&'a str>) -> bool {
    requirements(selector).into_iter().all(|requirement| {
        let requirement = requirement.trim();
        let set = |text: &str, value: Option<&str>| {
            let members = text.trim().trim_start_matches('(').trim_end_matches(')').split(',');
            value.is_some_and(|value| members.map(str::trim).any(|member| member == value))
        };
        if let Some((name, members)) = requirement.split_once(" notin ") {
            !set(members, label(name.trim()))
        } else if let Some((name, members)) = requirement.split_once(" in ") {
            set(members, label(name.trim()))
        } else if let Some((name, value)) = requirement.split_once("!=") {
            label(name.trim()) != Some(value.trim())
        } else if let Some((name, value)) = requirement.split_once('=') {
            label(name.trim()) == Some(value.trim_start_matches('=').trim())
        } else if let Some(name) = requirement.strip_prefix('!') {
            label(name.trim()).is_none()
        } else {
            requirement.is_empty() || label(requirement).is_some()
        }
    })
}

/// The requirements between commas, those within parentheses apart.
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
            assert_eq!(holds(selector, labels), expected, "{selector}");
        }
    }
}
