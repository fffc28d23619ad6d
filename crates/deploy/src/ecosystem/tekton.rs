//! Tekton: steps and sidecars of tasks, in any place where a task is inline, and the bundles from which tasks
//! and pipelines are loaded. Their images often hold parameters, which have defaults. Sources:
//! <https://tekton.dev/docs/pipelines/bundle-resolver/>.

use model::Kind;
use yaml::Node;

use crate::document::Document;
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::parameter;
use crate::reference::parameter::{Syntax, named};
use crate::reference::walk::TooMuch;

/// The fields that contain inline tasks, by kind.
const TASKS: &[(&str, &str)] = &[
    ("Task", "spec"),
    ("ClusterTask", "spec"),
    ("TaskRun", "spec.taskSpec"),
    ("Pipeline", "spec.tasks|finally[].taskSpec"),
    ("PipelineRun", "spec.pipelineSpec.tasks|finally[].taskSpec"),
];

/// The images that a task pulls.
const IMAGES: &[&str] = &["steps|sidecars[].image", "stepTemplate.image", "volumes[].image.reference"];

/// The fields that refer to a task, a pipeline or a step elsewhere.
const REFERENCES: &[(&str, &str)] = &[
    ("Task", "spec.steps[].ref"),
    ("ClusterTask", "spec.steps[].ref"),
    ("TaskRun", "spec.taskRef"),
    ("TaskRun", "spec.taskSpec.steps[].ref"),
    ("Pipeline", "spec.tasks|finally[].taskRef|pipelineRef"),
    ("Pipeline", "spec.tasks|finally[].taskSpec.steps[].ref"),
    ("PipelineRun", "spec.pipelineRef"),
    ("PipelineRun", "spec.pipelineSpec.tasks|finally[].taskRef|pipelineRef"),
    ("PipelineRun", "spec.pipelineSpec.tasks|finally[].taskSpec.steps[].ref"),
];

const SYNTAX: Syntax = Syntax { open: "$(", close: ")" };

/// Extracts references from Tekton's resources.
pub(crate) struct Tekton;

/// True if a document belongs only to Tekton.
pub(crate) fn owns(document: &Document) -> bool {
    document.is("tekton.dev", "StepAction") || TASKS.iter().any(|(kind, _)| document.is("tekton.dev", kind))
}

impl Extractor for Tekton {
    fn name(&self) -> &'static str {
        "tekton"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        if document.is("tekton.dev", "StepAction") {
            return images(document, "spec.image", found);
        }
        for (_, task) in TASKS.iter().filter(|(kind, _)| document.is("tekton.dev", kind)) {
            for image in IMAGES {
                images(document, &format!("{task}.{image}"), found)?;
            }
        }
        for (_, reference) in REFERENCES.iter().filter(|(kind, _)| document.is("tekton.dev", kind)) {
            bundles(document, &format!("{reference}(resolver=bundles).params[](name=bundle).value"), found)?;
            // The form of versions before resolvers.
            bundles(document, &format!("{reference}.bundle"), found)?;
        }
        Ok(())
    }
}

/// A bundle is an artifact, not an image: no node runs it.
fn bundles(document: &Document, path: &str, found: &mut Found) -> Result<(), TooMuch> {
    parameter::references(Kind::Artifact, document, path, SYNTAX, param, found)
}

fn images(document: &Document, path: &str, found: &mut Found) -> Result<(), TooMuch> {
    parameter::references(Kind::Image, document, path, SYNTAX, param, found)
}

/// The value of a parameter: the one that a run or a pipeline's task sets, otherwise its default. The nearest
/// declaration counts; without one, the outer ones are searched.
fn param<'a>(reference: &str, above: &[&'a Node]) -> Option<&'a Node> {
    let name = reference.strip_prefix("inputs.").unwrap_or(reference).strip_prefix("params")?;
    let name = match name.strip_prefix('.') {
        Some(name) => name,
        None => name.strip_prefix('[')?.strip_suffix(']')?.trim_matches(['"', '\'']),
    };
    let mut declared = above.iter().rev().filter_map(|node| named(node.get("params"), name));
    let nearest = declared.next()?;
    let given = nearest.get("value").or_else(|| declared.next()?.get("value"));
    given.or_else(|| nearest.get("default"))
}
