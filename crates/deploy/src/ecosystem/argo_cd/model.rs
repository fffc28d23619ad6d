//! The objects of Argo CD, as far as they decide what is deployed. No other file knows their field names.
//! Source: <https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml>.

use source::RepoPath;
use yaml::Node;

use super::directory::Directory;
use crate::document::{Document, Role};
use crate::engine::path::placed;

pub(crate) mod notifications;

const GROUP: &str = "argoproj.io";

/// The names of fields that contain paths of files in the repository, and the kind that reads files to make
/// Applications.
pub(crate) const FILE_WORDS: &[&str] = &["valueFiles", "fileParameters", "ApplicationSet"];

/// Maximum number of sources of an Application: aliases repeat them.
pub(crate) const MAX_SOURCES: usize = 1000;

/// The source of an Application: `None` for `source`, the index in `sources` otherwise.
pub(crate) type Which = Option<usize>;

/// True if a document is an Application.
pub(crate) fn is_application(document: &Document) -> bool {
    document.is(GROUP, "Application")
}

/// True if a document is an ApplicationSet.
pub(crate) fn is_set(document: &Document) -> bool {
    document.is(GROUP, "ApplicationSet")
}

/// True if a document is an `AppProject`.
pub(crate) fn is_project(document: &Document) -> bool {
    document.is(GROUP, "AppProject")
}

/// True for a boolean that is true, and for the text `true`.
pub(crate) fn is_true(node: Option<&Node>) -> bool {
    node.is_some_and(|node| node.is_true() || node.scalar() == Some("true"))
}

/// True if an API group is that of Argo CD.
pub(crate) fn is_group(group: &str) -> bool {
    group == GROUP
}

/// A source of an Application.
#[derive(Clone, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) which: Which,
    pub(crate) node: &'a Node,
    /// The path of its fields, with the dot: `spec.source.`, `spec.sources[0].`; empty in an override file.
    pub(crate) field: String,
    pub(crate) url: Option<&'a Node>,
    pub(crate) chart: Option<&'a Node>,
    pub(crate) revision: Option<&'a Node>,
    /// Its folder in the repository, as written.
    pub(crate) path: Option<&'a Node>,
    /// The name by which other sources take files from it.
    pub(crate) reference: Option<&'a str>,
    pub(crate) helm: Option<&'a Node>,
    pub(crate) kustomize: Option<&'a Node>,
    /// The plug-in that renders it.
    pub(crate) plugin: Option<&'a Node>,
}

impl<'a> Source<'a> {
    fn read(node: &'a Node, which: Which, field: String) -> Self {
        Self {
            which,
            node,
            field,
            url: node.get("repoURL"),
            chart: node.get("chart"),
            revision: node.get("targetRevision"),
            path: node.get("path"),
            reference: node.get("ref").and_then(Node::scalar),
            helm: node.get("helm"),
            kustomize: node.get("kustomize"),
            plugin: node.get("plugin").filter(|plugin| !plugin.is_null()),
        }
    }

    /// The folder that it deploys, below the folder that its repository is known to be. A chart of a chart
    /// repository has none.
    pub(crate) fn folder(&self, repository: Option<&RepoPath>) -> Option<RepoPath> {
        let path = self.path?.text().filter(|path| self.chart.is_none() && !path.contains("{{"))?;
        placed(repository, path)
    }

    /// The URL of its repository.
    pub(crate) fn repository(&self) -> Option<&'a str> {
        self.url.and_then(Node::scalar)
    }

    /// The files that it takes from a folder of plain manifests.
    pub(crate) fn directory(&self) -> Directory {
        let option = |key| self.node.at(&["directory", key]).and_then(Node::scalar);
        let recurses = is_true(self.node.at(&["directory", "recurse"]));
        Directory::new(recurses, option("include"), option("exclude"))
    }

    /// The `images` that it adds to a kustomization.
    pub(crate) fn images(&self) -> &'a [Node] {
        self.kustomize.map(|kustomize| kustomize.list("images")).unwrap_or_default()
    }

    /// The values files that it names.
    pub(crate) fn value_files(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.helm_items("valueFiles").iter().filter_map(Node::text)
    }

    /// The values in the source, with their key. An object overrides a string.
    pub(crate) fn values(&self) -> Option<(&'static str, &'a Node)> {
        ["valuesObject", "values"].into_iter().find_map(|key| {
            let node = self.helm?.get(key)?;
            (!node.is_null()).then_some((key, node))
        })
    }

    /// Values that are set one by one.
    pub(crate) fn parameters(&self) -> Vec<Parameter<'a>> {
        let mut parameters = Vec::new();
        for (index, node) in self.helm_items("parameters").iter().enumerate() {
            let Some(name) = node.get("name").and_then(Node::scalar) else { continue };
            // Argo CD's image updater writes it in lower case.
            let forced = node.get("forceString").or_else(|| node.get("forcestring"));
            let is_text = is_true(forced);
            let field = format!("{}helm.parameters[{index}].value", self.field);
            parameters.push(Parameter { node, name, value: node.get("value"), is_text, field });
        }
        parameters
    }

    /// Values whose text is the content of a file.
    pub(crate) fn file_parameters(&self) -> Vec<Parameter<'a>> {
        let mut parameters = Vec::new();
        for (index, node) in self.helm_items("fileParameters").iter().enumerate() {
            let Some(name) = node.get("name").and_then(Node::scalar) else { continue };
            let field = format!("{}helm.fileParameters[{index}].path", self.field);
            parameters.push(Parameter { node, name, value: node.get("path"), is_text: true, field });
        }
        parameters
    }

    pub(crate) fn helm_items(&self, key: &str) -> &'a [Node] {
        self.helm.map(|helm| helm.list(key)).unwrap_or_default()
    }
}

