//! Which resources a patch or a replacement speaks of: patterns of kind and name, and selectors of labels.
//! Source: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/>.

use regex::{Regex, RegexBuilder};

use yaml::Node;

use super::item::{Id, Item};

/// Largest pattern, in bytes of what it compiles to: `a{1000}{1000}` is short to write.
const MAX_PATTERN: usize = 1 << 18;

/// A pattern as kustomize reads it; `None` where it is none.
pub(super) fn pattern(text: &str) -> Option<Regex> {
    RegexBuilder::new(text).size_limit(MAX_PATTERN).build().ok()
}

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
}

/// What is wanted of a text.
#[derive(Debug)]
enum Wanted {
    Anything,
    Like(Regex),
    /// The pattern is none.
    Nothing,
}

impl Wanted {
    fn is(&self, text: &str) -> bool {
        match self {
            Self::Anything => true,
            Self::Like(pattern) => pattern.is_match(text),
            Self::Nothing => false,
        }
    }
}

impl Selector {
    /// Reads a selector; a pattern that is none matches nothing.
    pub(super) fn new(node: &Node) -> Self {
        let text = |key: &str| {
            node.get(key)
                .filter(|node| !node.is_null())
                .and_then(Node::scalar)
                .filter(|text| !text.is_empty())
        };
        let wanted = |key: &str| {
            let anchored = text(key).map(|text| pattern(&format!("^(?:{text})$")));
            anchored.map_or(Wanted::Anything, |pattern| pattern.map_or(Wanted::Nothing, Wanted::Like))
        };
        let owned = |key: &str| text(key).map(str::to_owned);
        Self {
            group: wanted("group"),
            version: wanted("version"),
            kind: wanted("kind"),
            name: wanted("name"),
            namespace: wanted("namespace"),
            labels: owned("labelSelector"),
            annotations: owned("annotationSelector"),
        }
    }

    /// Whether a patch that has it speaks of a resource: by what it is called, or was at first.
    pub(super) fn is_patched(&self, item: &Item) -> bool {
        let ids = item.first_and_last();
        ids.iter().any(|id| self.namespace.is(id.effective_namespace()))
            && ids.iter().any(|id| self.name.is(&id.name))
            && self.kind.is(&item.resource().kind)
            && self.is_of(item)
            && self.has_labels(item)
    }

    /// Whether a replacement that selects it sets fields of a resource: by anything that it was ever called.
    pub(super) fn is_selected(&self, item: &Item) -> bool {
        self.has_labels(item) && self.is_of(item) && item.ids().any(|id| self.is_called(&id))
    }

    /// Whether a replacement that rejects it leaves a resource alone: its names and its labels are reasons on
    /// their own.
    pub(super) fn is_rejected(&self, item: &Item) -> bool {
        let wanted = [&self.group, &self.version, &self.kind, &self.name, &self.namespace];
        let by_name = wanted.iter().any(|wanted| !matches!(wanted, Wanted::Anything));
        let by_label = self.labels.is_some() || self.annotations.is_some();
        by_label && self.has_labels(item)
            || by_name && self.is_of(item) && item.ids().any(|id| self.is_called(&id))
    }

    fn is_called(&self, id: &Id) -> bool {
        self.kind.is(&id.kind) && self.name.is(&id.name) && self.namespace.is(&id.namespace)
    }

    fn is_of(&self, item: &Item) -> bool {
        self.group.is(item.group()) && self.version.is(item.version())
    }

    fn has_labels(&self, item: &Item) -> bool {
        let hold = |selector: &Option<String>, field: &str| {
            selector.as_deref().is_none_or(|selector| holds(selector, |name| item.metadata(field, name)))
        };
        hold(&self.labels, "labels") && hold(&self.annotations, "annotations")
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
