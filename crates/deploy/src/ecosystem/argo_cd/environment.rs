//! The build environment that Argo CD puts into some fields of a source. Source:
//! <https://argo-cd.readthedocs.io/en/stable/user-guide/build-environment/>.

use yaml::{Composed, Node, Style};

use super::model::Source;
use crate::document::Document;

/// A list of a source whose texts have variables.
struct Field {
    tool: &'static str,
    list: &'static str,
    /// The key in each item, unless the item is the text.
    key: Option<&'static str>,
    /// True for the names of files.
    is_file: bool,
}

const fn field(tool: &'static str, list: &'static str, key: Option<&'static str>, is_file: bool) -> Field {
    Field { tool, list, key, is_file }
}

const FIELDS: [Field; 4] = [
    field("helm", "valueFiles", None, true),
    field("helm", "fileParameters", Some("path"), true),
    field("helm", "parameters", Some("value"), false),
    field("kustomize", "images", None, false),
];

/// The beginnings of the names of variables that Argo CD sets.
const PREFIXES: [&str; 2] = ["ARGOCD_", "KUBE_"];

impl Field {
    fn text<'a>(&self, item: &'a Node) -> Option<&'a Node> {
        match self.key {
            Some(key) => item.get(key),
            None => Some(item),
        }
    }

    fn has_variable(&self, item: &Node) -> bool {
        let text = self.text(item).and_then(Node::scalar).unwrap_or_default();
        text.contains('$') && (self.is_file || PREFIXES.iter().any(|prefix| text.contains(prefix)))
    }
}

/// The variables of a source that are known without a cluster, and the names of the other sources.
pub(super) struct Environment {
    known: Vec<(&'static str, String)>,
    references: Vec<String>,
}

/// True if a field of a source has a variable.
pub(super) fn has_any(source: &Source<'_>) -> bool {
    FIELDS.iter().any(|field| {
        let items = source.node.at(&[field.tool, field.list]).map(Node::items).unwrap_or_default();
        items.iter().any(|item| field.has_variable(item))
    })
}

impl Environment {
    pub(super) fn of(application: &Document, source: &Source<'_>, all: &[Source<'_>]) -> Self {
        let text = |node: Option<&Node>| node.and_then(Node::scalar).unwrap_or_default().to_owned();
        let of_spec = |path: &[&str]| text(application.root.get("spec").and_then(|spec| spec.at(path)));
        let known = vec![
            // A kustomization may have changed the name that is written.
            ("ARGOCD_APP_NAME", application.resource().and_then(|it| it.name.clone()).unwrap_or_default()),
            ("ARGOCD_APP_NAMESPACE", of_spec(&["destination", "namespace"])),
            ("ARGOCD_APP_PROJECT_NAME", of_spec(&["project"])),
            ("ARGOCD_APP_SOURCE_REPO_URL", text(source.url)),
            ("ARGOCD_APP_SOURCE_PATH", text(source.path)),
            ("ARGOCD_APP_SOURCE_TARGET_REVISION", text(source.revision)),
        ];
        let references = all.iter().filter_map(|source| source.reference.map(str::to_owned)).collect();
        Self { known, references }
    }

    /// Replaces the known variables in the fields of a source.
    pub(super) fn put_into(&self, source: &mut Node) {
        for field in &FIELDS {
            let list = source.get_mut(field.tool).and_then(|tool| tool.get_mut(field.list));
            for item in list.and_then(Node::items_mut).into_iter().flatten() {
                let other = field.text(item).and_then(|text| self.replaced(text, field.is_file));
                let place = match field.key {
                    Some(key) => item.get_mut(key),
                    None => Some(item),
                };
                if let (Some(place), Some(other)) = (place, other) {
                    *place = other;
                }
            }
        }
    }

    /// A text with its variables replaced; `None` if it has none. In the name of a file, a variable that Argo CD
    /// does not set is empty.
    fn replaced(&self, node: &Node, is_file: bool) -> Option<Node> {
        let text = node.scalar()?;
        let (mut made, mut done, mut from) = (Composed::default(), 0, 0);
        while let Some((start, end, name)) = variable(text, from) {
            from = end;
            let names_source = start == 0 && self.references.iter().any(|reference| reference == name);
            let known = self.known.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
            let is_unset =
                is_file && !name.is_empty() && !PREFIXES.iter().any(|prefix| name.starts_with(prefix));
            let Some(value) = known.or(is_unset.then_some("")).filter(|_| !names_source) else { continue };
            made.part(node, done..start);
            made.push(value, node, None);
            done = end;
        }
        made.part(node, done..text.len());
        (done > 0).then(|| made.node(node, Style::Quoted, Vec::new()))
    }
}

