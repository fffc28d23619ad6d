//! Replacements: values that a kustomization copies from one field to others.
//! Source: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/replacements/>.

use model::FileProblem;
use yaml::{Composed, Node, Style};

use super::budget::Budget;
use super::item::{Id, Item};
use super::merge::{label, replaced};
use super::path::FieldPath;
use super::problem::{self, broken, exceeded, is_certain, unknown_value};
use super::selector::Selector;

/// Maximum length of the resulting text, in bytes: a value that is copied into itself doubles.
const LONGEST: usize = 1 << 18;
/// The field that is copied or set if none is named.
const DEFAULT_PATH: &str = "metadata.name";

/// The reason why a replacement is refused, or is not applied.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) problem: Box<FileProblem>,
    /// True if an unknown resource may be the one that is missing.
    pub(super) is_open: bool,
}

impl Refused {
    fn new(at: &Node, why: impl Into<String>) -> Self {
        Self::of(broken(at, why.into()))
    }

    fn of(problem: FileProblem) -> Self {
        Self { problem: Box::new(problem), is_open: false }
    }

    fn exceeded(at: &Node, why: impl Into<String>) -> Self {
        Self::of(exceeded(at, why.into()))
    }
}

/// The first of two results that is a fault. One that holds in any case comes before others.
fn first_of(first: Result<(), Refused>, next: Result<(), Refused>) -> Result<(), Refused> {
    match (&first, &next) {
        (Err(one), Err(other)) if !is_certain(&one.problem) && is_certain(&other.problem) => next,
        _ => first.and(next),
    }
}

/// Applies one replacement to all resources, as far as it can be applied.
///
/// # Errors
/// The first fault for which kustomize refuses it.
pub(super) fn apply(items: &mut [Item], replacement: &Node, budget: &mut Budget) -> Result<(), Refused> {
    let value = source(items, replacement)?;
    let targets = replacement.get("targets").filter(|targets| targets.is_sequence());
    let targets = targets.ok_or_else(|| Refused::new(replacement, "kustomize requires targets here"))?;
    let Some(value) = value else { return Ok(()) };
    let mut first = Ok(());
    for target in targets.items() {
        let done = Target::new(target).and_then(|target| target.set(items, &value, budget));
        first = first_of(first, done);
    }
    first
}

fn list<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).map(Node::items).unwrap_or_default()
}

/// The fields that get the value.
struct Target {
    select: Selector,
    reject: Vec<Selector>,
    /// The paths, each with its place.
    paths: Vec<(Node, FieldPath)>,
    options: Options,
}

impl Target {
    fn new(node: &Node) -> Result<Self, Refused> {
        let select = node.get("select").filter(|select| select.is_mapping());
        let select = select.ok_or_else(|| Refused::new(node, "kustomize requires a select here"))?;
        let target = Self {
            select: Selector::new(select),
            reject: list(node, "reject").iter().map(Selector::new).collect(),
            paths: paths(node)?,
            options: Options::new(node.get("options")),
        };
        let mut selectors = std::iter::once(&target.select).chain(&target.reject);
        match selectors.find_map(Selector::unreadable) {
            Some(problem) => Err(Refused::of(problem)),
            None => Ok(target),
        }
    }

    fn has(&self, item: &Item) -> bool {
        self.select.is_selected(item) && !self.reject.iter().any(|reject| reject.is_rejected(item))
    }

    fn set(&self, items: &mut [Item], value: &Node, budget: &mut Budget) -> Result<(), Refused> {
        let mut first = Ok(());
        for item in items {
            if self.has(item) {
                let called = item.called();
                let done = item.change(|root| self.set_fields(root, value, &called, budget));
                let is_left_out = |it: &Refused| !item.is_whole() && !is_certain(&it.problem);
                first = first_of(first, if done.as_ref().is_err_and(is_left_out) { Ok(()) } else { done });
            }
        }
        first
    }

    fn set_fields(
        &self,
        root: &mut Node,
        value: &Node,
        called: &str,
        budget: &mut Budget,
    ) -> Result<(), Refused> {
        let create = self.options.create.then_some(value);
        let mut first = Ok(());
        for (at, path) in &self.paths {
            let (mut is_cut, mut is_exceeded) = (false, false);
            let reached = path.set(root, create, &mut |field| {
                let has_no_parts = self.options.delimiter.is_some() && field.scalar().is_none();
                is_cut |= has_no_parts;
                if has_no_parts {
                    return;
                }
                match part_replaced(field, value, &self.options).filter(|_| budget.copies(value)) {
                    Some(new) => *field = new,
                    None => is_exceeded = true,
                }
            });
            let path = at.scalar().unwrap_or(DEFAULT_PATH);
            if is_exceeded {
                let why = format!("the value of {path} of the {called} is too large to replace it");
                first = first_of(first, Err(Refused::exceeded(at, why)));
            }
            if is_cut {
                let why = format!("{path} of the {called} is not text, so it has no delimiter");
                first = first_of(first, Err(Refused::new(at, why)));
            } else if reached.fields == 0 && !reached.is_in_text {
                let why = format!("there is no {path} in the {called}");
                first = first_of(first, Err(Refused::new(at, why)));
            }
        }
        first
    }
}

