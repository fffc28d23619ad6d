//! ApplicationSets: the Applications that they make, as far as the files of the tree determine them. No
//! server is queried: values that depend on clusters and servers stay as they are written, with a notice.

use std::sync::Arc;

use model::{FileProblem, Resource};
use yaml::Node;

use crate::document::{Document, Role};
use crate::ecosystem::argo_cd::model::{is_true, sources_of};
use crate::engine::tree::Tree;

mod expression;
mod generators;
mod git;
pub(crate) mod glob;
mod parameters;
mod patches;
mod pieces;
mod problems;
mod templates;

use generators::{Generators, MAX_APPLICATIONS, kinds};
use parameters::Parameters;
use patches::Written;
use problems::{add, distinguish, not_checked, unverified};

/// Maximum number of bytes of all templates of one set.
const MAX_MADE: usize = 16 << 20;
/// Maximum depth of the merge of a generator's template into that of the set.
const MAX_DEPTH: usize = 64;

/// The result of a set.
#[derive(Debug, Default)]
pub(crate) struct Expanded {
    pub(crate) applications: Vec<Document>,
    pub(crate) problems: Vec<FileProblem>,
    /// True if a replacement was too large.
    is_cut: bool,
    /// True if a parameter may become the sources of an Application in the patch of the set.
    is_fed: bool,
}

/// The Applications that a set makes.
pub(crate) fn expand(tree: &Tree<'_>, set: &Document) -> Expanded {
    let mut done = Expanded::default();
    let Some(spec) = set.root.get("spec") else { return done };
    let Some(template) = spec.get("template") else { return done };
    let go = is_true(spec.get("goTemplate"));
    let written = spec.get("generators").map(Node::items).unwrap_or_default();
    // The strings of a set in a chart are templates of Helm too.
    let in_chart = tree.is_chart_template(set.root.site().file.path());
    let patch = spec.get("templatePatch");
    let written_by_patch = patches::written(patch.and_then(Node::scalar).unwrap_or_default());
    let making = Making { set, go, written_by_patch, is_strict: !written.is_empty() && !in_chart };
    let mut generators = Generators::new(tree, go);
    if written.is_empty() {
        done.application(template, &Parameters::default(), &making);
    }
    let mut made = 0;
    'all: for generator in written {
        for (key, node) in kinds(generator) {
            let template = match node.get("template") {
                Some(own) => merged_template(template, own, 0),
                None => template.clone(),
            };
            for parameters in generators.of_kind(generator, (key, node), 0) {
                made += template.site().span.range().len().max(1);
                if done.applications.len() >= MAX_APPLICATIONS || made > MAX_MADE {
                    let message = format!(
                        "an ApplicationSet makes more Applications here than {MAX_APPLICATIONS}, or very large ones; the others were not checked"
                    );
                    add(&mut done.problems, unverified(key, "set-size", message));
                    break 'all;
                }
                done.application(&template, &parameters, &making);
            }
        }
    }
    done.problems.extend(patch.and_then(|patch| patches::problem(patch, done.is_fed)));
    if done.is_cut {
        generators.exceeds(template);
    }
    let (problems, files) = generators.into_problems();
    for problem in problems {
        add(&mut done.problems, problem);
    }
    distinguish(&mut done.problems, spec, files);
    done
}

/// The set that makes Applications.
struct Making<'a> {
    set: &'a Document,
    go: bool,
    /// The parameters that the patch of the Applications writes.
    written_by_patch: Written,
    /// True if a template that is not evaluated may decide what is deployed.
    is_strict: bool,
}

impl Expanded {
    fn application(&mut self, template: &Node, parameters: &Parameters, making: &Making<'_>) {
        let root = parameters.put_into(template, making.go, &mut self.is_cut);
        self.unknown(&root, parameters, making);
        self.is_fed |= patches::may_name_sources(&making.written_by_patch, parameters);
        let Some(of_set) = making.set.resource() else { return };
        let resource = Resource {
            api_version: of_set.api_version.clone(),
            kind: "Application".to_owned(),
            namespace: metadata(&root, "namespace").or(of_set.namespace.clone()),
            name: metadata(&root, "name"),
        };
        self.applications.push(Document::new(Arc::new(root), Role::Manifest(resource)));
    }

    /// Reports that the result depends on an unknown value.
    fn unknown(&mut self, root: &Node, parameters: &Parameters, making: &Making<'_>) {
        let Some(spec) = root.get("spec") else { return };
        let mut found = Vec::new();
        for source in sources_of(spec) {
            if parameters.open.is_some() {
                templates::any(source.node, &mut found);
            } else {
                templates::deciding(&source, making.go, &mut found);
            }
        }
        let Some(first) = found.first() else { return };
        let problem = if let Some(key) = &parameters.open {
            let generator = key.scalar().unwrap_or("unknown");
            let message = format!(
                "the result of the {generator} generator of an ApplicationSet is not known here, so images that depend on it are not checked"
            );
            not_checked(key, format!("set-generator {generator}"), message)
        } else {
            let message = "this part of an ApplicationSet's template uses more than names of known \
                           parameters, so what it deploys is not checked";
            // Without Go's templates, an unknown name stays as it is written, and nothing has such a path.
            if making.is_strict && making.go {
                unverified(first, "set-template", message.to_owned())
            } else {
                not_checked(first, "set-template".to_owned(), message.to_owned())
            }
        };
        add(&mut self.problems, problem);
    }
}

fn metadata(root: &Node, key: &str) -> Option<String> {
    root.at(&["metadata", key])?.scalar().map(str::to_owned)
}

/// The template of the set, merged with that of a generator.
fn merged_template(template: &Node, own: &Node, depth: usize) -> Node {
    if !own.is_mapping() && depth == 0 {
        return template.clone();
    }
    if !(template.is_mapping() && own.is_mapping()) || depth > MAX_DEPTH {
        return own.clone();
    }
    let mut all = template.clone();
    own.each_entry(|key, value| {
        // Argo CD fills empty fields from the template of the set.
        if value.is_null() || value.scalar() == Some("") || value.is_sequence() && value.items().is_empty() {
            return;
        }
        let below = key.scalar().and_then(|key| template.get(key));
        let merged = below.map(|below| merged_template(below, value, depth + 1));
        all.insert(key.clone(), merged.unwrap_or_else(|| value.clone()));
    });
    all
}
