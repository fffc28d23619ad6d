//! Replacements: values that a kustomization copies from one field to others.
//! Source: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/>.

use std::sync::Arc;

use crate::yaml::{Composed, Node, Style};

use super::item::Item;
use super::merge::{label, replaced};
use super::selector::Selector;

/// Applies one replacement to all resources.
pub(super) fn apply(items: &mut [Item], replacement: &Node) {
    let Some(value) = source(items, replacement) else { return };
    for target in replacement.get("targets").map(Node::items).unwrap_or_default() {
        let Some(select) = target.get("select").map(Selector::new) else { continue };
        let rejects: Vec<Selector> =
            target.get("reject").map(Node::items).unwrap_or_default().iter().map(Selector::new).collect();
        let paths: Vec<Vec<String>> = target
            .get("fieldPaths")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(|path| Some(segments(path.scalar()?)))
            .collect();
        let options = Options::new(target.get("options"));
        for item in items.iter_mut() {
            if !select.matches(item) || rejects.iter().any(|reject| reject.matches(item)) {
                continue;
            }
            for path in &paths {
                set(Arc::make_mut(&mut item.root), path, &value, &options);
            }
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
fn source(items: &[Item], replacement: &Node) -> Option<Node> {
    if let Some(value) = replacement.get("sourceValue") {
        return Some(value.clone());
    }
    let source = replacement.get("source")?;
    let written = |key: &str| source.get(key).and_then(Node::scalar).filter(|text| !text.is_empty());
    let is = |key: &str, found: &str| written(key).is_none_or(|wanted| wanted == found);
    let item = items.iter().find(|item| {
        is("kind", &item.resource.kind)
            && is("group", item.group())
            && is("version", item.version())
            && written("name").is_none_or(|name| item.names().any(|found| found == name))
            && written("namespace").is_none_or(|name| item.namespaces().any(|found| found == name))
    })?;
    let path = segments(written("fieldPath").unwrap_or("metadata.name"));
    let node = path.iter().try_fold(&*item.root, |node, segment| step(node, segment))?;
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

/// The steps of a field path: keys between points, `[key=value]` for an item, `\.` for a point in a key.
fn segments(path: &str) -> Vec<String> {
    let (mut found, mut current, mut bracket) = (Vec::new(), String::new(), false);
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'.') => current.extend(chars.next()),
            '[' if current.is_empty() => {
                bracket = true;
                current.push(c);
            }
            ']' if bracket => {
                bracket = false;
                current.push(c);
            }
            '.' if !bracket => found.push(std::mem::take(&mut current)),
            c => current.push(c),
        }
    }
    found.push(current);
    found.retain(|segment| !segment.is_empty());
    found
}

/// The condition of `[key=value]`.
fn condition(segment: &str) -> Option<(&str, &str)> {
    segment.strip_prefix('[')?.strip_suffix(']')?.split_once('=')
}

fn holds(node: &Node, (key, value): (&str, &str)) -> bool {
    let found = if key.is_empty() { node.scalar() } else { node.get(key).and_then(Node::scalar) };
    found == Some(value)
}

fn step<'a>(node: &'a Node, segment: &str) -> Option<&'a Node> {
    if let Some(condition) = condition(segment) {
        return node.items().iter().find(|item| holds(item, condition));
    }
    let key = segment.trim_start_matches('[').trim_end_matches(']');
    node.get(key).or_else(|| node.items().get(key.parse::<usize>().ok()?))
}

/// Sets every field that a path leads to.
fn set(node: &mut Node, path: &[String], value: &Node, options: &Options) {
    let Some((segment, rest)) = path.split_first() else {
        *node = part_replaced(node, value, options);
        return;
    };
    if let Some(condition) = condition(segment) {
        let items = node.items_mut().into_iter().flatten();
        items.filter(|item| holds(item, condition)).for_each(|item| set(item, rest, value, options));
    } else if segment == "*" {
        let items = node.items_mut().into_iter().flatten();
        items.for_each(|item| set(item, rest, value, options));
    } else if node.is_mapping() {
        let key = segment.trim_start_matches('[').trim_end_matches(']');
        if let Some(below) = node.get_mut(key) {
            set(below, rest, value, options);
        } else if options.create && rest.is_empty() {
            node.insert(Node::text_at(key, value), value.clone());
        }
    } else if let Some(item) = segment.parse::<usize>().ok().and_then(|at| node.items_mut()?.get_mut(at)) {
        set(item, rest, value, options);
    }
}

/// The value in the place of the whole, or of the part between delimiters.
fn part_replaced(old: &Node, value: &Node, options: &Options) -> Node {
    let (Some(delimiter), Some(text), Some(new)) = (&options.delimiter, old.scalar(), value.scalar()) else {
        return replaced(old, value);
    };
    let mut made = Composed::default();
    let separator = |made: &mut Composed| made.literal(delimiter);
    let count = i64::try_from(text.split(delimiter.as_str()).count()).unwrap_or(i64::MAX);
    if options.index < 0 {
        made.part(value, 0..new.len());
        separator(&mut made);
    }
    let mut start = 0;
    for (at, part) in (0..).zip(text.split(delimiter.as_str())) {
        if at > 0 {
            separator(&mut made);
        }
        if at == options.index {
            made.part(value, 0..new.len());
        } else {
            made.part(old, start..start + part.len());
        }
        start += part.len() + delimiter.len();
    }
    if options.index >= count {
        separator(&mut made);
        made.part(value, 0..new.len());
    }
    let mut history = old.history().to_vec();
    history.push((old.site(), label(old)));
    made.node(value, old.style().unwrap_or(Style::Quoted), history)
}