/// The files of a source whose names still have a variable in them.
pub(super) fn unknown<'a>(source: &Source<'a>, all: &[Source<'_>]) -> Vec<&'a Node> {
    let list = |key| source.helm.map(|helm| helm.list(key)).unwrap_or_default().iter();
    let paths = list("fileParameters").filter_map(|file| file.get("path"));
    let mut files: Vec<&Node> = list("valueFiles").chain(paths).collect();
    files.retain(|file| {
        let text = file.scalar().unwrap_or_default();
        let Some((start, end, name)) = variable(text, 0) else { return false };
        let names_source = start == 0 && all.iter().any(|source| source.reference == Some(name));
        !names_source || variable(text, end).is_some()
    });
    files
}

/// The next variable in a text: its place, and its name, which is empty for one that a shell sets. `$NAME` and `${NAME}`
/// are variables.
fn variable(text: &str, from: usize) -> Option<(usize, usize, &str)> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut at = from;
    loop {
        let start = at + text.get(at..)?.find('$')?;
        let rest = text.get(start + 1..)?;
        let is_digit = |c: char| c.is_ascii_digit();
        if let Some(braced) = rest.strip_prefix('{') {
            // Go removes a brace without an end, and takes any text within braces as a name.
            let Some((name, _)) = braced.split_once('}') else { return Some((start, start + 2, "")) };
            let is_odd = name.starts_with(is_digit) || !name.bytes().all(|byte| is_name(&byte));
            return Some((start, start + 3 + name.len(), if is_odd { "" } else { name }));
        }
        let length = rest.bytes().take_while(is_name).count();
        let is_special = rest.starts_with(['$', '*', '#', '@', '!', '?', '-']);
        let is_shell = is_special || rest.starts_with(is_digit);
        if is_shell || length > 0 {
            let end = start + 1 + length + usize::from(is_special);
            return Some((start, end, if is_shell { "" } else { rest.get(..length)? }));
        }
        at = start + 1;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use source::{RepoPath, SourceFile};

    use super::*;

    #[test]
    fn variables_as_go_finds_them() {
        for (text, from, expected) in [
            ("a$/$B-", 0, Some((3, 5, "B"))),
            ("$A${B}c", 2, Some((2, 6, "B"))),
            ("${a-b}c", 0, Some((0, 6, ""))),
            ("${}c", 0, Some((0, 3, ""))),
            ("${-x}c", 0, Some((0, 5, ""))),
            ("${1}c", 0, Some((0, 4, ""))),
            ("a${b", 0, Some((1, 3, ""))),
            ("$$A", 0, Some((0, 2, ""))),
            ("$1A", 0, Some((0, 3, ""))),
            ("a$", 0, None),
            ("a", 0, None),
        ] {
            assert_eq!(variable(text, from), expected, "{text}");
        }
    }

    #[test]
    fn names_of_files_with_variables() {
        let known = vec![("ARGOCD_APP_NAME", "web".to_owned())];
        let environment = Environment { known, references: vec!["values".to_owned()] };
        let replaced = |text: &str, is_file: bool| {
            let file = Arc::new(SourceFile::of_text(RepoPath::new("a"), text));
            let node = environment.replaced(&Node::whole_of(&file), is_file);
            node.and_then(|node| node.scalar().map(str::to_owned))
        };
        for (text, as_file, as_text) in [
            ("$values/$ARGOCD_APP_NAME.yaml", Some("$values/web.yaml"), Some("$values/web.yaml")),
            ("$values/a", None, None),
            ("a/$values/$none/b", Some("a///b"), None),
            ("$none", Some(""), None),
            ("$KUBE_VERSION", None, None),
            ("${a-b}", None, None),
            ("a$", None, None),
        ] {
            assert_eq!(replaced(text, true).as_deref(), as_file, "{text}");
            assert_eq!(replaced(text, false).as_deref(), as_text, "{text}");
        }
    }
}
