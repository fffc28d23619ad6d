//! ApplicationSets: the Applications that they make, as far as the tree says. Nobody is asked: what depends on
//! clusters and servers stays as it is written, and is said.

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

/// Most bytes of templates that are put together for one set.
const MAX_MADE: usize = 16 << 20;
/// Deepest template of a generator that is laid over that of the set.
const MAX_DEPTH: usize = 64;

/// What a set comes to.
#[derive(Debug, Default)]
pub(crate) struct Expanded {
    pub(crate) applications: Vec<Document>,
    pub(crate) problems: Vec<FileProblem>,
}

/// The Applications that a set makes.
pub(crate) fn expand(tree: &Tree<'_>, set: &Document) -> Expanded {
    let mut done = Expanded::default();
    let Some((spec, template)) = set.root.get("spec").and_then(|it| Some((it, it.get("template")?))) else {
        return done;
    };
    let go = spec.get("goTemplate").and_then(Node::scalar) == Some("true");
    let mut generators = Generators::new(tree, go);
    let written = spec.get("generators").map(Node::items).unwrap_or_default();
    let mut made = 0;
    for generator in written.iter().take(MAX_APPLICATIONS) {
        let own = kind(generator).and_then(|(_, kind)| kind.get("template"));
        let template = own.map_or_else(|| template.clone(), |own| laid_over(template, own, 0));
        for parameters in generators.all(generator, 0) {
            made += template.site().span.range().len().max(1);
            if done.applications.len() >= MAX_APPLICATIONS || made > MAX_MADE {
                let message = format!(
                    "an ApplicationSet makes more Applications here than {MAX_APPLICATIONS}, or very large ones; the others are not checked"
                );
                done.problems.push(not_checked(kind(generator).map_or(generator, |(key, _)| key), message));
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
        done.problems.push(not_checked(patch, message.to_owned()));
    }
    done
}

impl Expanded {
    fn application(&mut self, template: &Node, parameters: &Parameters, go: bool, set: &Document) {
        let root = parameters.put_into(template, go);
        self.unknown(&root, parameters);
        let text = |path: &[&str]| root.at(path).and_then(Node::scalar).map(str::to_owned);
        let resource = Resource {
            api_version: set.resource().map(|it| it.api_version.clone()).unwrap_or_default(),
            kind: "Application".to_owned(),
            namespace: text(&["metadata", "namespace"])
                .or_else(|| set.resource().and_then(|it| it.namespace.clone())),
            name: text(&["metadata", "name"]),
        };
        self.applications.push(Document::new(Arc::new(root), Role::Manifest(resource)));
    }

    /// Says where what is deployed depends on what is not known.
    fn unknown(&mut self, root: &Node, parameters: &Parameters) {
        let Some(spec) = root.get("spec") else { return };
        let mut templates = Vec::new();
        for source in sources_of(spec) {
            if parameters.open.is_some() {
                templated(source.node, 0, &mut templates);
            } else if source.chart.is_none() {
                templates.extend(source.path.filter(|path| is_template(path)));
            }
        }
        let Some(first) = templates.first() else { return };
        let problem = if let Some(key) = &parameters.open {
            let what = key.scalar().unwrap_or("unknown");
            let message = format!(
                "what the {what} generator of an ApplicationSet finds is not known here, so what depends on it is not checked"
            );
            not_checked(key, message)
        } else {
            let message = "this part of an ApplicationSet's template is more than names of known parameters, so the folder that it makes is not checked";
            not_checked(first, message.to_owned())
        };
        // Once for a set.
        if !self.problems.iter().any(|said| said.message == problem.message) {
            self.problems.push(problem);
        }
    }
}

fn is_template(node: &Node) -> bool {
    node.scalar().is_some_and(|text| text.contains("{{"))
}

/// The first strings with templates in them.
fn templated<'a>(node: &'a Node, depth: usize, found: &mut Vec<&'a Node>) {
    if depth > MAX_DEPTH || !found.is_empty() {
        return;
    }
    found.extend(Some(node).filter(|node| is_template(node)));
    node.items().iter().for_each(|item| templated(item, depth + 1, found));
    node.each_entry(|_, value| templated(value, depth + 1, found));
}

fn is_about_images(patch: &str) -> bool {
    ["image", "kustomize", "helm", "chart", "source", "targetRevision"]
        .iter()
        .any(|word| patch.contains(word))
}

/// A generator's own template over that of the set.
fn laid_over(template: &Node, own: &Node, depth: usize) -> Node {
    if !(template.is_mapping() && own.is_mapping()) || depth > MAX_DEPTH {
        return own.clone();
    }
    let mut all = template.clone();
    own.each_entry(|key, value| {
        let below = key.scalar().and_then(|key| template.get(key));
        let value = below.map_or_else(|| value.clone(), |below| laid_over(below, value, depth + 1));
        all.insert(key.clone(), value);
    });
    all
}

fn not_checked(at: &Node, message: String) -> FileProblem {
    let site = at.site();
    let help = "render it and check the result: argocd appset generate … | pullable check -";
    FileProblem {
        rule: Rule::NotChecked,
        path: site.file.path().clone(),
        message,
        help: Some(help.to_owned()),
        site: Some(site),
        about: 0,
    }
}
