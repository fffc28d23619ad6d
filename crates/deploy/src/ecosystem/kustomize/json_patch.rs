//! JSON patches (RFC 6902) of trees, as kustomize applies them.

use yaml::Node;

use super::budget::Budget;
use super::merge::replaced;

/// Maximum depth of the place of an operation.
const MAX_DEPTH: usize = 512;

/// The reason why an operation cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// kustomize refuses it too.
    Broken(String),
    /// It exceeds a limit of this program.
    Exceeded(&'static str),
}

/// One operation of a patch.
struct Operation<'a> {
    node: &'a Node,
    path: Vec<String>,
    value: Node,
}

impl<'a> Operation<'a> {
    fn new(node: &'a Node) -> Result<Self, Refused> {
        let value = node.get("value").cloned().unwrap_or_else(|| Node::null_at(node));
        Ok(Self { node, path: pointer(text(node, "path"))?, value })
    }

    /// A key of a mapping, at the place of the operation's path.
    fn key(&self, name: &str) -> Node {
        Node::text_at(name, self.node.get("path").unwrap_or(self.node))
    }
}

/// Applies one operation: a mapping of `op`, `path`, and `value` or `from`. `implied`: mappings that
/// kustomize has added to the resource before, if it has none itself.
///
/// # Errors
/// [`Refused`] if the path does not exist, a `test` fails, or copies of copies grow without end.
pub(super) fn apply(
    root: &mut Node,
    node: &Node,
    implied: &[&[&str]],
    budget: &mut Budget,
) -> Result<(), Refused> {
    let operation = Operation::new(node)?;
    for path in implied {
        add_implied(root, path, &operation.path);
    }
    match text(node, "op") {
        "add" => add(root, &operation, operation.value.clone()),
        "remove" => remove(root, &operation.path).map(drop),
        "replace" => replace(root, &operation),
        "move" => {
            let moved = remove(root, &pointer(text(node, "from"))?)?;
            add(root, &operation, moved)
        }
        "copy" => {
            let copied = copied(root, &pointer(text(node, "from"))?, node)?;
            if !budget.copies(&copied) {
                return Err(Refused::Exceeded("copies of copies grow beyond bounds"));
            }
            add(root, &operation, copied)
        }
        "test" => test(root, &operation),
        other => Err(Refused::Broken(format!("{other:?} is not an operation of a JSON patch"))),
    }
}

/// Writes the value of an operation into a tree that contains only the fields that patches write. Missing
/// mappings on the path are created, and an index of a list means its next element.
///
/// # Errors
/// [`Refused`] if the path exceeds the limit.
pub(super) fn write(root: &mut Node, node: &Node) -> Result<(), Refused> {
    let operation = Operation::new(node)?;
    if !matches!(text(node, "op"), "add" | "replace") || operation.path.is_empty() {
        return Ok(());
    }
    let mut holder = root;
    for name in &operation.path {
        let below = if is_index(name) { next_item(holder) } else { holder.entry_mut(name) };
        let Some(below) = below else { return Ok(()) };
        holder = below;
    }
    *holder = operation.value;
    Ok(())
}

fn text<'a>(node: &'a Node, key: &str) -> &'a str {
    node.get(key).and_then(Node::scalar).unwrap_or_default()
}

/// The names of a JSON pointer (RFC 6901).
fn pointer(path: &str) -> Result<Vec<String>, Refused> {
    if path.split('/').count() > MAX_DEPTH {
        return Err(Refused::Exceeded("its path exceeds the limit of nesting"));
    }
    let mut names = Vec::new();
    for name in path.split('/').skip(1) {
        names.push(name.replace("~1", "/").replace("~0", "~"));
    }
    Ok(names)
}

fn written(path: &[String]) -> String {
    let mut text = String::new();
    for name in path {
        text.push('/');
        text.push_str(name);
    }
    text
}

fn nowhere(path: &[String]) -> Refused {
    Refused::Broken(format!("there is no {}", written(path)))
}

fn is_index(name: &str) -> bool {
    name == "-" || name.parse::<usize>().is_ok()
}

fn next_item(list: &mut Node) -> Option<&mut Node> {
    let length = list.items().len();
    list.item_mut(length)
}

/// Adds a mapping that kustomize would have added, if the path of an operation leads into it.
fn add_implied(root: &mut Node, implied: &[&str], path: &[String]) {
    let reaches = path.len() >= implied.len() && implied.iter().zip(path).all(|(a, b)| a == b);
    if !reaches || root.at(implied).is_some_and(Node::is_mapping) {
        return;
    }
    let mut holder = root;
    for name in implied {
        let Some(below) = holder.entry_mut(name) else { return };
        holder = below;
    }
    *holder = holder.emptied();
}

