//! Units: what gets deployed together. A unit assembles its documents from a set of files; what the
//! extractors read in them is what the unit deploys.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use crate::finding::FileProblem;
use crate::rule::Rule;
use crate::text::{Files, ReadError, RepoPath, Site, SourceFile};
use crate::yaml;

use super::broken;
use super::document::Document;

/// Something that gets deployed as one.
pub trait Unit: Send + Sync {
    /// Its name in reports, and what its references are compared by.
    fn id(&self) -> &RepoPath;

    /// Reads its documents one by one from `files`; what cannot be read is a problem. Files larger than
    /// `limit` bytes are not read.
    fn assemble(&self, files: &dyn Files, limit: u64, visit: &mut dyn FnMut(Part));
}

/// What a unit is assembled of.
#[derive(Debug)]
pub enum Part {
    /// A document.
    Document(Document),
    /// Something that could not be read.
    Problem(FileProblem),
}

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

    fn problem(&self, rule: Rule, message: String, help: Option<&str>, site: Option<Site>) -> Part {
        self.problem_about("", rule, message, help, site)
    }

    /// A problem of this text: another text with the same problem is another.
    fn problem_about(
        &self,
        about: &str,
        rule: Rule,
        message: String,
        help: Option<&str>,
        site: Option<Site>,
    ) -> Part {
        let (help, about) = (help.map(str::to_owned), broken::hash(about));
        Part::Problem(FileProblem { rule, path: self.path.clone(), message, help, site, about })
    }
}

/// What is said of a document that aliases make larger than anybody deploys.
pub(super) const MULTIPLIED: &str =
    "the document's aliases multiply beyond bounds; only a part of it was checked";

/// None only if the pattern were wrong, which the tests would tell. What every reference needs in its file; the API groups are those of custom resources whose fields say none
/// of the rest. An escape may spell a key in another way.
static MAY_REFER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"mage|[rR]epo|oci:|docker:|pkg\.crossplane\.io|operator\.knative\.dev|apps\.nvidia\.com|\\[xuU]",
    )
    .ok()
});

impl Unit for FileUnit {
    fn id(&self) -> &RepoPath {
        &self.path
    }

    fn assemble(&self, files: &dyn Files, limit: u64, visit: &mut dyn FnMut(Part)) {
        let bytes = match files.read(&self.path, limit) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return,
            Err(error) => {
                let help = match error {
                    ReadError::TooLarge { .. } => Some("raise --max-file-size if it holds manifests"),
                    ReadError::Unreadable(_) => None,
                };
                return visit(self.problem(Rule::UnparseableFile, error.to_string(), help, None));
            }
        };
        let file = match SourceFile::decode(self.path.clone(), bytes) {
            Ok(file) => Arc::new(file),
            Err(error) => return visit(self.problem(Rule::UnparseableFile, error.to_string(), None, None)),
        };
        if MAY_REFER.as_ref().is_some_and(|pattern| !pattern.is_match(file.text())) {
            return;
        }
        if is_chart_template(&self.path, files) {
            let message =
                "Helm templates are not rendered, so images written in them are not checked".to_owned();
            let help = "render them and check the result: helm template … | pullable check -";
            return visit(self.problem_about(file.text(), Rule::NotChecked, message, Some(help), None));
        }
        yaml::each_document(&file, |document| match document {
            Ok(root) => {
                let (documents, all) = Document::classify(root, &self.path);
                for document in documents {
                    visit(Part::Document(document));
                }
                if !all {
                    visit(self.problem(Rule::UnparseableFile, MULTIPLIED.to_owned(), None, None));
                }
            }
            Err(error) => visit(Part::Problem(broken::document(&file, &error))),
        });
    }
}

/// Whether a file is a template of a chart in the repository: below `templates/` beside a `Chart.yaml`.
fn is_chart_template(path: &RepoPath, files: &dyn Files) -> bool {
    path.ancestors().filter(|folder| folder.file_name() == "templates").any(|folder| {
        // Whether it is there is all that matters: nothing of it is read.
        let chart = files.read(&folder.parent().join("Chart.yaml"), 0);
        matches!(chart, Ok(Some(_)) | Err(ReadError::TooLarge { .. }))
    })
}
