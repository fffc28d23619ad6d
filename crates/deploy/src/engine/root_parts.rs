//! The evaluation of a root with one deployer: the documents that it deploys.

use std::sync::Arc;

use model::Rule;
use source::RepoPath;
use yaml::Node;

use crate::document::Document;
use crate::ecosystem::flux::model::PostBuild;
use crate::ecosystem::flux::substitute::{Variables, substituted};
use crate::ecosystem::kustomize;
use crate::ecosystem::kustomize::{Layer, Only};
use crate::engine::file;
use crate::engine::index::is_candidate;
use crate::engine::part::Part;
use crate::engine::root::{Deployer, Root};
use crate::engine::tree::Tree;

/// Visits the documents of a root with this deployer. `only`: the files and folders that are evaluated.
pub(crate) fn each(
    tree: &Tree<'_>,
    root: &Root,
    deployer: Option<&Deployer>,
    only: Only<'_>,
    visit: &mut dyn FnMut(Part),
) {
    match deployer {
        Some(deployer) if is_directory(tree, root) => directory(tree, &root.folder, deployer, only, visit),
        deployer => kustomized(tree, root, deployer, only, visit),
    }
}

/// Records the reads of a root with this deployer, by tracing. The reads of its kustomization by itself are
/// known.
pub(crate) fn trace(tree: &Tree<'_>, root: &Root, deployer: Option<&Deployer>) {
    let Some(deployer) = deployer else { return each(tree, root, None, None, &mut |_| {}) };
    let known = tree.side().graph().kustomizations.get(&root.folder);
    let (Some(known), Some(own)) = (known, tree.kustomization(&root.folder)) else {
        return each(tree, root, Some(deployer), None, &mut |_| {});
    };
    tree.shares(known);
    _ = variables(tree, deployer);
    let sources = vec![Arc::new(own.emptied()), Arc::clone(&deployer.layer)];
    kustomize::build(tree, &Layer { folder: root.folder.clone(), sources }, None);
}

/// True if Argo CD deploys the files of the folder as they are.
fn is_directory(tree: &Tree<'_>, root: &Root) -> bool {
    !root.is_flux() && tree.kustomization(&root.folder).is_none()
}

fn directory(
    tree: &Tree<'_>,
    folder: &RepoPath,
    deployer: &Deployer,
    only: Only<'_>,
    visit: &mut dyn FnMut(Part),
) {
    let (files, listing) = tree.apart(|| tree.files_below(folder));
    if only.is_none() {
        tree.took(&listing);
    }
    for path in files {
        if !deployer.directory.takes(folder, path) || only.is_some_and(|only| !only.contains(path)) {
            continue;
        }
        if tree.is_tracing() {
            tree.resources(path);
            continue;
        }
        if only.is_some() && tree.is_making() {
            for document in tree.deployers_in(path) {
                visit(Part::Document(document.clone()));
            }
            continue;
        }
        match file::read(tree, path) {
            Ok(Some(file)) => file::documents(&file, visit),
            Ok(None) => {}
            Err(problem) => visit(Part::Problem(problem)),
        }
    }
}

fn kustomized(
    tree: &Tree<'_>,
    root: &Root,
    deployer: Option<&Deployer>,
    only: Only<'_>,
    visit: &mut dyn FnMut(Part),
) {
    let variables = deployer.and_then(|deployer| variables(tree, deployer));
    let built = kustomize::build(tree, &layer(tree, root, deployer, only), only);
    for part in built.into_parts() {
        match part {
            Part::Document(document) => with_variables(document, variables.as_ref(), visit),
            problem @ Part::Problem(_) => visit(problem),
        }
    }
}

