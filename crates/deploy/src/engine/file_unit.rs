//! A file that is deployed on its own, because no root includes it.

use std::sync::LazyLock;

use regex::Regex;

use model::{FileProblem, Rule, UnitId};
use source::RepoPath;

use crate::document::is_kustomization_file;
use crate::engine::file;
use crate::engine::part::Part;
use crate::engine::tree::Tree;
use crate::engine::unit::Unit;
use crate::engine::words::ESCAPES;
use crate::tool_file::is_tool_file;

/// The message about a template of a chart that is not rendered.
pub(crate) const TEMPLATE: &str =
    "Helm templates are not rendered, so images written in them are not checked";

/// A file on its own.
#[derive(Debug)]
pub struct FileUnit {
    path: RepoPath,
}

impl FileUnit {
    /// The unit of a file.
    pub fn new(path: RepoPath) -> Self {
        Self { path }
    }
}

impl Unit for FileUnit {
    fn id(&self) -> UnitId {
        UnitId::File(self.path.clone())
    }

    fn assemble(&self, tree: &Tree<'_>, visit: &mut dyn FnMut(Part)) {
        let is_template = tree.is_chart_template(&self.path);
        if tree.is_tracing() {
            if self.path.file_name() == "Chart.yaml" {
                tree.lock(&self.path.parent());
            }
            return tree.resources(&self.path);
        }
        let file = match file::read(tree, &self.path) {
            Ok(Some(file)) => file,
            Ok(None) => return,
            Err(problem) => return self.report(problem, visit),
        };
        // A kustomization is always read, because one that cannot be parsed has to be reported.
        let refers = may_refer(file.text()) || !is_template && is_tagged(file.text());
        if !refers && !is_kustomization_file(&self.path) {
            return;
        }
        if is_template {
            let message = TEMPLATE.to_owned();
            let help = "render them and check the result: helm template … | pullable check -";
            let rule = (Rule::NotChecked, "template");
            let problem = file::problem_about(file.text(), rule, &self.path, message, Some(help), None);
            return visit(Part::Problem(problem));
        }
        file::documents(&file, &mut |part| match part {
            Part::Document(document) => tree.read(document, visit),
            Part::Problem(problem) => self.report(problem, visit),
        });
    }
}

impl FileUnit {
    /// Reports a problem of the file. A file of another tool may have its own syntax, and may be large.
    fn report(&self, problem: FileProblem, visit: &mut dyn FnMut(Part)) {
        let is_usual = problem.rule == Rule::UnparseableFile || problem.cause == file::TOO_LARGE;
        if !is_usual || !is_tool_file(&self.path) {
            visit(Part::Problem(problem));
        }
    }
}

/// True if a text holds any word that a reference needs.
pub(crate) fn may_refer(text: &str) -> bool {
    MAY_REFER.as_ref().is_none_or(|pattern| pattern.is_match(text))
}

/// True if a text holds a name with a tag or a digest, which may be a reference in any field of a kind that is not known.
fn is_tagged(text: &str) -> bool {
    TAGGED.as_ref().is_none_or(|pattern| pattern.is_match(text))
}

/// `None` only if the pattern is invalid, which the tests would show.
static TAGGED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"/[\w.-]+(?::v?[0-9]|@sha256:)").ok());

/// Every file with a reference contains at least one of these words. The API groups are those of custom
/// resources whose fields contain none of the other words. An escape may spell a key in another way, and so may a tag, as
/// `!!binary`. `None` only if the pattern is invalid, which the tests would show.
static MAY_REFER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let groups = r"pkg\.crossplane\.io|operator\.knative\.dev|apps\.nvidia\.com|extensions\.istio\.io";
    Regex::new(&format!(
        r"mage|MAGE|[rR]epo|oci:|docker:|\.tgz|bundles|HelmChart|{groups}|{ESCAPES}|binary|%TAG"
    ))
    .ok()
});
