//! Reading files: their text, and the documents in them.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use model::FileProblem;
use model::Rule;
use source::{ReadError, RepoPath, Site, SourceFile};
use yaml::{self, Broken, Node};

use crate::document::Document;
use crate::engine::broken;
use crate::engine::part::Part;
use crate::engine::tree::Tree;

/// The text of a file; `None` where there is no such file.
///
/// # Errors
/// The problem of a file that cannot be read.
pub(crate) fn read(tree: &Tree<'_>, path: &RepoPath) -> Result<Option<Arc<SourceFile>>, FileProblem> {
    source_file(tree, path, tree.bytes(path, tree.limit(), true))
}

/// The same of a file that is not larger than `limit` bytes, and whose content is data for something else.
///
/// # Errors
/// The problem of a file that cannot be read.
pub(crate) fn read_within(
    tree: &Tree<'_>,
    path: &RepoPath,
    limit: u64,
) -> Result<Option<Arc<SourceFile>>, FileProblem> {
    source_file(tree, path, tree.bytes(path, limit, false))
}

/// The first line of a pointer of Git LFS.
/// Source: <https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md>.
const LFS_POINTER: &str = "version https://git-lfs.github.com/spec/";

fn source_file(
    tree: &Tree<'_>,
    named: &RepoPath,
    bytes: Result<Option<Vec<u8>>, ReadError>,
) -> Result<Option<Arc<SourceFile>>, FileProblem> {
    let path = &tree.real(named);
    match bytes {
        Ok(None) => Ok(None),
        Ok(Some(bytes)) => match SourceFile::decode(path.clone(), bytes) {
            Ok(file) if file.text().starts_with(LFS_POINTER) => {
                let message = "this is a pointer of Git LFS, and the file itself was not read".to_owned();
                let help = Some("fetch it: git lfs pull, or lfs: true of actions/checkout");
                Err(problem_about("", Rule::UnreadableFile, path, message, help, None))
            }
            Ok(file) => Ok(Some(Arc::new(match tree.origin() {
                Some(origin) => file.of_archive(origin),
                None => file,
            }))),
            Err(error) => Err(problem_about("", Rule::UnparseableFile, path, error.to_string(), None, None)),
        },
        Err(error) => {
            let help = match error {
                ReadError::TooLarge { .. } => {
                    "raise --max-file-size if it holds manifests, or ignore the file"
                }
                ReadError::Unreadable(_) => "check its permissions, and that git has its content (git fetch)",
            };
            Err(problem_about("", Rule::UnreadableFile, path, error.to_string(), Some(help), None))
        }
    }
}

/// Visits the documents of a file one by one; what cannot be read is a problem.
pub(crate) fn documents(file: &Arc<SourceFile>, visit: &mut dyn FnMut(Part)) {
    if let Some(problem) = comments_in_json(file) {
        visit(Part::Problem(problem));
    }
    yaml::each_document(file, |found| document(file, found, visit));
}

/// None only if the pattern were wrong, which a test would show.
static JSON_COMMENT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^\s*(?://|/\*)|[,{\[]\s*//").ok());

/// The problem of a manifest in JSON that has comments. Readers of YAML take them for text, so that keys are lost.
fn comments_in_json(file: &SourceFile) -> Option<FileProblem> {
    let text = file.text();
    let is_json = file.path().file_name().to_ascii_lowercase().ends_with(".json");
    if !is_json || !text.contains("\"apiVersion\"") || !JSON_COMMENT.as_ref()?.is_match(text) {
        return None;
    }
    let message =
        "JSON has no comments: kubectl refuses this file, and images in it may not be checked".to_owned();
    Some(problem_about(text, Rule::UnparseableFile, file.path(), message, None, None))
}

/// Visits the documents of a parsed one: those of a list one by one.
pub(crate) fn document(file: &Arc<SourceFile>, found: Result<Node, Broken>, visit: &mut dyn FnMut(Part)) {
    match found {
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
    }
}

/// A problem of this text: another text with the same problem is another.
pub(crate) fn problem_about(
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

/// The message about a document that aliases make larger than anybody deploys.
pub const MULTIPLIED: &str = "the document's aliases multiply beyond bounds; only a part of it was checked";

/// True if a text holds nothing but schemas of custom resources, which are large and deploy no image.
pub(crate) fn is_schemas(text: &str) -> bool {
    let kinds = || text.lines().filter_map(|line| line.strip_prefix("kind:"));
    let mut schemas = 0;
    kinds().all(|kind| {
        schemas += 1;
        kind.trim() == "CustomResourceDefinition"
    }) && schemas > 0
}
