//! The release that a source of a document makes of its chart: name, namespace, values.

use std::sync::Arc;

use model::Release;
use yaml::{self, Node};

use super::chart::FUEL;
use super::embedded::{Embedded, embedded};
use crate::document::{Document, Role};
use crate::ecosystem::argo_cd::model as argo_cd;
use crate::ecosystem::flux::model::HelmRelease;
use crate::ecosystem::kustomize::model::ChartOptions;
use crate::reference::walk::TooMuch;

/// The release name for a chart without a release: the default of `helm template`.
const UNNAMED: &str = "release-name";
/// The namespace if none is written.
const NAMESPACE: &str = "default";
/// The label of a value that a higher layer overrides.
const LAYER: &str = "set by a layer below";

/// A release of a chart.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReleaseOf {
    pub(crate) name: String,
    pub(crate) namespace: String,
    /// The values over the chart's own; a null removes a value of the chart.
    pub(crate) values: Option<Node>,
    /// The options of a kustomization; none for any other release.
    pub(crate) options: Option<Options>,
    /// True if the deployer runs the test hooks.
    pub(crate) runs_tests: bool,
}

/// The options of `helm template` that a kustomization sets.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The version of Kubernetes that templates see.
    pub kube_version: Option<String>,
    /// Further API versions of the cluster.
    pub api_versions: Vec<String>,
    /// True if the definitions of custom resources are a part of the result.
    pub includes_crds: bool,
    /// True if the test hooks are left out.
    pub skips_tests: bool,
    /// True if all hooks are left out.
    pub skips_hooks: bool,
}

/// The release that a source makes; `None` if a part is made by a variable or a template.
pub(crate) fn release_of(document: &Document, at: usize, layers: &[Arc<Node>]) -> Option<ReleaseOf> {
    let release = name_of(document, at)?;
    let embedded = embedded(document).into_iter().find(|embedded| embedded.at == at);
    // The layers of a kustomization hold all of its values.
    let embedded = embedded.filter(|_| document.role != Role::Kustomization);
    let values = stacked(layers, embedded.as_ref()).ok()?;
    let is_made = [&release.name, &release.namespace].into_iter().any(|text| text.contains(['$', '{']));
    (!is_made).then_some(ReleaseOf { values: values.filter(Node::is_mapping), ..release })
}

/// The release that a source of a document makes, as a cluster knows it.
pub(crate) fn release(document: &Document, at: usize) -> Option<Arc<Release>> {
    let ReleaseOf { name, namespace, .. } = name_of(document, at)?;
    Some(Arc::new(Release { by: document.resource().cloned(), name, namespace }))
}

fn name_of(document: &Document, at: usize) -> Option<ReleaseOf> {
    match document.role {
        Role::Values => Some(named(UNNAMED, None)),
        Role::Kustomization => of_kustomization(document, at),
        _ => of_resource(document, at),
    }
}

fn named(name: &str, namespace: Option<&str>) -> ReleaseOf {
    let namespace = namespace.unwrap_or(NAMESPACE).to_owned();
    ReleaseOf { name: name.to_owned(), namespace, ..ReleaseOf::default() }
}

fn of_resource(document: &Document, at: usize) -> Option<ReleaseOf> {
    let resource = document.resource()?;
    let text = |path: &[&str]| document.root.at(path).and_then(Node::text);
    let own = resource.name.as_deref()?;
    if let Some(release) = HelmRelease::read(document) {
        let target = text(&["spec", "targetNamespace"]);
        let prefixed = target.map_or_else(|| own.to_owned(), |target| format!("{target}-{own}"));
        let name = text(&["spec", "releaseName"]).unwrap_or(&prefixed);
        let named = named(name, target.or(resource.namespace.as_deref()));
        return Some(ReleaseOf { runs_tests: release.runs_tests, ..named });
    }
    let source = argo_cd::application_sources(document).into_iter().nth(at)?;
    let name = source.helm.and_then(|helm| helm.get("releaseName")).and_then(Node::text);
    Some(named(name.unwrap_or(own), text(&["spec", "destination", "namespace"])))
}

fn of_kustomization(document: &Document, at: usize) -> Option<ReleaseOf> {
    let entry = ChartOptions::read(document.root.list("helmCharts").get(at)?);
    let options = Options {
        kube_version: entry.kube_version().map(str::to_owned),
        api_versions: entry.api_versions().map(str::to_owned).collect(),
        includes_crds: entry.is_on("includeCRDs"),
        skips_tests: entry.is_on("skipTests"),
        skips_hooks: entry.is_on("skipHooks"),
    };
    let release = named(entry.name().unwrap_or(UNNAMED), entry.namespace());
    Some(ReleaseOf { options: Some(options), ..release })
}

/// The layers, overridden by the values of the document; none if there are no values.
///
/// # Errors
/// [`TooMuch`] if aliases multiply beyond the bound, or the values or a setting cannot be parsed.
fn stacked(layers: &[Arc<Node>], embedded: Option<&Embedded<'_>>) -> Result<Option<Node>, TooMuch> {
    let mut stack = Stack::of(layers)?;
    let Some(embedded) = embedded else { return Ok(stack.all) };
    match embedded.values {
        Some(values) if values.scalar().is_some() => {
            for part in within(values)? {
                stack.push(&part)?;
            }
        }
        Some(values) => stack.push(values)?,
        None => {}
    }
    for set in &embedded.set {
        if set.problem.is_some() {
            return Err(TooMuch);
        }
        let root = stack.all.get_or_insert_with(|| set.value.emptied());
        set.put(root, &mut stack.fuel)?;
    }
    Ok(stack.all)
}

/// The merged layers; `None` if there are none, or if aliases multiply beyond the bound.
pub(crate) fn merged(layers: &[Arc<Node>]) -> Option<Node> {
    Stack::of(layers).ok()?.all
}

/// A stack of values that keeps each null.
struct Stack {
    all: Option<Node>,
    fuel: usize,
}

impl Stack {
    fn of(layers: &[Arc<Node>]) -> Result<Self, TooMuch> {
        let mut stack = Self { all: None, fuel: FUEL };
        for layer in layers {
            stack.push(layer)?;
        }
        Ok(stack)
    }

    fn push(&mut self, over: &Node) -> Result<(), TooMuch> {
        let Some(all) = &mut self.all else {
            self.all = Some(over.target().clone());
            return Ok(());
        };
        if all.merge_keeping_nulls(over, LAYER, &mut self.fuel) { Ok(()) } else { Err(TooMuch) }
    }
}

/// The mappings within a string of values.
fn within(values: &Node) -> Result<Vec<Node>, TooMuch> {
    let (mut parts, mut is_read) = (Vec::new(), true);
    yaml::within(values, |part| match part {
        Ok(root) if root.is_mapping() => parts.push(root),
        Ok(_) => {}
        Err(_) => is_read = false,
    });
    if is_read { Ok(parts) } else { Err(TooMuch) }
}
