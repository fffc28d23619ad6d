//! The renderings that the units of a run need, and their results. The program renders them between the evaluation and the
//! build.

use std::collections::HashMap;
use std::sync::Arc;

use model::{FileProblem, Rule};
use source::{RepoPath, Site, SourceFile};
use yaml::Node;

use crate::document::Document;
use crate::ecosystem::helm::charts_of::{ChartFile, taken};
use crate::ecosystem::helm::fetched::Surveyed;
use crate::ecosystem::helm::rendering::{Options, release_of};
use crate::engine::broken::hash;
use crate::engine::side::Side;

/// The release of a chart that is to be rendered.
#[derive(Clone, Debug)]
pub struct Rendering {
    /// The identity of the rendering among those of the run.
    pub place: Place,
    /// The name of the chart, for reports.
    pub chart: String,
    /// The scalar that decides which chart it is.
    pub named_by: Node,
    /// The files of the chart by their path below its folder, with its subcharts.
    pub files: Vec<(RepoPath, ChartFile)>,
    /// The name of the release.
    pub name: String,
    /// The namespace of the release.
    pub namespace: String,
    /// The values over the chart's own; a null removes a value of the chart.
    pub values: Option<Node>,
    /// Values that replace the chart's own.
    pub defaults: Option<Node>,
    /// The options of a kustomization; none for any other release.
    pub options: Option<Options>,
    /// True if the deployer runs the test hooks.
    pub runs_tests: bool,
    /// The place for all parts of the result that cannot be traced.
    pub fallback: Node,
}

/// A rendering among those of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The index of the unit.
    pub unit: usize,
    /// True for the unit at base.
    pub is_base: bool,
    /// The index of the document that waits.
    pub document: usize,
    /// The index of the source of the document.
    pub source: usize,
}

/// The results of the renderings of a run.
pub type Renderings = HashMap<Place, Rendered>;

/// A release that was rendered, or could not be.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The name of the chart, for reports.
    pub chart: String,
    /// The scalar that decides which chart it is.
    pub named_at: Site,
    /// The result.
    pub outcome: Outcome,
}

/// The result of one rendering.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The roots of the documents, each with the template that made it.
    Documents {
        /// The documents.
        documents: Vec<(RepoPath, Node)>,
        /// True if a template queries the cluster, so that there may be more resources.
        is_open: bool,
        /// The parts that are not traced or not checked.
        gaps: Gaps,
    },
    /// Helm refused the chart: the reason.
    Failed(String),
    /// A deployer may render the chart, but this program does not, or cannot read the result: the reason.
    Unverified(String),
}

/// The parts of a rendered result that are not traced or not checked.
#[derive(Clone, Debug, Default)]
pub struct Gaps {
    /// The number of images in the result.
    pub images: usize,
    /// The images that base does not render and that cannot be traced: the template of each, and the line if it is known.
    pub untraced: Vec<(RepoPath, Option<usize>)>,
    /// The schemas of values that were left out because they refer to other documents.
    pub schemas: Vec<RepoPath>,
}

/// Maximum number of places that a notice names.
const MOST_NAMED: usize = 5;

impl Gaps {
    /// A notice for each kind of gap.
    pub(crate) fn notices(&self, rendered: &Rendered) -> Vec<FileProblem> {
        let mut notices = Vec::new();
        let chart = &rendered.chart;
        if !self.untraced.is_empty() {
            let (missing, all) = (self.untraced.len(), self.images);
            let places = self.untraced.iter().map(|(template, line)| match line {
                Some(line) => format!("{template}:{line}"),
                None => template.to_string(),
            });
            notices.push(notice(
                rendered,
                format!("untraced {chart}"),
                format!(
                    "{missing} of {all} images of the chart {chart} cannot be traced to the characters that decide them"
                ),
                format!("templates make them: {}", named(places.collect())),
            ));
        }
        if !self.schemas.is_empty() {
            notices.push(notice(
                rendered,
                format!("values-schema {chart}"),
                format!(
                    "the values of the chart {chart} are not validated: its schema refers to other \
                         files or URLs"
                ),
                format!("left out: {}", named(self.schemas.iter().map(ToString::to_string).collect())),
            ));
        }
        notices
    }
}

/// The first of several names, and the number of the others.
fn named(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    let names = names.join(", ");
    if more == 0 { names } else { format!("{names} and {more} more") }
}

fn notice(rendered: &Rendered, cause: String, message: String, help: String) -> FileProblem {
    let at = rendered.named_at.clone();
    FileProblem {
        rule: Rule::NotChecked,
        path: at.file.path().clone(),
        about: hash(&message),
        cause,
        message,
        help: Some(help),
        site: Some(at),
    }
}

/// The renderings that a document needs. `place` names the document.
pub(crate) fn renderings(
    document: &Document,
    place: Place,
    side: &Side<'_>,
    charts: &Surveyed<'_>,
) -> Vec<Rendering> {
    let mut all = Vec::new();
    for chart in taken(document) {
        let Some(opened) = chart.open(document, side, charts) else { continue };
        let Some(release) = release_of(document, chart.at, &opened.layers) else { continue };
        all.push(Rendering {
            place: Place { source: chart.at, ..place },
            fallback: placeless(&opened.name),
            chart: opened.name,
            named_by: opened.place,
            files: opened.files,
            name: release.name,
            namespace: release.namespace,
            values: release.values,
            options: release.options,
            runs_tests: release.runs_tests,
            defaults: opened.defaults,
        });
    }
    all
}

/// A scalar that is in no file of the repository. A reference from it is reported at the place that names the
/// chart.
fn placeless(chart: &str) -> Node {
    let file = SourceFile::of_text(RepoPath::new("templates"), chart).of_archive(&Arc::from(chart));
    Node::whole_of(&Arc::new(file))
}

/// The problem of a chart that was not rendered. `may_render`: true if it was rendered at base, or if a deployer may
/// render it.
pub(crate) fn not_rendered(rendered: &Rendered, why: &str, may_render: bool) -> FileProblem {
    let (chart, at) = (&rendered.chart, rendered.named_at.clone());
    let rule = if may_render { Rule::UnreadableFile } else { Rule::NotChecked };
    FileProblem {
        rule,
        path: at.file.path().clone(),
        cause: format!("not-rendered {chart}"),
        message: format!("the chart {chart} cannot be rendered: {why}"),
        help: Some(
            "its values are read instead, and images that only templates write are not checked".to_owned(),
        ),
        about: hash(chart),
        site: Some(at),
    }
}
