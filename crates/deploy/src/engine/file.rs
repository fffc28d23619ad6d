//! Reading files: their text, and the documents in them.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use model::FileProblem;
use model::Rule;
use source::{DecodeError, ReadError, RepoPath, Site, SourceFile};
use yaml::{Broken, Node};

use crate::document::Document;
use crate::engine::broken;
use crate::engine::part::Part;
use crate::engine::schemas::Documents;
use crate::engine::tree::Tree;

/// The text of a file; `None` if there is no such file.
///
/// # Errors
/// The problem of a file that cannot be read.
pub(crate) fn read(tree: &Tree<'_>, path: &RepoPath) -> Result<Option<Arc<SourceFile>>, FileProblem> {
    source_file(tree, path, tree.bytes(path, tree.limit(), true))
}

/// Like `read`, for a file of at most `limit` bytes whose content is data for another resource.
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

/// The cause of a problem with a file that the system or git cannot read.
pub(crate) const UNREADABLE: &str = "unreadable";

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
                let rule = (Rule::UnreadableFile, "lfs-pointer");
                Err(problem_about("", rule, path, message, help, None))
            }
            Ok(file) => Ok(Some(Arc::new(match tree.origin() {
                Some(origin) => file.of_archive(origin),
                None => file,
            }))),
            Err(error) => Err(not_text(path, &error)),
        },
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// The problem of a file that is not text. kubectl and Argo CD may read a part of it all the same.
fn not_text(path: &RepoPath, error: &DecodeError) -> FileProblem {
    let (rule, help) = match error {
        DecodeError::Utf8 { may_be_read: true, .. } => {
            (Rule::UnreadableFile, Some("kubectl may read a part of it: save it as UTF-8"))
        }
        DecodeError::Utf8 { .. } | DecodeError::Utf16 => (Rule::UnparseableFile, None),
    };
    problem_about("", (rule, "encoding"), path, error.to_string(), help, None)
}

/// The problem of a file that cannot be read.
pub(crate) fn unreadable(path: &RepoPath, error: &ReadError) -> FileProblem {
    let (cause, help) = match error {
        ReadError::TooLarge { .. } => {
            (TOO_LARGE, "raise --max-file-size if it holds manifests, or ignore the file")
        }
        ReadError::Unreadable(_) => {
            (UNREADABLE, "check its permissions, and that git has its content (git fetch)")
        }
    };
    problem_about("", (Rule::UnreadableFile, cause), path, error.to_string(), Some(help), None)
}

/// Visits the documents of a file one by one, without schemas of custom resources; a part that cannot be read is a problem.
pub(crate) fn documents(file: &Arc<SourceFile>, visit: &mut dyn FnMut(Part)) {
    if let Some(problem) = comments_in_json(file) {
        visit(Part::Problem(problem));
    }
    Documents::of(file).each_other(|found| document(file, found, visit));
}

/// Visits all documents of a file of values: Helm reads those too that look like a schema.
pub(crate) fn values(file: &Arc<SourceFile>, visit: &mut dyn FnMut(Part)) {
    yaml::each_document(file, |found| document(file, found, visit));
}

/// `None` only if the pattern is invalid, which a test would show.
static JSON_COMMENT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)^\s*(?://|/\*)|[,{\[]\s*//").ok());

/// The problem of a manifest in JSON that has comments. YAML parsers read the comments as text, so that keys
/// are lost.
fn comments_in_json(file: &SourceFile) -> Option<FileProblem> {
    let text = file.text();
    let is_json = file.path().file_name().to_ascii_lowercase().ends_with(".json");
    if !is_json || !text.contains("\"apiVersion\"") || !JSON_COMMENT.as_ref()?.is_match(text) {
        return None;
    }
    let message =
        "JSON has no comments: kubectl refuses this file, and images in it may not be checked".to_owned();
    Some(problem_about(text, (Rule::UnparseableFile, "json-comments"), file.path(), message, None, None))
}

/// Visits a parsed document: the items of a list one by one.
pub(crate) fn document(file: &Arc<SourceFile>, found: Result<Node, Broken>, visit: &mut dyn FnMut(Part)) {
    match found {
        Ok(root) => {
            let (documents, all) = Document::classify(root, file.path());
            for document in documents {
                visit(Part::Document(document));
            }
            if !all {
                let message = MULTIPLIED.to_owned();
                let rule = (Rule::UnreadableFile, ALIASES);
                let problem = problem_about("", rule, file.path(), message, None, None);
                visit(Part::Problem(problem));
            }
        }
        Err(error) => visit(Part::Problem(broken::document(file, &error))),
    }
}

/// A problem of this text, with the rule and the cause: the same problem of another text is a different one.
pub(crate) fn problem_about(
    about: &str,
    (rule, cause): (Rule, &str),
    path: &RepoPath,
    message: String,
    help: Option<&str>,
    site: Option<Site>,
) -> FileProblem {
    let (help, about) = (help.map(str::to_owned), broken::hash(about));
    FileProblem { rule, path: path.clone(), cause: cause.to_owned(), message, help, site, about }
}

/// The cause of a problem with a file that is larger than the limit.
pub(crate) const TOO_LARGE: &str = "too-large";

/// The cause of a problem with a document that aliases make larger than any deployed document.
pub(crate) const ALIASES: &str = "aliases";

/// The message about a document that aliases make larger than any deployed document.
pub const MULTIPLIED: &str = "the document's aliases multiply beyond bounds; only a part of it was checked";