/// The paths of a target, each with its place.
///
/// # Errors
/// [`Refused`] if a path is too long, or a pattern in it cannot be read.
fn paths(target: &Node) -> Result<Vec<(Node, FieldPath)>, Refused> {
    let mut paths = Vec::new();
    for node in list(target, "fieldPaths") {
        let Some(text) = node.scalar() else { continue };
        let path = FieldPath::new(text).ok_or_else(|| too_long(node))?;
        if let Some(unread) = path.unread() {
            return Err(Refused::of(problem::pattern(node, unread)));
        }
        paths.push((node.clone(), path));
    }
    if list(target, "fieldPaths").is_empty() {
        let node = Node::text_at(DEFAULT_PATH, target);
        paths.extend(FieldPath::new(DEFAULT_PATH).map(|path| (node, path)));
    }
    Ok(paths)
}

fn too_long(path: &Node) -> Refused {
    Refused::exceeded(path, "this path exceeds the limit of nesting")
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
            create: node.get("create").is_some_and(Node::is_true),
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

/// The value that is copied; `None` if it is not known.
fn source(items: &mut [Item], replacement: &Node) -> Result<Option<Node>, Refused> {
    let value = replacement.get("sourceValue").filter(|value| !value.is_null());
    match (replacement.get("source").filter(|source| source.is_mapping()), value) {
        (None, Some(value)) => Ok(Some(value.clone())),
        (Some(source), None) => copied(items, source),
        (Some(_), Some(value)) => Err(Refused::new(value, "kustomize refuses a sourceValue beside a source")),
        (None, None) => Err(Refused::new(replacement, "kustomize requires a source here")),
    }
}

/// The value of a field of the selected resource.
fn copied(items: &mut [Item], source: &Node) -> Result<Option<Node>, Refused> {
    let mut meant = items.iter_mut().filter(|item| Source(source).is(item));
    let Some(item) = meant.next() else {
        let why = "no resource matches this source".to_owned();
        return Err(Refused { is_open: true, ..Refused::new(source, why) });
    };
    if meant.next().is_some() {
        return Err(Refused::new(source, "several resources match this source"));
    }
    let (at, path) = match source.get("fieldPath").filter(|path| path.scalar() != Some("")) {
        Some(node) => (node, node.scalar().unwrap_or_default()),
        None => (source, DEFAULT_PATH),
    };
    let (called, is_whole, is_unread) = (item.called(), item.is_whole(), item.is_unread());
    let field = FieldPath::new(path).ok_or_else(|| too_long(at))?;
    let found = field.get(item.settled()).cloned();
    match found.filter(|value| !is_nothing(value)) {
        Some(value) => part(&value, source, &Options::new(source.get("options"))).map(Some),
        None if is_unread => Err(Refused::of(unknown_value(at, path, &called))),
        None if !is_whole => Ok(None),
        None => Err(Refused::new(at, format!("there is no {path} in the {called}"))),
    }
}

/// True if kustomize treats a value as absent.
fn is_nothing(value: &Node) -> bool {
    value.is_null() || value.scalar().is_none() && value.items().is_empty() && value.entries().is_empty()
}

/// A complete value, or the part between delimiters.
fn part(value: &Node, source: &Node, options: &Options) -> Result<Node, Refused> {
    let Some(delimiter) = &options.delimiter else { return Ok(value.clone()) };
    let no_text = || Refused::new(source, "the value of this source is not text, so it has no delimiter");
    let text = value.scalar().ok_or_else(no_text)?;
    let no_part =
        || Refused::new(source, format!("{text:?} has no part {} between {delimiter:?}", options.index));
    let index = usize::try_from(options.index).map_err(|_| no_part())?;
    let mut parts = text.split(delimiter.as_str());
    let mut start = 0;
    for before in parts.by_ref().take(index) {
        start += before.len() + delimiter.len();
    }
    let length = parts.next().ok_or_else(no_part)?.len();
    let mut made = Composed::default();
    made.part(value, start..start + length);
    Ok(made.node(value, Style::Quoted, value.history().to_vec()))
}

/// The old value, completely replaced or with the part between delimiters replaced; `None` if it is too long.
fn part_replaced(old: &Node, value: &Node, options: &Options) -> Option<Node> {
    let Some(delimiter) = &options.delimiter else { return Some(replaced(old, value)) };
    // A field that was created for this is empty.
    let text = old.scalar().filter(|_| !old.is_null()).unwrap_or_default();
    let Some(new) = value.scalar().filter(|_| old.scalar().is_some()) else {
        return Some(replaced(old, value));
    };
    if text.len() + new.len() > LONGEST {
        return None;
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
    Some(made.node(value, old.style().unwrap_or(Style::Quoted), history))
}
