//! Files of other tools that are written in YAML or JSON: CI systems, Compose, development tools. Their images are not
//! deployed from this repository, so they are not read as Helm values. A Kubernetes resource in such a file is read.

use model::{FileProblem, Rule};
use source::RepoPath;
use yaml::Node;

/// A tool, and the files that belong to it.
struct Tool {
    name: &'static str,
    /// Names of files, with or without their ending `.yaml`, `.yml` or `.json`; a `*` matches any text.
    files: &'static [&'static str],
    /// Names of folders: all files below them belong to the tool.
    folders: &'static [&'static str],
}

const fn tool(name: &'static str, files: &'static [&'static str], folders: &'static [&'static str]) -> Tool {
    Tool { name, files, folders }
}

/// Tools that build images, or pull them themselves. The table of docs/files.md lists both.
const WITH_IMAGES: &[Tool] = &[
    tool("Compose", &COMPOSE, &[]),
    tool("Dev Containers", &[".devcontainer", "devcontainer"], &[".devcontainer"]),
    tool("GitLab CI", &[".gitlab-ci", "*.gitlab-ci", ".gitlab-ci-*"], &[".gitlab", ".gitlab-ci"]),
    tool("GitHub Actions", &["action"], &[".github"]),
    tool("Forgejo Actions", &[], &[".forgejo"]),
    tool("Gitea Actions", &[], &[".gitea"]),
    tool("Azure Pipelines", &["azure-pipelines*"], &[".azure-pipelines", ".azuredevops"]),
    tool("Bitbucket Pipelines", &["bitbucket-pipelines"], &[]),
    tool("Buildkite", &[], &[".buildkite"]),
    tool("CircleCI", &[], &[".circleci"]),
    tool("Cirrus CI", &[".cirrus"], &[]),
    tool("Cloud Build", &["cloudbuild", "cloudbuild-*", "cloudbuild.*"], &[]),
    tool("CodeBuild", &["buildspec", "buildspec-*"], &[]),
    tool("Codefresh", &["codefresh"], &[".codefresh"]),
    tool("Drone", &[".drone*"], &[]),
    tool("Prow", &[".prow"], &[".prow"]),
    tool("Semaphore", &[], &[".semaphore"]),
    tool("Travis CI", &[".travis"], &[]),
    tool("AppVeyor", &["appveyor", ".appveyor"], &[]),
    tool("Woodpecker", &[".woodpecker*"], &[".woodpecker"]),
    tool("Molecule", &["molecule"], &["molecule"]),
    tool("DevSpace", &["devspace", "devspace-*", "devspace.*"], &[".devspace"]),
    tool("Garden", &["garden", "*.garden", "project.garden"], &[".garden"]),
    tool("Okteto", &["okteto"], &[".okteto"]),
    tool("Gitpod", &[".gitpod"], &[]),
    tool("Skaffold", &["skaffold", "skaffold-*", "skaffold.*"], &[]),
    tool("GoReleaser", &[".goreleaser*", "goreleaser"], &[]),
];

/// Tools whose files name no image.
const WITHOUT_IMAGES: &[Tool] = &[
    tool("Renovate", &["renovate", ".renovaterc"], &[]),
    tool("pre-commit", &[".pre-commit-config", ".pre-commit-hooks"], &[]),
    tool("Lefthook", &["lefthook", ".lefthook"], &[]),
    tool("MkDocs", &["mkdocs"], &[]),
    tool("Read the Docs", &[".readthedocs", "readthedocs"], &[]),
    tool("Task", &["Taskfile", "Taskfile.dist", "taskfile"], &[]),
    tool("pnpm", &["pnpm-lock", "pnpm-workspace"], &[]),
    tool("TypeScript", &["tsconfig", "tsconfig.*"], &[]),
    tool("Visual Studio Code", &[], &[".vscode"]),
    tool("Helm", &["Chart", "Chart.lock", "requirements", "requirements.lock"], &[]),
    tool("pullable", &[".pullable"], &[]),
];

/// Names of Compose files.
const COMPOSE: [&str; 9] = [
    "compose",
    "compose.*",
    "compose-*",
    "compose_*",
    "docker-compose*",
    "*.docker-compose",
    "podman-compose*",
    "container-compose*",
    "docker-stack*",
];

/// Names that files of GitLab CI have without the dot of the main file, and that values may have as well: the content decides.
const GITLAB_CI: Tool = tool("GitLab CI", &["gitlab-ci", "gitlab-ci-*", "*-gitlab-ci"], &[]);

/// True if a document is a pipeline of GitLab CI, by the name of its file and the script of a job.
pub(crate) fn is_gitlab_ci(root: &Node, path: &RepoPath) -> bool {
    let is_named = GITLAB_CI.files.iter().any(|pattern| is_called(path.file_name(), pattern));
    is_named && root.entries().iter().any(|(_, job)| job.get("script").is_some_and(is_script))
}

/// True for a list of commands, or one of them.
fn is_script(node: &Node) -> bool {
    node.is_sequence() || node.scalar().is_some()
}

/// True if a file belongs to another tool.
pub(crate) fn is_tool_file(path: &RepoPath) -> bool {
    tool_of(path, WITH_IMAGES).or(tool_of(path, WITHOUT_IMAGES)).is_some()
}

/// The name of the tool that a file belongs to.
fn tool_of(path: &RepoPath, tools: &[Tool]) -> Option<&'static str> {
    let name = path.file_name();
    let folder = path.parent();
    for tool in tools {
        let is_named = tool.files.iter().any(|pattern| is_called(name, pattern));
        if is_named || folder.as_str().split('/').any(|part| tool.folders.contains(&part)) {
            return Some(tool.name);
        }
    }
    None
}

/// True if a file has the name of a pattern, with or without an ending.
fn is_called(name: &str, pattern: &str) -> bool {
    let endings = [".yaml", ".yml", ".json"];
    let stem = endings.iter().find_map(|ending| name.strip_suffix(ending));
    matches(name, pattern) || stem.is_some_and(|stem| matches(stem, pattern))
}

/// True if a text matches a pattern with at most one `*`.
fn matches(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((start, end)) => text.strip_prefix(start).is_some_and(|rest| rest.ends_with(end)),
    }
}

