//! Helm values within resources: as a mapping, as YAML in a string, and set one by one over both.

use std::collections::HashMap;

use source::Span;
use yaml::{self, Meaning, Node, Number};

use crate::document::{Document, Role};
use crate::ecosystem::argo_cd::references;
use crate::ecosystem::helm::set::Set;
use crate::engine::broken;
use crate::reference::found::Found;
use crate::reference::walk::TooMuch;

/// Where resources hold Helm values: group, kind, path.
const PLACES: &[(&str, &str, &[&str])] = &[
    ("helm.toolkit.fluxcd.io", "HelmRelease", &["spec", "values"]),
    ("helm.cattle.io", "HelmChart", &["spec", "valuesContent"]),
    ("helm.cattle.io", "HelmChartConfig", &["spec", "valuesContent"]),
    ("addons.cluster.x-k8s.io", "HelmChartProxy", &["spec", "valuesTemplate"]),
];

/// Lists of charts that resources hold, each with values: group, kind, path, key.
const LISTS: &[(&str, &str, &[&str], &str)] = &[
    ("config.projectsveltos.io", "ClusterProfile", &["spec", "helmCharts"], "values"),
    ("config.projectsveltos.io", "Profile", &["spec", "helmCharts"], "values"),
];

/// Most releases of a document: only aliases make more of them.
pub(crate) const MAX_RELEASES: usize = 1000;

/// The values of one release.
pub(crate) struct Embedded<'a> {
    /// A mapping, or a string that holds one.
    values: Option<&'a Node>,
    /// Where they stand.
    pub path: String,
    /// What is set over them.
    set: Vec<Set<'a>>,
    /// What lies below them.
    below: Option<&'a Node>,
}

/// The values of one release, put together.
pub(crate) struct Release<'a> {
    /// All of them.
    pub root: &'a Node,
    /// Where they stand.
    pub path: &'a str,
    /// Where those stand that were set one by one, by their span.
    pub set: &'a HashMap<Span, &'a str>,
}

/// The values that a document holds.
pub(crate) fn embedded(document: &Document) -> Vec<Embedded<'_>> {
    let root = &document.root;
    let bare = |values, path| Embedded { values: Some(values), path, set: Vec::new(), below: None };
    let mut all: Vec<Embedded> = Vec::new();
    for (_, _, path) in PLACES.iter().filter(|(group, kind, _)| document.is(group, kind)) {
        all.extend(root.at(path).map(|values| bare(values, path.join("."))));
    }
    for (_, _, path, key) in LISTS.iter().filter(|(group, kind, ..)| document.is(group, kind)) {
        all.extend(list(root.at(path), &path.join("."), key));
    }
    if document.role == Role::Kustomization {
        all.extend(list(root.get("helmCharts"), "helmCharts", "valuesInline"));
    }
    if document.is("helm.cattle.io", "HelmChart") {
        // The values may be left out.
        if all.is_empty() {
            all.push(Embedded {
                values: None,
                path: "spec.valuesContent".to_owned(),
                set: Vec::new(),
                below: None,
            });
        }
        for embedded in &mut all {
            embedded.set = k3s(root);
        }
    }
    let below =
        |at: usize| document.beside.values.iter().find(|(index, _)| *index == at).map(|(_, it)| &**it);
    if document.is("helm.toolkit.fluxcd.io", "HelmRelease")
        && let Some(values) = below(0)
    {
        if all.is_empty() {
            all.push(Embedded { values: None, path: "spec.values".to_owned(), set: Vec::new(), below: None });
        }
        for embedded in &mut all {
            embedded.below = Some(values);
        }
    }
    if document.is("helm.toolkit.fluxcd.io", "HelmRelease") && !document.beside.set.is_empty() {
        if all.is_empty() {
            all.push(Embedded { values: None, path: "spec.values".to_owned(), set: Vec::new(), below: None });
        }
        for embedded in &mut all {
            for (_, name, value) in &document.beside.set {
                embedded.set.push(Set::new(name, value, "spec.valuesFrom".to_owned()));
            }
        }
    }
    let contents = |at: usize| -> HashMap<&str, &Node> {
        let set = document.beside.set.iter().filter(|(index, ..)| *index == at);
        set.map(|(_, name, value)| (name.as_str(), value)).collect()
    };
    let sources = references::sources(document).into_iter().enumerate();
    all.extend(sources.filter_map(|(at, (path, source))| argo(&path, source, below(at), &contents(at))));
    all
}

fn list<'a>(charts: Option<&'a Node>, path: &str, key: &str) -> Vec<Embedded<'a>> {
    let charts = charts.map(Node::items).unwrap_or_default().iter().take(MAX_RELEASES + 1).enumerate();
    let values = charts.filter_map(|(index, chart)| {
        let path = format!("{path}[{index}].{key}");
        Some(Embedded { values: Some(chart.get(key)?), path, set: Vec::new(), below: None })
    });
    values.collect()
}

