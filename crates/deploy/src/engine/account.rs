//! The account of a change: a changed file below a chart or a deployed folder is read by a unit, or belongs
//! to a class that deploys nothing, or is reported.

use std::collections::BTreeSet;

use model::{FileProblem, Rule};
use source::RepoPath;
use source::change::Change;

use crate::engine::file;
use crate::engine::file_unit::may_refer;
use crate::engine::side::Side;
use crate::engine::tree::Tree;

/// Endings of files that deploy nothing: documentation, pictures, source code, and files of tools.
const HARMLESS_ENDINGS: &[&str] = &[
    ".md",
    ".rst",
    ".adoc",
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".svg",
    ".webp",
    ".ico",
    ".pdf",
    ".drawio",
    ".puml",
    ".go",
    ".mod",
    ".sum",
    ".py",
    ".js",
    ".ts",
    ".rs",
    ".java",
    ".kt",
    ".rb",
    ".sh",
    ".bash",
    ".ps1",
    ".css",
    ".html",
    ".lock",
    ".gotmpl",
    ".libsonnet",
    ".jsonnet",
    ".rego",
    ".sql",
    ".pem",
    ".crt",
    ".key",
    ".asc",
    ".sops",
];
/// Names of files that deploy nothing, with or without an ending.
const HARMLESS_NAMES: &[&str] = &[
    "README",
    "LICENSE",
    "LICENCE",
    "NOTICE",
    "CHANGELOG",
    "OWNERS",
    "CODEOWNERS",
    "MAINTAINERS",
    "CONTRIBUTING",
    "Makefile",
    "Justfile",
    "Tiltfile",
    "Dockerfile",
    "NOTES",
    "values.schema",
    "Chart.lock",
    "requirements.lock",
];

/// The changed files that no unit read.
#[derive(Debug, Default)]
pub struct Account {
    /// Problems of the files below a chart or a deployed folder that may deploy objects.
    pub problems: Vec<FileProblem>,
    /// The other files, unless they belong to a class that deploys nothing.
    pub unread: Vec<RepoPath>,
}

/// Accounts for the files of a change. `read`: the changed files that a unit read. `rendered`: the folders of
/// the rendered charts, and the files of their values.
pub fn account(
    head: &Side<'_>,
    changes: &[Change],
    read: &BTreeSet<RepoPath>,
    rendered: &BTreeSet<RepoPath>,
) -> Account {
    let tree = Tree::new(head);
    let mut account = Account::default();
    for change in changes {
        let Some(path) = change.head.as_ref().filter(|path| head.index.has_file(path)) else { continue };
        if is_harmless(path) {
            continue;
        }
        if is_rendered(rendered, path) {
            continue;
        }
        let chart = chart_of(head, path);
        if let Some(chart) = &chart
            && let Some(why) = of_chart(&tree, chart, path, read.contains(path))
        {
            account.problems.push(not_checked(path, why));
        } else if read.contains(path) {
            // A unit read it.
        } else if chart.is_none() && is_deployed(head, path) {
            let message = "no unit reads this file of a deployed folder, so it was not checked";
            account.problems.push(not_checked(path, ("file-of-folder", message)));
        } else {
            account.unread.push(path.clone());
        }
    }
    account
}

/// True if a file belongs to a class that deploys nothing.
fn is_harmless(path: &RepoPath) -> bool {
    let name = path.file_name();
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let is_named = HARMLESS_NAMES
        .iter()
        .any(|known| name == *known || stem == *known || name.starts_with(&format!("{known}.")));
    let lower = name.to_ascii_lowercase();
    is_named
        || name.starts_with(".git")
        || name == ".helmignore"
        || HARMLESS_ENDINGS.iter().any(|end| lower.ends_with(end))
}

/// True if a file belongs to a rendered chart, or has values of a rendered release.
pub(crate) fn is_rendered(rendered: &BTreeSet<RepoPath>, path: &RepoPath) -> bool {
    rendered.contains(path) || path.ancestors().any(|folder| rendered.contains(&folder))
}

/// The folder of the chart that contains a file.
fn chart_of(side: &Side<'_>, path: &RepoPath) -> Option<RepoPath> {
    path.ancestors().find(|folder| side.index.has_file(&folder.join("Chart.yaml")))
}

/// A reason for programs, and its message.
type Why = (&'static str, &'static str);

/// The reason why a file of a chart was not checked; `None` if it was, or deploys nothing.
fn of_chart(tree: &Tree<'_>, chart: &RepoPath, path: &RepoPath, is_read: bool) -> Option<Why> {
    let below = |folder: &str| path.ancestors().any(|above| above == chart.join(folder));
    if below("ci") || below("tests") {
        return None;
    }
    if below("templates") {
        // Templates with the name of a YAML file are separate units, which report this.
        let is_helper = !path.is_yaml();
        let text = file::read(tree, path).ok().flatten().filter(|_| is_helper);
        let refers = text.is_some_and(|file| may_refer(file.text()));
        return refers.then_some(("included-template", "this file is included by Helm templates, which are not rendered, so images written in it are not checked"));
    }
    if below("charts") && path.file_name().rsplit('.').next() == Some("tgz") {
        return Some((
            "packaged-chart",
            "a packaged chart is not unpacked, so the images in it are not checked",
        ));
    }
    (!is_read).then_some((
        "file-of-chart",
        "no unit reads this file of a chart; Helm templates may, and they are not rendered",
    ))
}

/// True if a file is below a folder that a root deploys.
fn is_deployed(side: &Side<'_>, path: &RepoPath) -> bool {
    path.ancestors()
        .any(|folder| side.graph().roots_on(&folder).next().is_some() && !folder.as_str().is_empty())
}

fn not_checked(path: &RepoPath, (cause, message): (&str, &str)) -> FileProblem {
    FileProblem {
        rule: Rule::NotChecked,
        path: path.clone(),
        cause: cause.to_owned(),
        message: message.to_owned(),
        help: Some(
            "render the deployment and check the result: helm template … | pullable check -".to_owned(),
        ),
        site: None,
        about: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_that_deploy_nothing() {
        for harmless in [
            "README.md",
            "a/LICENSE",
            "c/values.schema.json",
            "c/.helmignore",
            "x/logo.PNG",
            "x/main.go",
            ".gitignore",
        ] {
            assert!(is_harmless(&RepoPath::new(harmless)), "{harmless}");
        }
        for other in ["image-tags/production/X", "a.yaml", "files/app.conf", "params.env", "charts/x-1.tgz"] {
            assert!(!is_harmless(&RepoPath::new(other)), "{other}");
        }
    }
}
