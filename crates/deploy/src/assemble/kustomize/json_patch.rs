//! JSON patches (RFC 6902) of trees, as kustomize applies them.

use yaml::Node;

use super::Budget;
use super::merge::replaced;

/// Deepest place that an operation reaches.
const MAX_DEPTH: usize = 512;

/// Why an operation could not be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused(pub(super) String);

/// Applies one operation: a mapping of `op`, `path`, and `value` or `from`.
///
/// # Errors
/// [`Refused`] where the path leads nowhere, a `test` fails, or copies of copies grow without end.
pub(super) fn apply(root: &mut Node, operation: &Node, budget: &mut Budget) -> Result<(), Refused> {
    let text = |key: &str| operation.get(key).and_then(Node::scalar);
    let path = pointer(text("path").unwrap_or_default())?;
    let from = || pointer(text("from").unwrap_or_default());
    let value = || operation.get("value").cloned().unwrap_or_else(|| Node::null_at(operation));
    match text("op").unwrap_or_default() {
        "add" => add(root, &path, operation, value()),
        "remove" => remove(root, &path).map(drop),
        "replace" => replace(root, &path, operation, value()),
        "move" => {
            let moved = remove(root, &from()?)?;
            add(root, &path, operation, moved)
        }
        "copy" => {
            let from = from()?;
            let copied = match from.split_last() {
                // kustomize's copies null from a key that is not there.
                Some((last, above)) => find(root, above)
                    .filter(|holder| holder.is_mapping())
                    .map(|holder| holder.get(last).cloned().unwrap_or_else(|| Node::null_at(operation))),
                None => None,
            };
            let copied = copied.or_else(|| find(root, &from).cloned()).ok_or_else(|| nowhere(&from))?;
            if !budget.copies(&copied) {
                return Err(Refused("copies of copies grow beyond bounds".to_owned()));
            }
            add(root, &path, operation, copied)
        }
        "test" => {
            let found = find(root, &path);
            let same = found.map_or_else(|| value().is_null(), |found| found.scalar() == value().scalar());
            if same { Ok(()) } else { Err(Refused(format!("the test of {} fails", written(&path)))) }
        }
        other => Err(Refused(format!("{other:?} is no operation of a JSON patch"))),
    }
}

/// The names of a JSON pointer (RFC 6901).
fn pointer(path: &str) -> Result<Vec<String>, Refused> {
    if path.split('/').count() > MAX_DEPTH {
        return Err(Refused("its path is longer than anything nests".to_owned()));
    }
    Ok(path.split('/').skip(1).map(|name| name.replace("~1", "/").replace("~0", "~")).collect())
}

fn written(path: &[String]) -> String {
    path.iter().map(|name| format!("/{name}")).collect()
}

fn nowhere(path: &[String]) -> Refused {
    Refused(format!("there is no {}", written(path)))
}

/// The index of a list's element, of `length` that there are; kustomize counts negative ones from the end.
fn index(name: &str, length: usize) -> Option<usize> {
    match name.strip_prefix('-') {
        Some(back) => length.checked_sub(back.parse().ok()?),
        None => name.parse().ok(),
    }
}

fn find<'a>(root: &'a mut Node, path: &[String]) -> Option<&'a mut Node> {
    path.iter().try_fold(root, |node, name| {
        if node.is_mapping() {
            node.get_mut(name)
        } else {
            let items = node.items_mut()?;
            let at = index(name, items.len())?;
            items.get_mut(at)
        }
    })
}

/// Sets what is there; kustomize's also sets a key that is not.
fn replace(root: &mut Node, path: &[String], operation: &Node, value: Node) -> Result<(), Refused> {
    let Some((last, above)) = path.split_last() else { return add(root, path, operation, value) };
    let holder = find(root, above).ok_or_else(|| nowhere(above))?;
    if holder.is_mapping() {
        return add(holder, std::slice::from_ref(last), operation, value);
    }
    let target = find(holder, std::slice::from_ref(last)).ok_or_else(|| nowhere(path))?;
    *target = replaced(target, &value);
    Ok(())
}

/// Sets a key, or puts an element before the one at an index.
fn add(root: &mut Node, path: &[String], operation: &Node, value: Node) -> Result<(), Refused> {
    let Some((last, above)) = path.split_last() else {
        *root = value;
        return Ok(());
    };
    let holder = find(root, above).ok_or_else(|| nowhere(above))?;
    if holder.is_mapping() {
        let value = holder.get(last).map_or_else(|| value.clone(), |old| replaced(old, &value));
        let key = operation.get("path").unwrap_or(operation);
        holder.insert(Node::text_at(last, key), value);
        return Ok(());
    }
    let items = holder.items_mut().ok_or_else(|| nowhere(path))?;
    // Of an element that is added, the one behind the last has an index too.
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
