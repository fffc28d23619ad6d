//! The objects of Flux, as far as they decide what is deployed. No other file knows their field names.
//! Source: <https://fluxcd.io/flux/components/>.

use source::{RepoPath, Site};
use yaml::Node;

use crate::document::Document;
use crate::engine::path::placed;

pub(crate) mod notifications;

const KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io";
const HELM: &str = "helm.toolkit.fluxcd.io";
const SOURCE: &str = "source.toolkit.fluxcd.io";
const IMAGE: &str = "image.toolkit.fluxcd.io";
const OPERATOR: &str = "fluxcd.controlplane.io";

/// The source that `flux bootstrap` makes of the repository itself.
const OWN_SOURCE: &str = "flux-system";

/// The field names of a Kustomization that do not change other resources.
pub(crate) const PLAIN_FIELDS: &[&str] = &[
    "interval",
    "retryInterval",
    "timeout",
    "path",
    "prune",
    "wait",
    "force",
    "suspend",
    "sourceRef",
    "dependsOn",
    "decryption",
    "healthChecks",
    "healthCheckExprs",
    "deletionPolicy",
    "serviceAccountName",
    "targetNamespace",
];

/// The names of fields that contain paths of files in the repository. If none occurs in its files, a document
/// of Flux reads charts and looks up resources, but names no other file.
pub(crate) const FILE_WORDS: &[&str] = &["valuesFiles"];

/// A reference to a source object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SourceRef<'a> {
    pub(crate) kind: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) namespace: Option<&'a str>,
}

impl<'a> SourceRef<'a> {
    fn read(holder: &'a Node) -> Self {
        holder.get("sourceRef").map(Self::of).unwrap_or_default()
    }

    /// True if it names a `GitRepository`.
    pub(crate) fn is_git(&self) -> bool {
        self.kind == Some("GitRepository")
    }

    fn of(node: &'a Node) -> Self {
        let text = |key| node.get(key).and_then(Node::scalar);
        Self { kind: text("kind"), name: text("name"), namespace: text("namespace") }
    }
}

/// A `Kustomization`, which deploys a folder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kustomization<'a> {
    /// Its fields, which are merged over the folder's kustomization.
    pub(crate) spec: &'a Node,
    pub(crate) source: SourceRef<'a>,
    path: &'a str,
}

impl<'a> Kustomization<'a> {
    pub(crate) fn is(document: &Document) -> bool {
        document.is(KUSTOMIZE, "Kustomization")
    }

    /// True if it deploys the whole repository because it names no path.
    pub(crate) fn lacks_path(document: &Document) -> bool {
        Self::is(document) && document.root.at(&["spec", "path"]).is_none()
    }

    /// Reads a document; `None` for another kind.
    pub(crate) fn read(document: &'a Document) -> Option<Self> {
        let spec = document.root.get("spec").filter(|_| Self::is(document))?;
        let path = spec.get("path").and_then(Node::text).unwrap_or_default();
        Some(Self { spec, source: SourceRef::read(spec), path: path.trim_start_matches('/') })
    }

    /// The folder that it deploys, below the folder that its repository is known to be; `None` for a path
    /// with variables, and for one outside of the repository.
    pub(crate) fn folder(&self, repository: Option<&RepoPath>) -> Option<RepoPath> {
        let own = (self.source.name == Some(OWN_SOURCE)).then(RepoPath::default);
        let path = Some(self.path).filter(|path| !path.contains('$'))?;
        placed(repository.or(own.as_ref()), path)
    }
}

/// `postBuild` of a Kustomization: the variables that are substituted in the resources.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PostBuild<'a> {
    /// The entries, each of which names a config map or a secret.
    pub(crate) substitute_from: &'a [Node],
    pub(crate) substitute: Option<&'a Node>,
}

impl<'a> PostBuild<'a> {
    /// Reads the `spec` of a Kustomization.
    pub(crate) fn read(spec: &'a Node) -> Option<Self> {
        let node = spec.get("postBuild")?;
        Some(Self { substitute_from: node.list("substituteFrom"), substitute: node.get("substitute") })
    }
}

/// True if an object opts out of the substitution of variables.
pub(crate) fn is_substitution_disabled(root: &Node) -> bool {
    ["labels", "annotations"].iter().any(|holder| {
        let set = root.at(&["metadata", holder, "kustomize.toolkit.fluxcd.io/substitute"]);
        set.and_then(Node::scalar) == Some("disabled")
    })
}

