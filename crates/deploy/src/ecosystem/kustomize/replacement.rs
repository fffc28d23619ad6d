//! Replacements: values that a kustomization copies from one field to others.
//! Source: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/>.

use yaml::{Composed, Node, Style};

use super::budget::Budget;
use super::item::{Id, Item};
use super::merge::{label, replaced};
use super::path::FieldPath;
use super::selector::Selector;

/// Longest text that is made, in bytes: a value that is copied into itself doubles.
const LONGEST: usize = 1 << 16;

/// Applies one replacement to all resources.
pub(super) fn apply(items: &mut [Item], replacement: &Node, budget: &mut Budget) {
    let Some(value) = source(items, replacement) else { return };
    for target in list(replacement, "targets") {
        if let Some(target) = Target::new(target) {
            target.set(items, &value, budget);
        }
    }
}

fn list<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).map(Node::items).unwrap_or_default()
}

/// The fields that get the value.
struct Target {
    select: Selector,
    reject: Vec<Selector>,
    paths: Vec<FieldPath>,
    options: Options,
}

impl Target {
    fn new(node: &Node) -> Option<Self> {
        let mut paths = Vec::new();
        for path in list(node, "fieldPaths") {
            paths.extend(path.scalar().and_then(FieldPath::new));
        }
        Some(Self {
            select: Selector::new(node.get("select")?),
            reject: list(node, "reject").iter().map(Selector::new).collect(),
            paths,
            options: Options::new(node.get("options")),
        })
    }

    fn has(&self, item: &Item) -> bool {
        self.select.is_selected(item) && !self.reject.iter().any(|reject| reject.is_rejected(item))
    }

    fn set(&self, items: &mut [Item], value: &Node, budget: &mut Budget) {
        for item in items {
            if self.has(item) {
                item.change(|root| self.set_fields(root, value, budget));
            }
        }
    }

    fn set_fields(&self, root: &mut Node, value: &Node, budget: &mut Budget) {
        let create = self.options.create.then_some(value);
        for path in &self.paths {
            path.set(root, create, &mut |field| {
                if budget.copies(value) {
                    *field = part_replaced(field, value, &self.options);
                }
            });
        }
    }
}

/// The part between delimiters that is copied or replaced.
#[derive(Clone, Debug, Default)]
struct Options {
    delimiter: Option<String>,
    index: i64,
    create: bool,
}

impl Options {
    fn new(node: Option<&Node>) -> Self {
        let Some(node) = node else { return Self::default() };
        Self {
            delimiter: written(node, "delimiter").map(str::to_owned),
            index: written(node, "index").and_then(|index| index.parse().ok()).unwrap_or_default(),
            create: written(node, "create") == Some("true"),
        }
    }
}

fn written<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key)?.scalar().filter(|text| !text.is_empty())
}

/// The resource that a value is copied from.
struct Source<'a>(&'a Node);

impl Source<'_> {
    fn accepts(&self, key: &str, found: &str) -> bool {
        written(self.0, key).is_none_or(|wanted| wanted == found)
    }

    fn is_called(&self, id: &Id) -> bool {
        self.accepts("kind", &id.kind)
            && self.accepts("name", &id.name)
            && self.accepts("namespace", id.effective_namespace())
    }

    fn is(&self, item: &Item) -> bool {
        self.accepts("group", item.group())
            && self.accepts("version", item.version())
            && item.ids().any(|id| self.is_called(&id))
    }
}

/// The value that is copied, of the first resource that is meant.
fn source(items: &mut [Item], replacement: &Node) -> Option<Node> {
    if let Some(value) = replacement.get("sourceValue") {
        return Some(value.clone());
    }
    let source = replacement.get("source")?;
    let item = items.iter_mut().find(|item| Source(source).is(item))?;
    let path = FieldPath::new(written(source, "fieldPath").unwrap_or("metadata.name"))?;
    let node = path.get(item.settled())?;
    let options = Options::new(source.get("options"));
    let Some(delimiter) = &options.delimiter else { return Some(node.clone()) };
    let text = node.scalar()?;
    let index = usize::try_from(options.index).ok()?;
    let mut parts = text.split(delimiter.as_str());
    let mut start = 0;
    for part in parts.by_ref().take(index) {
        start += part.len() + delimiter.len();
    }
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
