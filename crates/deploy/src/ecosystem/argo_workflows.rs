//! Argo Workflows: the containers and scripts of templates, whose images may hold parameters.

use model::Kind;
use yaml::Node;

use crate::document::Document;
use crate::ecosystem::kubernetes::pod_spec::pod_specs;
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::parameter;
use crate::reference::parameter::{Syntax, named};
use crate::reference::select::select;
use crate::reference::walk::TooMuch;

/// The places of workflows, by kind.
const WORKFLOWS: &[(&str, &str)] = &[
    ("Workflow", "spec"),
    ("WorkflowTemplate", "spec"),
    ("ClusterWorkflowTemplate", "spec"),
    ("CronWorkflow", "spec.workflowSpec"),
];

/// The places of templates in a workflow, inline ones among them.
const TEMPLATES: &[&str] =
    &["templates[]", "templateDefaults", "templates[].dag.tasks[].inline", "templates[].steps[][].inline"];

/// The images that a template pulls.
const IMAGES: &[&str] = &[
    "container|script.image",
    "containerSet.containers[].image",
    "initContainers|sidecars[].image",
    "volumes[].image.reference",
];

const SYNTAX: Syntax = Syntax { open: "{{", close: "}}" };

/// Extracts from Argo's workflows.
pub(crate) struct ArgoWorkflows;

/// True if a document is a workflow.
pub(crate) fn owns(document: &Document) -> bool {
    WORKFLOWS.iter().any(|(kind, _)| document.is("argoproj.io", kind))
}

impl Extractor for ArgoWorkflows {
    fn name(&self) -> &'static str {
        "argo-workflows"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        for (_, workflow) in WORKFLOWS.iter().filter(|(kind, _)| document.is("argoproj.io", kind)) {
            images(document, &format!("{workflow}.volumes[].image.reference"), found)?;
            images(document, &format!("{workflow}.executorPlugins[].spec.sidecar.container.image"), found)?;
            manifests(document, &format!("{workflow}.templates[].resource.manifest"), found)?;
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

/// Claims the images of the manifests that templates create.
fn manifests(document: &Document, path: &str, found: &mut Found) -> Result<(), TooMuch> {
    let mut outcome = Ok(());
    select(&document.root, path, &mut |selected| {
        yaml::within(selected.node, |manifest| {
            // A manifest with parameters outside of strings cannot be parsed as YAML.
            if let Ok(root) = manifest
                && outcome.is_ok()
            {
                outcome = pod_specs(&root, selected.field.as_str(), &mut |_| false, found);
            }
        });
    })?;
    outcome
}

/// The default of a parameter: an argument of the workflow, or an input of the nearest
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