/// A chart that a `HelmRelease` or a `HelmChart` names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChartTemplate<'a> {
    /// The path of the fields: `spec.chart.spec`, `spec`.
    pub(crate) path: &'static str,
    /// The name of the chart, or its path within a repository of files.
    pub(crate) chart: Option<&'a Node>,
    pub(crate) version: Option<&'a Node>,
    pub(crate) source: SourceRef<'a>,
    /// Values files of the chart.
    pub(crate) values_files: &'a [Node],
}

impl<'a> ChartTemplate<'a> {
    /// Reads a document; `None` for a kind without a chart, and for a release with `chartRef`.
    pub(crate) fn read(document: &'a Document) -> Option<Self> {
        let spec = document.root.get("spec")?;
        let (node, path) = if document.is(HELM, "HelmRelease") {
            (spec.at(&["chart", "spec"])?, "spec.chart.spec")
        } else if document.is(SOURCE, "HelmChart") {
            (spec, "spec")
        } else {
            return None;
        };
        Some(Self {
            path,
            chart: node.get("chart"),
            version: node.get("version"),
            source: SourceRef::read(node),
            values_files: node.list("valuesFiles"),
        })
    }

    /// The name of the `HelmRepository` that it comes from.
    pub(crate) fn repository(&self) -> Option<&'a str> {
        self.source.name.filter(|_| self.source.kind == Some("HelmRepository"))
    }

    /// Its folder in a repository of files. The repository is known to be a folder of this tree, or unknown.
    pub(crate) fn folder(&self, repository: Option<&RepoPath>) -> Option<RepoPath> {
        let path = self.chart?.text().filter(|_| self.source.kind != Some("HelmRepository"))?;
        let folder = repository.cloned().unwrap_or_default();
        placed(Some(&folder), path.trim_start_matches('/'))
    }
}

/// A `HelmRelease`.
#[derive(Clone, Debug)]
pub(crate) struct HelmRelease<'a> {
    pub(crate) values: Option<&'a Node>,
    pub(crate) values_from: Vec<ValuesFrom<'a>>,
    /// The object that its chart comes from, in place of `chart`.
    pub(crate) chart_ref: Option<SourceRef<'a>>,
    /// The kustomizations that change the rendered result, by the index of the renderer.
    pub(crate) post_renderers: Vec<(usize, &'a Node)>,
    /// True if the test hooks of the chart are run.
    pub(crate) runs_tests: bool,
}

/// The path of the values in a release itself.
pub(crate) const RELEASE_VALUES: [&str; 2] = ["spec", "values"];

/// An entry of `valuesFrom`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValuesFrom<'a> {
    /// The entry, which names a config map or a secret.
    pub(crate) node: &'a Node,
    pub(crate) key: &'a str,
    /// The single value that it sets, over all others.
    pub(crate) target_path: Option<&'a str>,
}

impl<'a> HelmRelease<'a> {
    /// Reads a document; `None` for another kind.
    pub(crate) fn read(document: &'a Document) -> Option<Self> {
        let spec = document.root.get("spec").filter(|_| document.is(HELM, "HelmRelease"))?;
        let mut values_from = Vec::new();
        for node in spec.list("valuesFrom") {
            let key = node.get("valuesKey").and_then(Node::scalar).unwrap_or("values.yaml");
            let target_path = node.get("targetPath").and_then(Node::scalar);
            values_from.push(ValuesFrom { node, key, target_path });
        }
        let mut post_renderers = Vec::new();
        for (index, renderer) in spec.list("postRenderers").iter().enumerate() {
            post_renderers.extend(renderer.get("kustomize").map(|kustomize| (index, kustomize)));
        }
        let values = spec.get("values");
        let chart_ref = spec.get("chartRef").map(SourceRef::of);
        let runs_tests = spec.at(&["test", "enable"]).is_some_and(Node::is_true);
        Some(Self { values, values_from, chart_ref, post_renderers, runs_tests })
    }
}

/// True if a document is a source of this kind.
pub(crate) fn is_source(document: &Document, kind: &str) -> bool {
    document.is(SOURCE, kind)
}

/// A `HelmRepository`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HelmRepository<'a> {
    pub(crate) url: Option<&'a Node>,
    /// True if it names a secret with credentials.
    pub(crate) has_secret: bool,
    pub(crate) namespace: Option<&'a str>,
}

impl<'a> HelmRepository<'a> {
    /// Reads a document; `None` for another kind.
    pub(crate) fn read(document: &'a Document) -> Option<Self> {
        if !document.is(SOURCE, "HelmRepository") {
            return None;
        }
        let namespace = document.resource().and_then(|resource| resource.namespace.as_deref());
        Some(Self { namespace, ..repository(&document.root) })
    }

    /// Its URL as text.
    pub(crate) fn url_text(&self) -> Option<&'a str> {
        self.url.and_then(Node::scalar)
    }
}

