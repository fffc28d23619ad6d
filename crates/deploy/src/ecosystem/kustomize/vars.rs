//! `vars`: `$(NAME)` in the fields that `configurations` name is replaced by a field of another resource.
//! Source: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/vars/>.

use std::cell::Cell;
use std::collections::HashMap;

use model::FileProblem;
use source::Site;
use yaml::{Composed, Node};

use super::built::Built;
use super::fields;
use super::item::Item;
use super::model::Var;
use super::path::FieldPath;
use super::problem::{broken, exceeded, is_certain, unknown_value};

/// Maximum growth of a text, in bytes: a variable may be used often.
const LONGEST: usize = 1 << 16;

/// The values of variables by their names.
type Values = HashMap<String, Node>;

/// Replaces the variables of a root in all its resources, and reports those that have no value.
pub(super) fn resolve(built: &mut Built) {
    let (mut values, mut problems) = (Values::new(), Vec::new());
    for var in &built.vars {
        match value(&mut built.items, var) {
            Ok(value) => values.extend(value.map(|value| (var.name.clone(), value))),
            Err(problem) => problems.push(*problem),
        }
    }
    // Unknown resources may have the value.
    let is_known = !built.is_open && !built.is_altered;
    built.problems.extend(problems.into_iter().filter(|it| is_known || is_certain(it)));
    if values.is_empty() || built.var_fields.is_empty() {
        return;
    }
    for item in &mut built.items {
        let is_too_long = Cell::new(false);
        let is_searched =
            fields::replace(item, &built.var_fields, &|node| replaced(node, &values, &is_too_long));
        if !is_searched || is_too_long.get() {
            let message = format!("the {} is too large to replace its variables", item.called());
            built.problems.push(exceeded(item.identity(), message));
        }
    }
}

/// Reports the variables of a kustomization whose value several resources may have.
pub(super) fn ambiguous(vars: &[Var], built: &mut Built) {
    for var in vars {
        let meant = built.items.iter().filter(|item| is_meant(item, var)).count();
        if meant > 1 {
            let message = format!("{meant} resources match the variable {}", var.name);
            built.problems.push(broken(&var.node, message));
        }
    }
}

/// The value of a variable; `None` if it is not known, and an error with the reason if it has none.
fn value(items: &mut [Item], var: &Var) -> Result<Option<Node>, Box<FileProblem>> {
    let Some(item) = items.iter_mut().find(|item| is_meant(item, var)) else {
        return Err(Box::new(broken(&var.node, format!("no resource matches the variable {}", var.name))));
    };
    let field = var.field.as_deref().unwrap_or("metadata.name");
    let (called, is_whole, is_unread) = (item.called(), item.is_whole(), item.is_unread());
    let Some(path) = FieldPath::new(field) else {
        return Err(Box::new(exceeded(&var.node, "its field exceeds the limit of nesting".to_owned())));
    };
    match path.get(item.settled()).cloned() {
        Some(value) if value.scalar().is_some() => Ok(Some(value)),
        None if is_unread => Err(Box::new(unknown_value(&var.node, field, &called))),
        None if is_whole && !field.contains('[') => {
            Err(Box::new(broken(&var.node, format!("there is no {field} in the {called}"))))
        }
        _ => Ok(None),
    }
}

fn is_meant(item: &Item, var: &Var) -> bool {
    var.api_version.as_ref() == Some(&item.resource().api_version)
        && item.ids().any(|id| {
            let is_there =
                var.namespace.as_ref().is_none_or(|namespace| *namespace == id.effective_namespace());
            var.kind.as_ref() == Some(&id.kind) && var.resource.as_ref() == Some(&id.name) && is_there
        })
}

/// A scalar with the values of its variables; `None` if it has no known variable. The scalar itself is the
/// deciding one, and a finding points into the value. `is_too_long` is set if the result is.
fn replaced(node: &Node, values: &Values, is_too_long: &Cell<bool>) -> Option<Node> {
    let text = node.scalar().filter(|text| text.contains("$("))?;
    let mut made = Composed::default();
    let mut history: Vec<(Site, &'static str)> = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..)?.find("$(").map(|start| at + start) {
        let Some(end) = text.get(start..)?.find(')').map(|end| start + end) else { break };
        if let Some(value) = values.get(text.get(start + 2..end)?) {
            made.part(node, at..start);
            let length = value.scalar()?.len();
            made.part(value, 0..length);
            history.extend(value.history().iter().cloned());
            history.push((value.site(), "value of the variable"));
        } else {
            made.part(node, at..end + 1);
        }
        at = end + 1;
        if made.text().len() > LONGEST + text.len() {
            is_too_long.set(true);
            return None;
        }
    }
    if history.is_empty() {
        return None;
    }
    made.part(node, at..text.len());
    let mut all = node.history().to_vec();
    all.extend(history);
    Some(made.node(node, node.style()?, all))
}