/// The index of a list's element, of `length` elements; kustomize counts negative ones from the end.
fn index(name: &str, length: usize) -> Option<usize> {
    match name.strip_prefix('-') {
        Some(back) => length.checked_sub(back.parse().ok()?),
        None => name.parse().ok(),
    }
}

fn find<'a>(root: &'a mut Node, path: &[String]) -> Option<&'a mut Node> {
    let mut node = root;
    for name in path {
        node = if node.is_mapping() {
            node.get_mut(name)?
        } else {
            let items = node.items_mut()?;
            let at = index(name, items.len())?;
            items.get_mut(at)?
        };
    }
    Some(node)
}

/// The value that `copy` takes; kustomize copies null from a key that does not exist.
fn copied(root: &mut Node, from: &[String], operation: &Node) -> Result<Node, Refused> {
    if let Some((last, above)) = from.split_last()
        && let Some(holder) = find(root, above)
        && holder.is_mapping()
    {
        return Ok(holder.get(last).cloned().unwrap_or_else(|| Node::null_at(operation)));
    }
    find(root, from).cloned().ok_or_else(|| nowhere(from))
}

fn test(root: &mut Node, operation: &Operation<'_>) -> Result<(), Refused> {
    let holds = match find(root, &operation.path) {
        Some(found) => is_same(found, &operation.value, 0),
        None => operation.value.is_null(),
    };
    if holds {
        Ok(())
    } else {
        Err(Refused::Broken(format!("the test of {} fails", written(&operation.path))))
    }
}

/// True if two values are equal; the order of keys does not matter.
fn is_same(one: &Node, other: &Node, depth: usize) -> bool {
    if one.scalar().is_some() || depth >= MAX_DEPTH {
        return one.scalar() == other.scalar();
    }
    let items = one.items().iter().zip(other.items());
    let has_same_items = one.items().len() == other.items().len()
        && items.into_iter().all(|(one, other)| is_same(one, other, depth + 1));
    let has_same_entries = one.entries().len() == other.entries().len()
        && one.entries().iter().all(|(key, value)| {
            let found = key.scalar().and_then(|key| other.get(key));
            found.is_some_and(|found| is_same(value, found, depth + 1))
        });
    one.is_mapping() == other.is_mapping() && has_same_items && has_same_entries
}

/// Replaces an existing value; kustomize also sets a key that does not exist.
fn replace(root: &mut Node, operation: &Operation<'_>) -> Result<(), Refused> {
    let path = &operation.path;
    let Some((last, above)) = path.split_last() else { return add(root, operation, operation.value.clone()) };
    let holder = find(root, above).ok_or_else(|| nowhere(above))?;
    if holder.is_mapping() {
        set(holder, last, operation, operation.value.clone());
        return Ok(());
    }
    let target = find(holder, std::slice::from_ref(last)).ok_or_else(|| nowhere(path))?;
    *target = replaced(target, &operation.value);
    Ok(())
}

/// Sets a key of a mapping; an earlier value is remembered.
fn set(holder: &mut Node, name: &str, operation: &Operation<'_>, value: Node) {
    let value = match holder.get(name) {
        Some(old) => replaced(old, &value),
        None => value,
    };
    holder.insert(operation.key(name), value);
}

/// Sets a key, or puts an element before the one at an index.
fn add(root: &mut Node, operation: &Operation<'_>, value: Node) -> Result<(), Refused> {
    let path = &operation.path;
    let Some((last, above)) = path.split_last() else {
        *root = value;
        return Ok(());
    };
    let holder = find(root, above).ok_or_else(|| nowhere(above))?;
    if holder.is_mapping() {
        set(holder, last, operation, value);
        return Ok(());
    }
    let items = holder.items_mut().ok_or_else(|| nowhere(path))?;
    // An added element may also be placed after the last one.
    let at = if last == "-" { Some(items.len()) } else { index(last, items.len() + 1) };
    match at.filter(|at| *at <= items.len()) {
        Some(at) => items.insert(at, value),
        None => return Err(nowhere(path)),
    }
    Ok(())
}

fn remove(root: &mut Node, path: &[String]) -> Result<Node, Refused> {
    let (last, above) = path.split_last().ok_or_else(|| nowhere(path))?;
    let holder = find(root, above).ok_or_else(|| nowhere(above))?;
    if holder.is_mapping() {
        return holder.remove(last).ok_or_else(|| nowhere(path));
    }
    let items = holder.items_mut().ok_or_else(|| nowhere(path))?;
    let at = index(last, items.len()).filter(|at| *at < items.len()).ok_or_else(|| nowhere(path))?;
    Ok(items.remove(at))
}