/// A `HelmRepository` by the root of its document.
pub(crate) fn repository(root: &Node) -> HelmRepository<'_> {
    let has_secret = root.at(&["spec", "secretRef", "name"]).is_some();
    HelmRepository { url: root.at(&["spec", "url"]), has_secret, namespace: None }
}

/// The URL of a `GitRepository`; `None` for another kind.
pub(crate) fn git_url(document: &Document) -> Option<&str> {
    document.root.at(&["spec", "url"]).filter(|_| is_git_repository(document))?.text()
}

/// True if a document is a `GitRepository`.
pub(crate) fn is_git_repository(document: &Document) -> bool {
    document.is(SOURCE, "GitRepository")
}

/// The revision of an `OCIRepository` that Flux uses: the digest takes precedence over the range of versions,
/// and the range over the tag. A tag beside a digest serves readers, and tools that update both.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OciRevision<'a> {
    Digest(&'a Node, Option<&'a Node>),
    Range(&'a Node),
    /// The tag; without one it is `latest`.
    Tag(Option<&'a Node>),
}

/// An `OCIRepository`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OciRepository<'a> {
    pub(crate) url: Option<&'a Node>,
    pub(crate) revision: OciRevision<'a>,
}

impl<'a> OciRepository<'a> {
    /// Reads a document; `None` for another kind.
    pub(crate) fn read(document: &'a Document) -> Option<Self> {
        let spec = document.root.get("spec").filter(|_| document.is(SOURCE, "OCIRepository"))?;
        let written = |key| spec.at(&["ref", key]).filter(|node| !node.is_null());
        let revision = match (written("digest"), written("semver")) {
            (Some(digest), _) => OciRevision::Digest(digest, written("tag")),
            (None, Some(range)) => OciRevision::Range(range),
            (None, None) => OciRevision::Tag(written("tag")),
        };
        Some(Self { url: spec.get("url"), revision })
    }
}

/// A `FluxInstance`, which installs Flux.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instance<'a> {
    /// The patches of the manifests of Flux.
    pub(crate) kustomize: Option<&'a Node>,
    /// The URL of the artifact that Flux synchronizes.
    pub(crate) artifact: Option<&'a Node>,
    /// Its tag.
    pub(crate) tag: Option<&'a Node>,
}

/// Reads a `FluxInstance`; `None` for another kind.
pub(crate) fn instance(document: &Document) -> Option<Instance<'_>> {
    let spec = document.root.get("spec").filter(|_| document.is(OPERATOR, "FluxInstance"))?;
    let sync = spec.get("sync");
    let sync = sync.filter(|sync| sync.get("kind").and_then(Node::scalar) == Some("OCIRepository"));
    Some(Instance {
        kustomize: spec.get("kustomize"),
        artifact: sync.and_then(|sync| sync.get("url")),
        tag: sync.and_then(|sync| sync.get("ref")),
    })
}

/// The image of an `ImageRepository`, whose tags Flux watches.
pub(crate) fn watched_image(document: &Document) -> Option<&Node> {
    document.root.at(&["spec", "image"]).filter(|_| document.is(IMAGE, "ImageRepository"))
}

/// An `ImageUpdateAutomation`, which edits lines with markers in Git.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImageUpdate<'a> {
    spec: &'a Node,
}

impl<'a> ImageUpdate<'a> {
    /// Reads a document; `None` for another kind.
    pub(crate) fn read(document: &'a Document) -> Option<Self> {
        let spec = document.root.get("spec").filter(|_| document.is(IMAGE, "ImageUpdateAutomation"))?;
        Some(Self { spec })
    }

    /// The folder that it edits; the whole repository if it names none.
    pub(crate) fn folder(self) -> RepoPath {
        let path = self.spec.at(&["update", "path"]).and_then(Node::text).unwrap_or_default();
        RepoPath::new(path.trim_start_matches('/'))
    }

    /// The edit that suspends it: a place, and the text that replaces it; `None` if `spec` is not written in
    /// block style.
    pub(crate) fn hold(self) -> Option<(Site, String)> {
        if let Some(node) = self.spec.get("suspend") {
            return Some((node.site(), "true".to_owned()));
        }
        let (first, _) = self.spec.entries().first()?;
        let site = first.site();
        let start = site.span.range().start;
        let before = site.file.text().get(..start)?;
        let indentation = before.rsplit('\n').next()?;
        if indentation.is_empty() || !indentation.chars().all(|c| c == ' ') {
            return None;
        }
        let end = if before.ends_with("\r\n") || before.contains("\r\n") { "\r\n" } else { "\n" };
        Some((site.part(0..0), format!("suspend: true{end}{indentation}")))
    }
}
