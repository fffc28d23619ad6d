//! Charts that a run fetched. Their defaults are the lowest layer of the values of the releases that name
//! them.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::chart::Request;
use model::{FileProblem, Rule};
use source::{Memory, ReadError, RepoPath};
use yaml::Node;

use super::chart::Lowest;
use super::sources::released;
use crate::document::{Document, Fetched};
use crate::ecosystem::flux::model::HelmRelease;
use crate::ecosystem::helm::release::template;
use crate::engine::part::Part;
use crate::engine::side::Side;
use crate::engine::survey;
use crate::engine::tree::Tree;
use crate::reference::chart::NamedChart;

/// Maximum size of a file of a chart, in bytes: the limit of Helm.
const MAX_FILE: u64 = 5 << 20;

/// The charts that a run fetched.
#[derive(Clone, Debug, Default)]
pub struct Charts(BTreeMap<Request, Chart>);

/// A chart that a run fetched.
#[derive(Clone, Debug)]
struct Chart {
    /// Its name and version.
    name: Arc<str>,
    files: Memory,
}

impl Charts {
    /// Adds the chart for a request. `name`: its name and version, for reports. `files`: its files, with
    /// paths below its folder.
    pub fn insert(&mut self, request: Request, name: &str, files: Memory) {
        self.0.insert(request, Chart { name: Arc::from(name), files });
    }

    /// Adds the charts of another fetch.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// True if the chart for a request was fetched.
    pub fn has(&self, request: &Request) -> bool {
        self.0.contains_key(request)
    }

    /// The requests for the charts.
    pub fn requests(&self) -> impl Iterator<Item = &Request> {
        self.0.keys()
    }

    /// Surveys the files of each chart.
    ///
    /// # Errors
    /// [`ReadError`] if the files of a chart cannot be listed.
    pub fn survey(&self) -> Result<Surveyed<'_>, ReadError> {
        let mut sides = BTreeMap::new();
        for (request, chart) in &self.0 {
            sides.insert(request, survey::archive(&chart.files, MAX_FILE, &chart.name)?);
        }
        Ok(Surveyed(sides))
    }
}

/// The charts of a run, each with the index of its files.
#[derive(Default)]
pub struct Surveyed<'a>(BTreeMap<&'a Request, Side<'a>>);

impl<'a> Surveyed<'a> {
    /// The chart for a request, if it was fetched.
    pub(crate) fn get(&self, request: &Request) -> Option<&Side<'a>> {
        self.0.get(request)
    }

    /// Merges the layers of the releases of a document over the defaults of the charts that they name. Returns the problems
    /// of files of the charts that hide values.
    pub(crate) fn complete(&self, document: &mut Document) -> Vec<FileProblem> {
        let mut problems = Vec::new();
        for (at, named) in released(document) {
            let side = named.request().and_then(|request| self.get(&request));
            let Some(side) = side else { continue };
            let place = named.deciding().site();
            merge_layers(document, at, &named, &Tree::new(side), &mut |part| {
                if let Part::Problem(problem) = part
                    && problem.rule == Rule::UnreadableFile
                {
                    let message = format!("{} of the chart: {}", problem.path, problem.message);
                    let path = place.file.path().clone();
                    problems.push(FileProblem { message, path, site: Some(place.clone()), ..problem });
                }
            });
        }
        problems
    }
}

fn merge_layers(
    document: &mut Document,
    at: usize,
    named: &NamedChart,
    chart: &Tree<'_>,
    complain: &mut dyn FnMut(Part),
) {
    let own = values_files(document, chart, complain);
    let lowest = if own.is_empty() { Lowest::Own } else { Lowest::Replaced };
    let mut layers = own;
    for (index, below) in &document.beside.layers {
        if *index == at {
            layers.extend(below.iter().cloned());
        }
    }
    // Helm itself reads the other files of a chart that is rendered.
    let is_rendered = document.beside.rendered.contains(&at);
    let mut of_chart = |part| {
        if !is_rendered {
            complain(part);
        }
    };
    let Some(values) = chart.chart_values(&RepoPath::default(), lowest, &layers, &mut of_chart) else {
        return;
    };
    document.beside.values.retain(|(index, _)| *index != at);
    document.beside.values.push((at, Arc::new(values.root)));
    let within = values.within.into_iter().map(Arc::new).collect();
    document.beside.fetched.push(Fetched { at, place: named.deciding().site(), within });
}

/// The values files of the chart that a release of Flux uses instead of its defaults.
pub(crate) fn values_files(
    document: &Document,
    chart: &Tree<'_>,
    complain: &mut dyn FnMut(Part),
) -> Vec<Arc<Node>> {
    let named = HelmRelease::read(document).and_then(|_| template(document)).map(|(named, _)| named);
    let mut files = Vec::new();
    for path in named.map(|named| named.values_files).unwrap_or_default().iter().filter_map(Node::text) {
        let values = chart.document(&RepoPath::new(path), complain);
        files.extend(values.filter(Node::is_mapping).map(Arc::new));
    }
    files
}
