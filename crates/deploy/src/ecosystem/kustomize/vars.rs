//! `vars`: `$(NAME)` in the fields that `configurations` name stands for a field of another resource.
//! Source: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/vars/>.

use std::collections::HashMap;

use source::Site;
use yaml::{Composed, Node};

use super::built::Built;
use super::fields;
use super::item::Item;
use super::model::Var;
use super::path::FieldPath;

/// Longest text that is made, in bytes: a variable may be used often.
const LONGEST: usize = 1 << 16;

/// The values of variables by their names.
type Values = HashMap<String, Node>;

/// Replaces the variables of a root in all its resources.
pub(super) fn resolve(built: &mut Built) {
    if built.vars.is_empty() || built.var_fields.is_empty() {
        return;
    }
    let mut values = Values::new();
    for var in &built.vars {
        if let Some(value) = value(&mut built.items, var) {
            values.insert(var.name.clone(), value);
        }
    }
    for item in &mut built.items {
        fields::replace(item, &built.var_fields, &|node| replaced(node, &values));
    }
}

fn value(items: &mut [Item], var: &Var) -> Option<Node> {
    let item = items.iter_mut().find(|item| is_meant(item, var))?;
    let path = FieldPath::new(var.field.as_deref().unwrap_or("metadata.name"))?;
    path.get(item.settled()).filter(|value| value.scalar().is_some()).cloned()
}

fn is_meant(item: &Item, var: &Var) -> bool {
    let is_version = var.api_version.as_ref().is_none_or(|version| *version == item.resource().api_version);
    is_version
        && item.ids().any(|id| {
            let is_there =
                var.namespace.as_ref().is_none_or(|namespace| *namespace == id.effective_namespace());
            var.kind.as_ref() == Some(&id.kind) && var.resource.as_ref() == Some(&id.name) && is_there
        })
}

/// A scalar with the values of its variables; `None` where it has none that is known. The scalar itself decides, and a
/// finding points into the value.
fn replaced(node: &Node, values: &Values) -> Option<Node> {
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
        if made.text().len() > LONGEST {
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