/// Notices for files of other tools with images that were given to the run by name.
pub fn given_tool_files<'a>(paths: impl Iterator<Item = &'a RepoPath>) -> Vec<FileProblem> {
    let mut problems = Vec::new();
    for path in paths {
        if let Some(tool) = tool_of(path, WITH_IMAGES).or(tool_of(path, &[GITLAB_CI])) {
            problems.push(FileProblem {
                rule: Rule::NotChecked,
                path: path.clone(),
                cause: format!("tool {tool}"),
                message: format!("this file belongs to {tool}, and the images in it are not checked"),
                help: Some("that tool builds or pulls them; they are not deployed".to_owned()),
                site: None,
                about: 0,
            });
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_their_tools() {
        for (path, tool) in [
            ("docker-compose.yml", Some("Compose")),
            ("dev/docker-compose.prod.yaml", Some("Compose")),
            ("compose-dev.yml", Some("Compose")),
            ("composer-values.yaml", None),
            ("ci/templates/build.gitlab-ci.yml", Some("GitLab CI")),
            (".gitlab/ci/build.yml", Some("GitLab CI")),
            ("roles/web/molecule/default/converge.yml", Some("Molecule")),
            ("devspace.yaml", Some("DevSpace")),
            (".devcontainer/go/devcontainer.json", Some("Dev Containers")),
            (".devcontainer.json", Some("Dev Containers")),
            ("Chart.lock", Some("Helm")),
            ("values.yaml", None),
            ("apps/action/values.yaml", None),
            ("molecule-values.yaml", None),
            ("github/values.yaml", None),
        ] {
            let path = RepoPath::new(path);
            assert_eq!(tool_of(&path, WITH_IMAGES).or(tool_of(&path, WITHOUT_IMAGES)), tool, "{path}");
        }
    }
}
