//! Helm values within resources: as a mapping, as YAML in a string, and as single settings over both.

use std::collections::HashSet;

use yaml::{self, Meaning, Node, Number};

use crate::document::{Document, Role};
use crate::ecosystem::argo_cd::model::{MAX_SOURCES, Parameter, Source, sources};
use crate::ecosystem::flux::model::{HelmRelease, RELEASE_VALUES};
use crate::ecosystem::helm::set::{Form, Set};

/// The fields of resources that contain Helm values: group, kind, path.
const PLACES: &[(&str, &str, &[&str])] = &[
    ("helm.cattle.io", "HelmChart", &["spec", "valuesContent"]),
    ("helm.cattle.io", "HelmChartConfig", &["spec", "valuesContent"]),
    ("addons.cluster.x-k8s.io", "HelmChartProxy", &["spec", "valuesTemplate"]),
];

/// The fields of resources that contain lists of charts with values: group, kind, path, key.
const LISTS: &[(&str, &str, &[&str], &str)] = &[
    ("config.projectsveltos.io", "ClusterProfile", &["spec", "helmCharts"], "values"),
    ("config.projectsveltos.io", "Profile", &["spec", "helmCharts"], "values"),
];

/// Maximum number of releases of a document: only aliases make more of them.
pub(crate) const MAX_RELEASES: usize = MAX_SOURCES;

/// The values of one release.
pub(crate) struct Embedded<'a> {
    /// The index of the source.
    pub(crate) at: usize,
    /// A mapping, or a string that contains one.
    pub(crate) values: Option<&'a Node>,
    /// Their path in the document.
    pub(crate) path: String,
    /// The values that are set over them.
    pub(crate) set: Vec<Set<'a>>,
    /// The values below them.
    pub(crate) below: Option<&'a Node>,
}

/// The paths of the values in a document.
pub(crate) fn paths_of_values(document: &Document) -> HashSet<String> {
    embedded(document).into_iter().map(|values| values.path).collect()
}

/// The values in a document.
pub(crate) fn embedded(document: &Document) -> Vec<Embedded<'_>> {
    let root = &document.root;
    let mut all = Vec::new();
    for (_, _, path) in PLACES.iter().filter(|(group, kind, _)| document.is(group, kind)) {
        if let Some(values) = root.at(path) {
            all.push(Embedded::new(Some(values), path.join(".")));
        }
    }
    for (_, _, path, key) in LISTS.iter().filter(|(group, kind, ..)| document.is(group, kind)) {
        all.extend(list(root.at(path), &path.join("."), key));
    }
    if document.role == Role::Kustomization {
        all.extend(of_kustomization(document));
    }
    if document.is("helm.cattle.io", "HelmChart") {
        // The values may be left out.
        if all.is_empty() {
            all.push(Embedded::new(None, "spec.valuesContent".to_owned()));
        }
        for embedded in &mut all {
            embedded.set = k3s(root);
        }
    }
    all.extend(HelmRelease::read(document).and_then(|release| of_release(&release, document)));
    for (at, source) in sources(document).iter().enumerate() {
        all.extend(of_source(source, document, at));
    }
    all
}

/// The values in a document itself, each with its path; for a string the values in it.
pub(crate) fn written(document: &Document) -> Vec<(String, Node)> {
    let mut all = Vec::new();
    for Embedded { values, path, .. } in embedded(document).into_iter().take(MAX_RELEASES) {
        let Some(values) = values else { continue };
        if values.scalar().is_none() {
            all.push((path, values.clone()));
            continue;
        }
        yaml::within(values, |part| {
            if let Ok(root) = part {
                all.push((path.clone(), root));
            }
        });
    }
    all
}

impl<'a> Embedded<'a> {
    fn new(values: Option<&'a Node>, path: String) -> Self {
        Self { at: 0, values, path, set: Vec::new(), below: None }
    }

    /// True if there are no values at all.
    fn is_empty(&self) -> bool {
        self.values.is_none() && self.below.is_none() && self.set.is_empty()
    }
}

/// The values below those in the document itself, for a source.
fn below(document: &Document, at: usize) -> Option<&Node> {
    document.beside.values.iter().find(|(index, _)| *index == at).map(|(_, values)| &**values)
}

