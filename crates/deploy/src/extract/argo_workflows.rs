//! Argo Workflows: the containers and scripts of templates, whose images may hold parameters.

use model::Kind;
use yaml::Node;

use super::parameter::{self, Syntax, named};
use super::walk::TooMuch;
use super::{Extractor, Found};
use crate::assemble::Document;

/// Where workflows are written, by kind.
const WORKFLOWS: &[(&str, &str)] = &[
    ("Workflow", "spec"),
    ("WorkflowTemplate", "spec"),
    ("ClusterWorkflowTemplate", "spec"),
    ("CronWorkflow", "spec.workflowSpec"),
];

/// Where a workflow holds templates, inline ones among them.
const TEMPLATES: &[&str] =
    &["templates[]", "templateDefaults", "templates[].dag.tasks[].inline", "templates[].steps[][].inline"];

/// What a template pulls.
const IMAGES: &[&str] = &[
    "container|script.image",
    "containerSet.containers[].image",
    "initContainers|sidecars[].image",
    "volumes[].image.reference",
];

const SYNTAX: Syntax = Syntax { open: "{{", close: "}}" };

/// Extracts from Argo's workflows.
pub(super) struct ArgoWorkflows;

/// Whether a document is a workflow.
pub(super) fn owns(document: &Document) -> bool {
    WORKFLOWS.iter().any(|(kind, _)| document.is("argoproj.io", kind))
}

impl Extractor for ArgoWorkflows {
    fn name(&self) -> &'static str {
        "argo-workflows"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        for (_, workflow) in WORKFLOWS.iter().filter(|(kind, _)| document.is("argoproj.io", kind)) {
            images(document, &format!("{workflow}.volumes[].image.reference"), found)?;
            for template in TEMPLATES {
                for image in IMAGES {
                    images(document, &format!("{workflow}.{template}.{image}"), found)?;
                }
            }
        }
        Ok(())
    }
}

fn images(document: &Document, path: &str, found: &mut Found) -> Result<(), TooMuch> {
    parameter::references(Kind::Image, document, path, SYNTAX, param, found)
}

/// What a parameter is when nobody sets it: an argument of the workflow, or an input of the nearest
/// template. A value is final, a default is not.
fn param<'a>(reference: &str, above: &[&'a Node]) -> Option<&'a Node> {
    let (list, name) = match reference.strip_prefix("workflow.parameters.") {
        Some(name) => ("arguments", name),
        None => ("inputs", reference.strip_prefix("inputs.parameters.")?),
    };
    let entry = above
        .iter()
        .rev()
        .find_map(|node| named(node.get(list).and_then(|list| list.get("parameters")), name))?;
    entry.get("value").or_else(|| entry.get("default"))
}
