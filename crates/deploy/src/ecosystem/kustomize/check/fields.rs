//! The fields of a kustomization or a configuration that kustomize does not know, and values that have
//! another type than it expects.

use model::FileProblem;
use yaml::{Meaning, Node, Style};

use crate::ecosystem::kustomize::model::schema::{self, Field, Type};
use crate::ecosystem::kustomize::problem::broken;

/// Maximum number of such problems that are reported for one kustomization: kustomize stops at the first.
const MAX_REPORTED: usize = 3;

/// The fields of a file that kustomize refuses. `kind`: the type of the document.
pub(super) fn refused(root: &Node, kind: &Type) -> Vec<FileProblem> {
    let mut problems = Vec::new();
    value(root, kind, &mut problems);
    problems.truncate(MAX_REPORTED);
    problems
}

fn value(node: &Node, kind: &Type, problems: &mut Vec<FileProblem>) {
    if node.is_null() || problems.len() >= MAX_REPORTED {
        return;
    }
    match kind {
        Type::List(kind) if node.is_sequence() => {
            for item in node.items() {
                value(item, kind, problems);
            }
        }
        Type::Fields(fields) if node.is_mapping() => known(node, fields, problems),
        Type::Texts if node.is_mapping() => node.each_entry(|_, text| value(text, &Type::Text, problems)),
        kind if is_of(node, kind) => {}
        kind => {
            let message = format!("kustomize requires {} here, and this is {}", wanted(kind), found(node));
            problems.push(broken(node, message));
        }
    }
}

fn known(node: &Node, fields: &[&[Field]], problems: &mut Vec<FileProblem>) {
    node.each_entry(|key, below| {
        let name = key.scalar().unwrap_or_default();
        match schema::field(fields, name) {
            Some((_, kind)) => value(below, &kind, problems),
            None => problems.push(broken(key, format!("kustomize has no field {name:?} here"))),
        }
    });
}

fn is_of(node: &Node, kind: &Type) -> bool {
    match kind {
        Type::Text => is_text(node),
        // Values of other types are reported as numeric tags.
        Type::ImagePart => node.scalar().is_some() && (is_text(node) || node.text().is_none()),
        Type::Flag => matches!(node.meaning(), Some(Meaning::Bool)),
        Type::Whole => {
            matches!(node.meaning(), Some(Meaning::Number(number)) if number.0.fract().abs() < f64::EPSILON)
        }
        Type::Mapping => node.is_mapping(),
        Type::Texts | Type::List(_) | Type::Fields(_) => false,
    }
}

/// True if Go's YAML reader reads a scalar as text.
fn is_text(node: &Node) -> bool {
    let is_float = node.style() == Some(Style::Plain)
        && matches!(
            node.scalar().unwrap_or_default().trim_start_matches(['+', '-']),
            ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN"
        );
    node.text().is_some() && !is_float
}

fn wanted(kind: &Type) -> &'static str {
    match kind {
        Type::Text | Type::ImagePart => "text",
        Type::Flag => "true or false",
        Type::Whole => "a whole number",
        Type::List(_) => "a list",
        Type::Texts | Type::Mapping | Type::Fields(_) => "a mapping",
    }
}

fn found(node: &Node) -> &'static str {
    match node.meaning() {
        _ if node.is_mapping() => "a mapping",
        _ if node.is_sequence() => "a list",
        Some(Meaning::Number(_)) => "a number",
        Some(Meaning::Bool) => "true or false",
        _ => "text",
    }
}