/// Visits a document with its variables substituted, which may change its kind.
fn with_variables(mut document: Document, variables: Option<&Variables>, visit: &mut dyn FnMut(Part)) {
    let Some(variables) = variables.filter(|_| document.resource().is_some()) else {
        return visit(Part::Document(document));
    };
    let done = substituted(&document.root, variables);
    if let Some((why, site)) = done.hidden {
        let message = format!("the variables of Flux are not put in here: {why}");
        let rule = (Rule::UnreadableFile, "substitution");
        let (path, text) = (site.file.path().clone(), site.text().to_owned());
        visit(Part::Problem(file::problem_about(&text, rule, &path, message, None, Some(site))));
    }
    let Some(root) = done.root else { return visit(Part::Document(document)) };
    if ["apiVersion", "kind"]
        .iter()
        .all(|key| document.root.get(key).map(Node::scalar) == root.get(key).map(Node::scalar))
    {
        document.root = root;
        return visit(Part::Document(document));
    }
    let path = root.site().file.path().clone();
    for made in Document::classify(Arc::unwrap_or_clone(root), &path).0 {
        visit(Part::Document(Document { beside: document.beside.clone(), ..made }));
    }
}

fn layer(tree: &Tree<'_>, root: &Root, deployer: Option<&Deployer>, only: Only<'_>) -> Layer {
    let mut sources = Vec::new();
    match (tree.kustomization(&root.folder), deployer) {
        (Some(own), _) => sources.push(own),
        (None, Some(deployer)) => sources.push(generated(tree, &root.folder, deployer, only)),
        (None, None) => {}
    }
    sources.extend(deployer.map(|deployer| Arc::clone(&deployer.layer)));
    Layer { folder: root.folder.clone(), sources }
}

/// The variables that are substituted after the build; `None` if there is no substitution.
fn variables(tree: &Tree<'_>, deployer: &Deployer) -> Option<Variables> {
    let post_build = PostBuild::read(&deployer.layer).filter(|_| deployer.is_flux())?;
    let mut variables = Variables::default();
    for source in post_build.substitute_from {
        match tree.data_of(source, &deployer.file()) {
            Some(map) => variables.known.extend(map.data),
            // It may exist only in the cluster.
            None => variables.open = true,
        }
    }
    if let Some(own) = post_build.substitute {
        own.each_entry(|key, value| {
            _ = key.scalar().map(|key| variables.known.insert(key.to_owned(), value.clone()));
        });
    }
    Some(variables)
}

/// The kustomization that Flux generates for a folder without one: every manifest below it, and every folder
/// with a kustomization.
fn generated(tree: &Tree<'_>, folder: &RepoPath, deployer: &Deployer, only: Only<'_>) -> Arc<Node> {
    let mut resources: Vec<RepoPath> = Vec::new();
    // The files and folders on the path to a resource are known to exist.
    let (files, listing) = tree.apart(|| tree.files_below(folder));
    if only.is_none() {
        tree.took(&listing);
    }
    for path in files {
        if only.is_some_and(|only| !only.contains(path)) || !is_candidate(path) {
            continue;
        }
        resources.push(kustomized_above(tree, folder, path).unwrap_or_else(|| path.clone()));
    }
    resources.dedup();
    let at = deployer.document.root.at(&["spec", "path"]).unwrap_or(&deployer.document.root);
    let depth = folder.as_str().split('/').filter(|part| !part.is_empty()).count();
    let mut items = Vec::new();
    for path in &resources {
        let relative: Vec<&str> = path.as_str().split('/').skip(depth).collect();
        items.push(Node::text_at(&relative.join("/"), at));
    }
    let list = Node::sequence_at(items, at);
    Arc::new(Node::mapping_at(vec![(Node::text_at("resources", at), list)], at))
}

/// The outermost folder with a kustomization between a folder and a file below it.
fn kustomized_above(tree: &Tree<'_>, folder: &RepoPath, path: &RepoPath) -> Option<RepoPath> {
    let mut found = None;
    for above in path.ancestors().take_while(|above| above != folder) {
        if tree.kustomization(&above).is_some() {
            found = Some(above);
        }
    }
    found
}