/// An entry of `parameters` or `fileParameters`.
#[derive(Clone, Debug)]
pub(crate) struct Parameter<'a> {
    pub(crate) node: &'a Node,
    pub(crate) name: &'a str,
    /// The value, or the path of the file that holds it.
    pub(crate) value: Option<&'a Node>,
    /// True if digits stay text.
    pub(crate) is_text: bool,
    /// The path of the value.
    pub(crate) field: String,
}

/// The sources of an Application, or the one source in an override file beside a chart. At most one more than
/// [`MAX_SOURCES`].
pub(crate) fn sources(document: &Document) -> Vec<Source<'_>> {
    if document.role == Role::Values && is_override(&document.root) {
        return vec![Source::read(&document.root, None, String::new())];
    }
    application_sources(document)
}

/// The sources of an Application; none for another kind.
pub(crate) fn application_sources(document: &Document) -> Vec<Source<'_>> {
    match document.root.get("spec").filter(|_| is_application(document)) {
        Some(spec) => sources_of(spec),
        None => Vec::new(),
    }
}

/// The source that Argo CD's hydrator renders. It takes precedence over all others. Source:
/// <https://argo-cd.readthedocs.io/en/stable/user-guide/source-hydrator/>.
const DRY_SOURCE: [&str; 2] = ["sourceHydrator", "drySource"];

/// The sources of the `spec` of an Application. Argo CD ignores `source` beside `sources`.
pub(crate) fn sources_of(spec: &Node) -> Vec<Source<'_>> {
    if let Some(node) = spec.at(&DRY_SOURCE) {
        return vec![Source::read(node, None, "spec.sourceHydrator.drySource.".to_owned())];
    }
    let several = spec.list("sources");
    let mut sources = Vec::new();
    for (index, node) in several.iter().enumerate().take(MAX_SOURCES + 1) {
        sources.push(Source::read(node, Some(index), format!("spec.sources[{index}].")));
    }
    if let Some(node) = spec.get("source").filter(|_| several.is_empty()) {
        sources.push(Source::read(node, None, "spec.source.".to_owned()));
    }
    sources
}

/// One source of a `spec`, to be changed.
pub(crate) fn source_mut(spec: &mut Node, which: Which) -> Option<&mut Node> {
    match which {
        None if spec.at(&DRY_SOURCE).is_some() => {
            let [hydrator, source] = DRY_SOURCE;
            spec.get_mut(hydrator)?.get_mut(source)
        }
        None => spec.get_mut("source"),
        Some(at) => spec.get_mut("sources")?.items_mut()?.get_mut(at),
    }
}

/// Removes the `images` of one source.
pub(crate) fn remove_images(spec: &mut Node, which: Which) {
    let kustomize = source_mut(spec, which).and_then(|source| source.get_mut("kustomize"));
    _ = kustomize.and_then(|kustomize| kustomize.remove("images"));
}

/// The name of the file whose fields Argo CD merges over every source that names its folder.
pub(super) const OVERRIDE: &str = ".argocd-source.yaml";

/// The names of the files whose fields Argo CD merges over a source of an Application. Source:
/// <https://argo-cd.readthedocs.io/en/stable/user-guide/parameters/#store-overrides-in-git>.
pub(crate) fn override_files(application: &str) -> [String; 2] {
    [OVERRIDE.to_owned(), format!(".argocd-source-{application}.yaml")]
}

fn is_override(root: &Node) -> bool {
    is_override_file(root.site().file.path())
}

/// True if Argo CD merges a file over a source of an Application.
pub(crate) fn is_override_file(path: &RepoPath) -> bool {
    path.file_name().starts_with(".argocd-source")
}

/// The images, without tags, that Argo CD Image Updater updates for an Application.
pub(crate) fn updated_images(document: &Document) -> Vec<String> {
    const LIST: &str = "argocd-image-updater.argoproj.io/image-list";
    if !is_application(document) && !is_set(document) {
        return Vec::new();
    }
    let mut images = Vec::new();
    for holder in [&["metadata"][..], &["spec", "template", "metadata"]] {
        let list = document.root.at(holder).and_then(|metadata| metadata.at(&["annotations", LIST]));
        for entry in list.and_then(Node::scalar).unwrap_or_default().split(',') {
            let image = entry.trim().split_once('=').map_or(entry.trim(), |(_, image)| image.trim());
            // The name is followed by a version constraint, which is not a tag.
            let folder = image.rfind('/').map_or(0, |slash| slash + 1);
            let name = match image.get(folder..).and_then(|name| name.find([':', '@'])) {
                Some(end) => image.get(..folder + end).unwrap_or(image),
                None => image,
            };
            if let Ok((image, _)) = image::parse(name) {
                images.push(image.name());
            }
        }
    }
    images
}