/// The values of a release of Flux; `None` if there are none.
fn of_release<'a>(release: &HelmRelease<'a>, document: &'a Document) -> Option<Embedded<'a>> {
    let mut embedded = Embedded::new(release.values, RELEASE_VALUES.join("."));
    embedded.below = below(document, 0);
    for (_, name, value) in &document.beside.set {
        embedded.set.push(Set::new(name, value, "spec.valuesFrom".to_owned(), Form::Flux));
    }
    let layers = document.beside.layers.iter().filter(|(at, _)| *at == 0).flat_map(|(_, layers)| layers);
    let is_below = layers.count() > 0;
    for (index, set) in embedded.set.iter_mut().enumerate() {
        if release.values.is_some_and(|values| set.may_lose(values, index == 0 && !is_below)) {
            set.problem.get_or_insert("spec.values sets it too, and may win");
        }
    }
    (!embedded.is_empty()).then_some(embedded)
}

/// The values of the charts that a kustomization renders.
fn of_kustomization(document: &Document) -> Vec<Embedded<'_>> {
    let mut all = Vec::new();
    for (at, chart) in document.root.list("helmCharts").iter().take(MAX_RELEASES + 1).enumerate() {
        let path = format!("helmCharts[{at}].valuesInline");
        let embedded = Embedded::new(chart.get("valuesInline"), path);
        let embedded = Embedded { at, below: below(document, at), ..embedded };
        if !embedded.is_empty() {
            all.push(embedded);
        }
    }
    all
}

fn list<'a>(charts: Option<&'a Node>, path: &str, key: &str) -> Vec<Embedded<'a>> {
    let charts = charts.map(Node::items).unwrap_or_default().iter().take(MAX_RELEASES + 1).enumerate();
    let values = charts.filter_map(|(index, chart)| {
        let path = format!("{path}[{index}].{key}");
        Some(Embedded::new(Some(chart.get(key)?), path))
    });
    values.collect()
}

/// The values of a source of Argo CD: parameters are set over the others. `None` if there are none.
fn of_source<'a>(source: &Source<'a>, document: &'a Document, at: usize) -> Option<Embedded<'a>> {
    let (key, values) = source.values().unzip();
    let mut embedded = Embedded::new(values, format!("{}helm.{}", source.field, key.unwrap_or("parameters")));
    embedded.at = at;
    embedded.below = below(document, at);
    let mut parameters = source.parameters();
    // Helm sets texts last.
    parameters.sort_by_key(|parameter| parameter.is_text);
    for Parameter { node, name, value, is_text, field } in parameters {
        let form = if is_text { Form::ArgoCdText } else { Form::ArgoCd };
        let empty = node.with_text("");
        embedded.set.push(Set::new(name, value.unwrap_or(&empty), field, form));
    }
    for parameter in source.file_parameters() {
        let mut contents = document.beside.set.iter();
        let content = contents.find(|(index, name, _)| *index == at && name == parameter.name);
        let value = match content {
            Some((_, _, content)) => content.clone(),
            None => unread_file(&parameter),
        };
        embedded.set.push(Set::new(parameter.name, &value, parameter.field, Form::ArgoCdFile));
    }
    let is_alone = embedded.set.len() == 1;
    for set in embedded.set.iter_mut().filter(|set| set.is_several() && !is_alone) {
        set.problem.get_or_insert("it sets several values, and Argo CD sets values in any order");
    }
    (!embedded.is_empty()).then_some(embedded)
}

/// A placeholder for the content of a file that is not in the tree.
fn unread_file(parameter: &Parameter<'_>) -> Node {
    let file = parameter.value.unwrap_or(parameter.node);
    file.with_text(&format!("<contents of {}>", file.scalar().unwrap_or("a file")))
}

/// k3s: names with texts, or with integers, which Helm prints as they are written.
fn k3s(root: &Node) -> Vec<Set<'_>> {
    let mut all = Vec::new();
    if let Some(set) = root.at(&["spec", "set"]) {
        set.each_entry(|name, value| {
            let Some(name) = name.scalar() else { return };
            let integer = matches!(value.meaning(), Some(Meaning::Number(Number(n))) if n.fract() == 0.0);
            let digits = value.scalar().is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
            let value = if integer && digits { value.meant(true) } else { value.clone() };
            all.push(Set::new(name, &value, format!("spec.set[{name:?}]"), Form::K3s));
        });
    }
    all
}
