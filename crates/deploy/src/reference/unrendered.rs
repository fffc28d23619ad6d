//! Files of tools that are not rendered.

use model::{FileProblem, Rule};
use source::RepoPath;

/// A problem for each file of a tool that is not rendered: jsonnet and helmfile.
pub fn not_understood<'a>(paths: impl Iterator<Item = &'a RepoPath>) -> Vec<FileProblem> {
    let mut problems = Vec::new();
    for path in paths {
        let Some(tool) = tool(path) else { continue };
        problems.push(FileProblem {
            rule: Rule::NotChecked,
            path: path.clone(),
            cause: format!("tool {tool}"),
            message: format!("{tool} is not rendered, so the images that it deploys are not checked"),
            help: Some("render it and check the result: … | pullable check -".to_owned()),
            site: None,
            about: 0,
        });
    }
    problems
}

/// The tool that a file belongs to.
fn tool(path: &RepoPath) -> Option<&'static str> {
    let name = path.file_name();
    if name.ends_with(".jsonnet") || name.ends_with(".libsonnet") {
        return Some("jsonnet");
    }
    let in_helmfile_d = path.as_str().split('/').any(|part| part == "helmfile.d") && path.is_yaml();
    (in_helmfile_d || name.starts_with("helmfile.")).then_some("helmfile")
}
