//! Documents that cannot be read. The report names the place where the parser stopped, and the number of
//! lines that may name images and were not checked.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, LazyLock};

use regex::Regex;

use crate::document::is_kustomization_file;
use model::FileProblem;
use model::Rule;
use source::{Site, SourceFile, Span};
use yaml::{Broken, Node};

/// `None` only if a pattern is invalid, which the tests would show.
static IMAGE_KEY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?:^|[{,])[\s-]*["']?\w*(?:[iI]mage|repository)["']?\s*:"#).ok());

/// The problem of a document of a file. kustomize stops at a kustomization that it cannot read, so that none
/// of its resources is verified.
pub(crate) fn document(file: &Arc<SourceFile>, broken: &Broken) -> FileProblem {
    if broken.read || !is_kustomization_file(file.path()) {
        return problem(("yaml", "this document"), file, broken);
    }
    FileProblem {
        rule: Rule::UnreadableFile,
        path: file.path().clone(),
        cause: "yaml".to_owned(),
        message: format!("this kustomization cannot be read as YAML: {}", broken.message),
        help: Some("kustomize stops here, and nothing that it deploys was verified".to_owned()),
        site: Some(Site { file: Arc::clone(file), span: shown(file, broken.at) }),
        about: hash(file.slice(broken.document)),
    }
}

/// The problem of YAML in a string. The text of a template is not valid YAML, which is not a fault.
pub(crate) fn in_string(scalar: &Node, broken: &Broken) -> FileProblem {
    let Site { file, span } = scalar.site();
    let text = scalar.scalar().unwrap_or_default();
    if broken.is_ambiguous || !text.contains("{{") && !text.contains("{%") {
        return problem(("yaml-in-string", "the YAML in this string"), &file, broken);
    }
    FileProblem {
        rule: Rule::NotChecked,
        path: file.path().clone(),
        cause: "template-in-string".to_owned(),
        message: "Helm values that a template writes are not rendered, so images in them are not checked"
            .to_owned(),
        help: None,
        site: Some(Site { span: span.part(0..0), file: Arc::clone(&file) }),
        about: hash(text),
    }
}

fn problem((cause, what): (&str, &str), file: &Arc<SourceFile>, broken: &Broken) -> FileProblem {
    let (why, text) = (&broken.message, file.slice(broken.document));
    let (rule, cause, message, help) = if broken.read {
        let message = format!("other YAML parsers refuse {what}: {why}");
        let help = Some("the value of the alias was not checked");
        (Rule::UnparseableFile, format!("alias-{cause}"), message, help)
    } else if broken.is_ambiguous {
        let message = format!("{what} cannot be read, and Kubernetes may read it: {why}");
        let help = Some("write it so that every YAML reader accepts it");
        (Rule::UnreadableFile, format!("ambiguous-{cause}"), message, help)
    } else {
        let message = format!("{what} cannot be read as YAML: {why}{}", unchecked(text));
        (Rule::UnparseableFile, cause.to_owned(), message, None)
    };
    FileProblem {
        rule,
        path: file.path().clone(),
        cause,
        message,
        help: help.map(str::to_owned),
        site: Some(Site { file: Arc::clone(file), span: shown(file, broken.at) }),
        about: hash(if broken.read { file.slice(broken.at) } else { text }),
    }
}

/// The number of lines of a text that may name images.
pub(crate) fn image_lines(text: &str) -> usize {
    let says_image = |line: &&str| IMAGE_KEY.as_ref().is_some_and(|key| key.is_match(line));
    text.lines().filter(says_image).count()
}

/// The number of lines that may name images, as the end of a message.
fn unchecked(text: &str) -> String {
    match image_lines(text) {
        0 => String::new(),
        1 => "; 1 `image:` line in it was not checked".to_owned(),
        n => format!("; {n} `image:` lines in it were not checked"),
    }
}

/// A hash that distinguishes texts with the same problem.
pub(crate) fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The place of an error, at least a character wide so that it can be shown.
fn shown(file: &SourceFile, at: Span) -> Span {
    let rest = file.text().get(at.start as usize..).unwrap_or_default();
    let width = rest.chars().next().filter(|c| !c.is_control()).map_or(0, char::len_utf8);
    at.part(0..width.max(at.range().len()))
}
