//! Files of other tools are no Helm values, and their images are not deployed from here.

use std::fs;
use std::path::Path;

use testkit::repo::Repo;

use crate::audit_case::{Case, deployment, outcome};
use crate::support::pullable;

/// A change of a file yields neither a finding nor a reference.
#[track_caller]
fn is_silent(path: &str, text: &str) {
    let case = Case::new().base(path, &text.replace("TAG", "1.0")).head(path, &text.replace("TAG", "BAD"));
    for args in [&[][..], &["--all"]] {
        let checked = case.clone().args(args).check("9.9-bad");
        assert_eq!(checked.run.code, 0, "{path}: {}", checked.shown());
        assert!(checked.findings.is_empty() && checked.references.is_empty(), "{path}: {}", checked.shown());
    }
}

#[test]
fn compose_files() {
    let services = "services:\n  web:\n    build: .\n    image: REP:TAG\n  db:\n    image: HOST/gone/db:1\n    imageTag: '1'\n";
    for path in [
        "docker-compose.yml",
        "dev/docker-compose.prod.yaml",
        "docker-compose-dev.yml",
        "compose.yaml",
        "compose.override.yml",
        "podman-compose.yml",
    ] {
        is_silent(path, services);
    }
}

#[test]
fn files_of_ci_systems() {
    let job = "build:\n  image: REP:TAG\n  script: [make]\n";
    for path in [
        ".gitlab-ci.yml",
        "ci/build.gitlab-ci.yml",
        "examples/include.gitlab-ci.yaml",
        ".gitlab/ci/build.yml",
        ".github/workflows/build.yml",
        "azure-pipelines-release.yml",
        ".drone.star.yml",
        ".cirrus.yml",
    ] {
        is_silent(path, job);
    }
}

/// Without the dot, the name may be that of values as well: the script of a job decides.
#[test]
fn files_of_gitlab_ci_without_a_dot() {
    let job = "stages: [build]\nbuild:\n  image: REP:TAG\n  script: [make]\n";
    for path in
        ["gitlab-ci.yml", "examples/audit/gitlab-ci.yaml", "gitlab-ci-build.yml", "ci/shop-gitlab-ci.yml"]
    {
        is_silent(path, job);
    }
    is_silent("gitlab-ci.yml", "image: REP:TAG\nbuild: {script: make}\n");
    for (path, text) in [
        ("gitlab-ci.yaml", "image: REP:TAG\nreplicas: 2\n"),
        ("values/gitlab-ci.yaml", "runner:\n  image: REP:TAG\n  script: {enabled: true}\n"),
        ("build.yaml", job),
    ] {
        let line = 1 + text.lines().position(|line| line.contains("REP:TAG")).unwrap();
        Case::new()
            .base(path, &text.replace("TAG", "1.0"))
            .head(path, &text.replace("TAG", "BAD"))
            .is_missing_at(&format!("{path}:{line}"));
    }
}

/// A file of that name that a release takes values from is values, with a script too.
#[test]
fn values_that_are_called_like_a_pipeline() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec:\n  source:\n    \
                       repoURL: https://git.test/shop.git\n    path: chart\n    helm: {valueFiles: [gitlab-ci.yaml]}\n";
    Case::new()
        .base("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .base("chart/values.yaml", "job: {image: {repository: REP, tag: '1.0'}}\n")
        .base("argo/web.yaml", application)
        .base("chart/gitlab-ci.yaml", "job: {image: {tag: '1.0'}, script: [make]}\n")
        .head("chart/gitlab-ci.yaml", "job: {image: {tag: 'BAD'}, script: [make]}\n")
        .is_missing_at("chart/gitlab-ci.yaml:1");
}

#[test]
fn files_of_development_tools() {
    is_silent("roles/web/molecule/default/molecule.yml", "platforms:\n- name: web\n  image: REP:TAG\n");
    is_silent(
        "devspace.yaml",
        "version: v2beta1\nname: web\nimages:\n  web:\n    image: REP\n    tag: 'TAG'\n",
    );
    is_silent("mkdocs.yml", "extra:\n  image: REP:TAG\n");
    is_silent(".goreleaser.yaml", "dockers:\n- image: REP:TAG\n");
}

