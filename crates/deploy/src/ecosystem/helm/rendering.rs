//! The release that a source of a document makes of its chart: name, namespace, values.

use std::sync::Arc;

use yaml::{self, Node};

use super::chart::FUEL;
use super::embedded::{Embedded, embedded};
use crate::document::{Document, Role};
use crate::ecosystem::argo_cd::model as argo_cd;
use crate::ecosystem::flux::model::HelmRelease;
use crate::reference::walk::TooMuch;

/// The name of the release of a chart that nothing names: that of `helm template`.
const UNNAMED: &str = "release-name";
/// The namespace where none is written.
const NAMESPACE: &str = "default";
/// The label of a value that one of a layer above replaces.
const LAYER: &str = "set by a layer below";

/// A release of a chart.
#[derive(Clone, Debug)]
pub(crate) struct ReleaseOf {
    pub(crate) name: String,
    pub(crate) namespace: String,
    /// The values over those of the chart; a null removes one of these.
    pub(crate) values: Option<Node>,
}

/// The release that a source makes; `None` where a part is made by a variable or a template, or where something changes
/// its rendered result in a way that is not followed.
pub(crate) fn release_of(document: &Document, at: usize, layers: &[Arc<Node>]) -> Option<ReleaseOf> {
    let (name, namespace) = name_of(document, at)?;
    let embedded = embedded(document).into_iter().find(|embedded| embedded.at == at);
    let values = stacked(layers, embedded.as_ref()).ok()?;
    Some(ReleaseOf { name, namespace, values: values.filter(Node::is_mapping) })
}

fn name_of(document: &Document, at: usize) -> Option<(String, String)> {
    if document.role == Role::Values {
        return Some((UNNAMED.to_owned(), NAMESPACE.to_owned()));
    }
    let resource = document.resource()?;
    let text = |path: &[&str]| document.root.at(path).and_then(Node::text).map(str::to_owned);
    let own = resource.name.clone()?;
    let (name, namespace) = if let Some(release) = HelmRelease::read(document) {
        if release.post_renderers.iter().any(|(_, kustomize)| patches(kustomize)) {
            return None;
        }
        let target = text(&["spec", "targetNamespace"]);
        let prefixed = target.as_ref().map_or_else(|| own.clone(), |target| format!("{target}-{own}"));
        let name = text(&["spec", "releaseName"]).unwrap_or(prefixed);
        (name, target.or(resource.namespace.clone()))
    } else {
        let source = argo_cd::application_sources(document).into_iter().nth(at)?;
        let name = source.helm.and_then(|helm| helm.get("releaseName")).and_then(Node::text);
        (name.map_or(own, str::to_owned), text(&["spec", "destination", "namespace"]))
    };
    let namespace = namespace.unwrap_or_else(|| NAMESPACE.to_owned());
    let is_made = [&name, &namespace].into_iter().any(|text| text.contains(['$', '{']));
    (!is_made).then_some((name, namespace))
}

/// True if a kustomization patches resources: it may change any image.
fn patches(kustomize: &Node) -> bool {
    let lists = ["patches", "patchesStrategicMerge", "patchesJson6902"];
    lists.iter().any(|key| kustomize.get(key).is_some_and(|patches| patches.site().text().contains("mage")))
}

/// The layers with the values of the document over them; none where there are none at all.
///
/// # Errors
/// [`TooMuch`] where aliases multiply beyond the bound, or the values do not parse.
fn stacked(layers: &[Arc<Node>], embedded: Option<&Embedded<'_>>) -> Result<Option<Node>, TooMuch> {
    let mut stack = Stack::of(layers)?;
    let Some(embedded) = embedded else { return Ok(stack.all) };
    match embedded.values {
        Some(values) if values.scalar().is_some() => {
            for part in within(values)? {
                stack.lay(&part)?;
            }
        }
        Some(values) => stack.lay(values)?,
        None => {}
    }
    for set in &embedded.set {
        let root = stack.all.get_or_insert_with(|| set.value.emptied());
        set.put(root, &mut stack.fuel)?;
    }
    Ok(stack.all)
}

/// Layers as one; `None` where there are none, and where aliases multiply beyond the bound.
pub(crate) fn merged(layers: &[Arc<Node>]) -> Option<Node> {
    Stack::of(layers).ok()?.all
}

/// Values over each other, with each null kept.
struct Stack {
    all: Option<Node>,
    fuel: usize,
}

impl Stack {
    fn of(layers: &[Arc<Node>]) -> Result<Self, TooMuch> {
        let mut stack = Self { all: None, fuel: FUEL };
        for layer in layers {
            stack.lay(layer)?;
        }
        Ok(stack)
    }

    fn lay(&mut self, over: &Node) -> Result<(), TooMuch> {
        let Some(all) = &mut self.all else {
            self.all = Some(over.target().clone());
            return Ok(());
        };
        if all.stack(over, LAYER, &mut self.fuel) { Ok(()) } else { Err(TooMuch) }
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
