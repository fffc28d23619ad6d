//! Replacements: values that a kustomization copies from one field to others.
//! Source: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/>.

use yaml::{Composed, Node, Style};

use super::Budget;
use super::item::Item;
use super::merge::{label, replaced};
use super::path::FieldPath;
use super::selector::Selector;

/// Longest text that is made, in bytes: a value that is put into itself doubles.
const LONGEST: usize = 1 << 16;

/// Applies one replacement to all resources.
pub(super) fn apply(items: &mut [Item], replacement: &Node, budget: &mut Budget) {
    let Some(value) = source(items, replacement) else { return };
    let list = |node: &Node, key: &str| node.get(key).map(Node::items).unwrap_or_default().to_vec();
    for target in list(replacement, "targets") {
        let Some(select) = target.get("select").map(Selector::new) else { continue };
        let rejects: Vec<Selector> = list(&target, "reject").iter().map(Selector::new).collect();
        let paths = list(&target, "fieldPaths");
        let paths: Vec<FieldPath> = paths.iter().filter_map(|path| FieldPath::new(path.scalar()?)).collect();
        let options = Options::new(target.get("options"));
        for item in items.iter_mut() {
            if !select.is_selected(item) || rejects.iter().any(|reject| reject.is_rejected(item)) {
                continue;
            }
            item.change(|root| {
                for path in &paths {
                    path.set(root, Some(&value).filter(|_| options.create), &mut |field| {
                        if budget.copies(&value) {
                            *field = part_replaced(field, &value, &options);
                        }
                    });
                }
            });
        }
    }
}

/// The part of a value that is meant, between delimiters.
#[derive(Clone, Debug, Default)]
struct Options {
    delimiter: Option<String>,
    index: i64,
    create: bool,
}

impl Options {
    fn new(node: Option<&Node>) -> Self {
        let text = |key: &str| node?.get(key)?.scalar();
        Self {
            delimiter: text("delimiter").filter(|text| !text.is_empty()).map(str::to_owned),
            index: text("index").and_then(|index| index.parse().ok()).unwrap_or_default(),
            create: text("create") == Some("true"),
        }
    }
}

/// The value that is copied: the first resource that the source speaks of has it.
fn source(items: &mut [Item], replacement: &Node) -> Option<Node> {
    if let Some(value) = replacement.get("sourceValue") {
        return Some(value.clone());
    }
    let source = replacement.get("source")?;
    let written = |key: &str| source.get(key).and_then(Node::scalar).filter(|text| !text.is_empty());
    let is = |key: &str, found: &str| written(key).is_none_or(|wanted| wanted == found);
    let item = items.iter_mut().find(|item| {
        is("group", item.group())
            && is("version", item.version())
            && item.ids().any(|id| {
                is("kind", &id.kind) && is("name", &id.name) && is("namespace", id.effective_namespace())
            })
    })?;
    let path = FieldPath::new(written("fieldPath").unwrap_or("metadata.name"))?;
    let node = path.get(item.settled())?;
    let options = Options::new(source.get("options"));
    let Some(delimiter) = &options.delimiter else { return Some(node.clone()) };
    let text = node.scalar()?;
    let index = usize::try_from(options.index).ok()?;
    let mut parts = text.split(delimiter.as_str());
    let start: usize = parts.by_ref().take(index).map(|part| part.len() + delimiter.len()).sum();
    let mut made = Composed::default();
    made.part(node, start..start + parts.next()?.len());
    Some(made.node(node, Style::Quoted, node.history().to_vec()))
}

/// The value in the place of the whole, or of the part between delimiters.
fn part_replaced(old: &Node, value: &Node, options: &Options) -> Node {
    let Some(delimiter) = &options.delimiter else { return replaced(old, value) };
    // A field that was created for this is empty.
    let text = old.scalar().filter(|_| !old.is_null()).unwrap_or_default();
    let Some(new) = value.scalar().filter(|_| old.scalar().is_some()) else { return replaced(old, value) };
    if text.len() + new.len() > LONGEST {
        return old.clone();
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for part in text.split(delimiter.as_str()) {
        parts.push((old, start..start + part.len()));
        start += part.len() + delimiter.len();
    }
    let value_part = (value, 0..new.len());
    match usize::try_from(options.index) {
        Err(_) => parts.insert(0, value_part),
        Ok(index) => match parts.get_mut(index) {
            Some(part) => *part = value_part,
            None => parts.push(value_part),
        },
    }
    let mut made = Composed::default();
    for (at, (node, part)) in parts.into_iter().enumerate() {
        if at > 0 {
            made.literal(delimiter);
        }
        made.part(node, part);
    }
    let mut history = old.history().to_vec();
    if !old.is_null() {
        history.push((old.site(), label(old)));
    }
    made.node(value, old.style().unwrap_or(Style::Quoted), history)
}