/// Argo CD's: an object takes the place of a string, and parameters are set over either. `contents`: the files of
/// file parameters that are in the tree, by name.
fn argo<'a>(
    path: &str,
    source: &'a Node,
    below: Option<&'a Node>,
    contents: &HashMap<&str, &Node>,
) -> Option<Embedded<'a>> {
    let helm = source.get("helm").or_else(|| below.map(|_| source))?;
    let written = |key: &'static str| Some((key, helm.get(key).filter(|node| !node.is_null())?));
    let (key, values) = written("valuesObject").or_else(|| written("values")).unzip();
    let items = |key: &str| helm.get(key).map(Node::items).unwrap_or_default().iter().enumerate();
    let mut set: Vec<Set> = Vec::new();
    for (index, parameter) in items("parameters") {
        let Some(name) = parameter.get("name").and_then(Node::scalar) else { continue };
        let field = format!("{path}helm.parameters[{index}].value");
        // Argo CD's image updater writes it in lower case.
        let forced = parameter.get("forceString").or_else(|| parameter.get("forcestring"));
        let forced = forced.and_then(Node::scalar) == Some("true");
        match parameter.get("value") {
            Some(value) if forced => set.push(Set { name, value: value.clone(), field }),
            Some(value) => set.push(Set::new(name, value, field)),
            None => set.push(Set { name, value: parameter.saying(""), field }),
        }
    }
    for (index, parameter) in items("fileParameters") {
        let Some(name) = parameter.get("name").and_then(Node::scalar) else { continue };
        let file = parameter.get("path").unwrap_or(parameter);
        let unknown = || file.saying(&format!("<contents of {}>", file.scalar().unwrap_or("a file")));
        let value = contents.get(name).map_or_else(unknown, |content| (*content).clone());
        set.push(Set { name, value, field: format!("{path}helm.fileParameters[{index}].path") });
    }
    let path = format!("{path}helm.{}", key.unwrap_or("parameters"));
    (values.is_some() || !set.is_empty() || below.is_some()).then_some(Embedded { values, path, set, below })
}

/// k3s': names with texts, or with integers, which print as they are written.
fn k3s(root: &Node) -> Vec<Set<'_>> {
    let mut all = Vec::new();
    if let Some(set) = root.at(&["spec", "set"]) {
        set.each_entry(|name, value| {
            let Some(name) = name.scalar() else { return };
            let integer = matches!(value.meaning(), Some(Meaning::Number(Number(n))) if n.fract() == 0.0);
            let digits = value.scalar().is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
            let value = if integer && digits { value.meant(true) } else { value.clone() };
            all.push(Set::new(name, &value, format!("spec.set[{name:?}]")));
        });
    }
    all
}

/// Reads the values of all releases. Of what aliases repeat no more is read than would fit in the file.
///
/// # Errors
/// [`TooMuch`] where aliases multiply beyond the bound.
pub(crate) fn each_release(
    document: &Document,
    found: &mut Found,
    mut visit: impl FnMut(&Release<'_>, &mut Found) -> Result<(), TooMuch>,
) -> Result<(), TooMuch> {
    let mut fuel = 2 * document.root.site().file.text().len() + (1 << 20);
    let releases = embedded(document);
    if releases.len() > MAX_RELEASES {
        return Err(TooMuch);
    }
    for Embedded { values, path, set, below } in &releases {
        let mut read = |root: &Node, fuel: &mut usize, found: &mut Found| {
            let laid = below.map(|below| laid(below, root, fuel)).transpose()?;
            let root = laid.as_ref().unwrap_or(root);
            let fields: HashMap<Span, &str> =
                set.iter().map(|set| (set.value.site().span, set.field.as_str())).collect();
            if set.is_empty() {
                return visit(&Release { root, path, set: &fields }, found);
            }
            let cost = root.site().span.range().len();
            *fuel = fuel.checked_sub(cost).ok_or(TooMuch)?;
            let mut root = root.target().clone();
            set.iter().try_for_each(|set| set.put(&mut root, fuel))?;
            visit(&Release { root: &root, path, set: &fields }, found)
        };
        let Some(values) = values else {
            read(&document.root.emptied(), &mut fuel, found)?;
            continue;
        };
        let Some(text) = values.scalar() else {
            read(values, &mut fuel, found)?;
            continue;
        };
        fuel = fuel.checked_sub(text.len()).ok_or(TooMuch)?;
        let mut outcome = Ok(());
        yaml::within(values, |document| match document {
            // A document that is empty is what parameters alone are set over.
            Ok(root) if outcome.is_ok() && root.is_mapping() => outcome = read(&root, &mut fuel, found),
            Ok(root) if outcome.is_ok() && root.is_null() => {
                outcome = read(&root.emptied(), &mut fuel, found);
            }
            Ok(_) => {}
            Err(error) => found.problem(broken::in_string(values, &error)),
        });
        outcome?;
    }
    Ok(())
}

/// Values over those that lie below them.
fn laid(below: &Node, values: &Node, fuel: &mut usize) -> Result<Node, TooMuch> {
    let mut all = below.clone();
    *fuel += below.site().file.text().len();
    if all.lay(values, "the default", fuel) { Ok(all) } else { Err(TooMuch) }
}
