//! Files: read, told apart into documents, and deployed on their own where nothing includes them.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use model::FileProblem;
use model::Rule;
use source::{ReadError, RepoPath, Site, SourceFile};
use yaml;

use super::broken;
use super::document::Document;
use super::{Part, Tree, Unit};

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
    fn id(&self) -> &RepoPath {
        &self.path
    }

    fn assemble(&self, tree: &Tree<'_>, visit: &mut dyn FnMut(Part)) {
        let file = match read(tree, &self.path) {
            Ok(Some(file)) => file,
            Ok(None) => return,
            Err(problem) => return visit(Part::Problem(problem)),
        };
        if MAY_REFER.as_ref().is_some_and(|pattern| !pattern.is_match(file.text())) {
            return;
        }
        if tree.is_chart_template(&self.path) {
            let message =
                "Helm templates are not rendered, so images written in them are not checked".to_owned();
            let help = "render them and check the result: helm template … | pullable check -";
            let problem = problem_about(file.text(), Rule::NotChecked, &self.path, message, Some(help), None);
            return visit(Part::Problem(problem));
        }
        documents(&file, &mut |part| match part {
            Part::Document(document) => tree.read(document, visit),
            problem @ Part::Problem(_) => visit(problem),
        });
    }
}

/// The text of a file; `None` where there is no such file.
///
/// # Errors
/// What is to be said of a file that cannot be read.
pub(super) fn read(tree: &Tree<'_>, path: &RepoPath) -> Result<Option<Arc<SourceFile>>, FileProblem> {
    read_within(tree, path, tree.limit)
}

/// The same of a file that is not larger than `limit` bytes.
///
/// # Errors
/// What is to be said of a file that cannot be read.
pub(super) fn read_within(
    tree: &Tree<'_>,
    path: &RepoPath,
    limit: u64,
) -> Result<Option<Arc<SourceFile>>, FileProblem> {
    let unreadable = |message: String, help: Option<&str>| {
        problem_about("", Rule::UnparseableFile, path, message, help, None)
    };
    match tree.files.read(path, limit) {
        Ok(None) => Ok(None),
        Ok(Some(bytes)) => match SourceFile::decode(path.clone(), bytes) {
            Ok(file) => Ok(Some(Arc::new(file))),
            Err(error) => Err(unreadable(error.to_string(), None)),
        },
        Err(error) => {
            let help = match error {
                ReadError::TooLarge { .. } => Some("raise --max-file-size if it holds manifests"),
                ReadError::Unreadable(_) => None,
            };
            Err(unreadable(error.to_string(), help))
        }
    }
}

/// Visits the documents of a file one by one; what cannot be read is a problem.
pub(super) fn documents(file: &Arc<SourceFile>, visit: &mut dyn FnMut(Part)) {
    yaml::each_document(file, |document| match document {
        Ok(root) => {
            let (documents, all) = Document::classify(root, file.path());
            for document in documents {
                visit(Part::Document(document));
            }
            if !all {
                let message = MULTIPLIED.to_owned();
                let problem = problem_about("", Rule::UnparseableFile, file.path(), message, None, None);
                visit(Part::Problem(problem));
            }
        }
        Err(error) => visit(Part::Problem(broken::document(file, &error))),
    });
}

/// A problem of this text: another text with the same problem is another.
fn problem_about(
    about: &str,
    rule: Rule,
    path: &RepoPath,
    message: String,
    help: Option<&str>,
    site: Option<Site>,
) -> FileProblem {
    let (help, about) = (help.map(str::to_owned), broken::hash(about));
    FileProblem { rule, path: path.clone(), message, help, site, about }
}

/// What is said of a document that aliases make larger than anybody deploys.
pub const MULTIPLIED: &str = "the document's aliases multiply beyond bounds; only a part of it was checked";

/// What every reference needs in its file; the API groups are those of custom resources whose fields say none
/// of the rest. An escape may spell a key in another way. None only if the pattern were wrong, which the tests
/// would tell.
static MAY_REFER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let groups = r"pkg\.crossplane\.io|operator\.knative\.dev|apps\.nvidia\.com|extensions\.istio\.io";
    Regex::new(&format!(r"mage|[rR]epo|oci:|docker:|\.tgz|bundles|{groups}|\\[xuU]")).ok()
});

/// Whether a text holds nothing but schemas of custom resources, which are large and deploy no image.
pub(super) fn is_schemas(text: &str) -> bool {
    let kinds = || text.lines().filter_map(|line| line.strip_prefix("kind:"));
    let mut schemas = 0;
    kinds().all(|kind| {
        schemas += 1;
        kind.trim() == "CustomResourceDefinition"
    }) && schemas > 0
}