/// `devcontainer.json` is JSON with comments.
#[test]
fn dev_containers() {
    let text = "// For the editor.\n{\n  \"image\": \"REP:TAG\", // pinned\n  \"features\": {},\n}\n";
    is_silent(".devcontainer/devcontainer.json", text);
    is_silent(".devcontainer/go/devcontainer.json", text);
    is_silent(".devcontainer.json", text);
    is_silent(".vscode/settings.json", text);
    is_silent("app/tsconfig.build.json", text);
}

/// The page about files lists each tool by one of its names at least, and by all of its folders.
#[test]
fn the_page_about_files_lists_each_tool() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = fs::read_to_string(root.join("crates/deploy/src/tool_file.rs")).unwrap();
    let page = fs::read_to_string(root.join("docs/files.md")).unwrap();
    let is_listed = |name: &&str| page.contains(&format!("`{name}`"));
    let mut tools = 0;
    for line in source.lines().filter(|line| line.trim_start().starts_with("tool(\"")) {
        let (files, folders) = line.rsplit_once("&[").unwrap();
        let files: Vec<&str> = files.split('"').skip(3).step_by(2).collect();
        let mut folders = folders.split('"').skip(1).step_by(2);
        assert!(files.is_empty() || files.iter().any(is_listed), "{line}");
        assert!(folders.all(|folder| is_listed(&folder)), "{line}");
        tools += 1;
    }
    assert!(tools > 30, "{tools}");
}

/// A Kubernetes resource in such a file is read.
#[test]
fn resources_in_files_with_such_names() {
    Case::new()
        .base("compose.yaml", &deployment("REP:1.0"))
        .head("compose.yaml", &deployment("REP:BAD"))
        .is_missing_at("compose.yaml:10");
}

/// A file that Argo CD takes values from is values, whichever name it has.
#[test]
fn values_files_with_such_names() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec:\n  source:\n    \
                       repoURL: https://git.test/shop.git\n    path: chart\n    helm: {valueFiles: [compose.yaml]}\n";
    Case::new()
        .base("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .base("chart/values.yaml", "image: {repository: REP, tag: '1.0'}\n")
        .base("argo/web.yaml", application)
        .base("chart/compose.yaml", "image: {tag: '1.0'}\n")
        .head("chart/compose.yaml", "image: {tag: 'BAD'}\n")
        .is_missing_at("chart/compose.yaml:1");
}

/// A file that is given by name is not skipped silently.
#[test]
fn a_compose_file_that_is_given_by_name() {
    let repo = Repo::new();
    repo.write("docker-compose.yml", "services:\n  web:\n    build: .\n    image: shop/web:1\n");
    let run = pullable(&repo, &["check", "docker-compose.yml"]);
    insta::assert_snapshot!(run.shown(), @r"
    exit 0
    not-checked

      ☞ docker-compose.yml: this file belongs to Compose, and the images in it are not checked
      help: that tool builds or pulls them; they are not deployed

    ✓ no image reference to check in 1 file, N s
    ");
    repo.write("gitlab-ci.yml", "build: {image: 'shop/web:1', script: make}\n");
    let pipeline = outcome(pullable(&repo, &["check", "gitlab-ci.yml", "--format", "json"]));
    assert_eq!(pipeline.findings, ["notice not-checked gitlab-ci.yml"]);
    let folder = outcome(pullable(&repo, &["check", ".", "--format", "json"]));
    assert!(folder.findings.is_empty(), "{}", folder.shown());
}

/// The notice is about files whose images nothing reads.
#[test]
fn files_that_are_given_by_name_and_read() {
    let repo = Repo::new();
    repo.write("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .write("compose.yaml", deployment("nginx:1"));
    for file in ["Chart.yaml", "compose.yaml"] {
        let listed = outcome(pullable(&repo, &["images", file, "--format", "json"]));
        assert!(listed.findings.is_empty(), "{}", listed.shown());
    }
}
