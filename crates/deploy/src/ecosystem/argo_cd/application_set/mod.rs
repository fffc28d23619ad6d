//! ApplicationSets: the Applications that they make, as far as the files of the tree determine them. No
//! server is queried: values that depend on clusters and servers stay as they are written, with a notice.

use std::sync::Arc;

use model::Rule;
use model::{FileProblem, Resource};
use yaml::Node;

use crate::document::{Document, Role};
use crate::ecosystem::argo_cd::model::sources_of;
use crate::engine::tree::Tree;

mod generators;
pub(crate) mod glob;
mod parameters;

use generators::{Generators, MAX_APPLICATIONS, kind};
use parameters::Parameters;

/// Maximum number of bytes of all templates of one set.
const MAX_MADE: usize = 16 << 20;
/// Maximum depth of the merge of a generator's template into that of the set.
const MAX_DEPTH: usize = 64;

/// The result of a set.
#[derive(Debug, Default)]
pub(crate) struct Expanded {
    pub(crate) applications: Vec<Document>,
    pub(crate) problems: Vec<FileProblem>,
}

/// The Applications that a set makes.
pub(crate) fn expand(tree: &Tree<'_>, set: &Document) -> Expanded {
    let mut done = Expanded::default();
    let Some(spec) = set.root.get("spec") else { return done };
    let Some(template) = spec.get("template") else { return done };
    let go = spec.get("goTemplate").and_then(Node::scalar) == Some("true");
    let mut generators = Generators::new(tree, go);
    let written = spec.get("generators").map(Node::items).unwrap_or_default();
    let mut made = 0;
    for generator in written.iter().take(MAX_APPLICATIONS) {
        let (key, node) = kind(generator).unwrap_or((generator, generator));
        let template = match node.get("template") {
            Some(own) => merged_template(template, own, 0),
            None => template.clone(),
        };
        for parameters in generators.all(generator, 0) {
            made += template.site().span.range().len().max(1);
            if done.applications.len() >= MAX_APPLICATIONS || made > MAX_MADE {
                let message = format!(
                    "an ApplicationSet makes more Applications here than {MAX_APPLICATIONS}, or very large ones; the others are not checked"
                );
                done.problems.push(not_checked(key, "set-size".to_owned(), message));
                break;
            }
            done.application(&template, &parameters, go, set);
        }
    }
    if written.is_empty() {
        done.application(template, &Parameters::default(), go, set);
    }
    if let Some(patch) = spec.get("templatePatch")
        && patch.scalar().is_some_and(is_about_images)
    {
        let message =
            "the templatePatch of an ApplicationSet is not applied, so images in it are not checked";
        done.problems.push(not_checked(patch, "set-template-patch".to_owned(), message.to_owned()));
    }
    done
}

impl Expanded {
    fn application(&mut self, template: &Node, parameters: &Parameters, go: bool, set: &Document) {
        let root = parameters.put_into(template, go);
        self.unknown(&root, parameters);
        let Some(of_set) = set.resource() else { return };
        let resource = Resource {
            api_version: of_set.api_version.clone(),
            kind: "Application".to_owned(),
            namespace: metadata(&root, "namespace").or(of_set.namespace.clone()),
            name: metadata(&root, "name"),
        };
        self.applications.push(Document::new(Arc::new(root), Role::Manifest(resource)));
    }

    /// Reports that the result depends on an unknown value.
    fn unknown(&mut self, root: &Node, parameters: &Parameters) {
        let Some(spec) = root.get("spec") else { return };
        let mut templates = Vec::new();
        for source in sources_of(spec) {
            if parameters.open.is_some() {
                templated(source.node, 0, &mut templates);
            } else if source.chart.is_none() {
                source.path.into_iter().for_each(|path| add_template(path, &mut templates));
            }
        }
        let Some(first) = templates.first() else { return };
        let problem = if let Some(key) = &parameters.open {
            let generator = key.scalar().unwrap_or("unknown");
            let message = format!(
                "the result of the {generator} generator of an ApplicationSet is not known here, so images that depend on it are not checked"
            );
            not_checked(key, format!("set-generator {generator}"), message)
        } else {
            let message = "this part of an ApplicationSet's template uses more than names of known \
                           parameters, so the folder that it deploys is not checked";
            not_checked(first, "set-template".to_owned(), message.to_owned())
        };
        // One report for each set.
        if !self.problems.iter().any(|known| known.message == problem.message) {
            self.problems.push(problem);
        }
    }
}

fn metadata(root: &Node, key: &str) -> Option<String> {
    root.at(&["metadata", key])?.scalar().map(str::to_owned)
}

/// Adds a string that is a template.
fn add_template<'a>(node: &'a Node, found: &mut Vec<&'a Node>) {
    if node.scalar().unwrap_or_default().contains("{{") {
        found.push(node);
    }
}

/// The first strings with templates in them.
fn templated<'a>(node: &'a Node, depth: usize, found: &mut Vec<&'a Node>) {
    if depth > MAX_DEPTH || !found.is_empty() {
        return;
    }
    add_template(node, found);
    for item in node.items() {
        templated(item, depth + 1, found);
    }
    node.each_entry(|_, value| templated(value, depth + 1, found));
}

fn is_about_images(patch: &str) -> bool {
    ["image", "kustomize", "helm", "chart", "source", "targetRevision"]
        .iter()
        .any(|word| patch.contains(word))
}

/// The template of the set, merged with that of a generator.
fn merged_template(template: &Node, own: &Node, depth: usize) -> Node {
    if !(template.is_mapping() && own.is_mapping()) || depth > MAX_DEPTH {
        return own.clone();
    }
    let mut all = template.clone();
    own.each_entry(|key, value| {
        let below = key.scalar().and_then(|key| template.get(key));
        let merged = below.map(|below| merged_template(below, value, depth + 1));
        all.insert(key.clone(), merged.unwrap_or_else(|| value.clone()));
    });
    all
}

fn not_checked(at: &Node, cause: String, message: String) -> FileProblem {
    let site = at.site();
    let help = "render it and check the result: argocd appset generate … | pullable check -";
    FileProblem {
        rule: Rule::NotChecked,
        path: site.file.path().clone(),
        cause,
        message,
        help: Some(help.to_owned()),
        site: Some(site),
        about: 0,
    }
}
