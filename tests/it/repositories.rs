//! The URL of a Git repository in an object of Flux or Argo CD: this one, by a remote or by the configuration, or unknown.

use testkit::repo::Repo;

use crate::support::{Run, pod, pullable};

const HERE: &str = "https://git.test/acme/gitops";

fn git_repository(url: &str) -> String {
    format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: own, namespace: flux}}\n\
         spec: {{url: {url}}}\n"
    )
}

fn kustomization(path: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: all, namespace: flux}}\n\
         spec: {{path: {path}, sourceRef: {{kind: GitRepository, name: own}}, images: [{{name: web, newTag: v2}}]}}\n"
    )
}

fn application(url: &str, source: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: web}}\n\
         spec: {{source: {{repoURL: {url}, {source}}}}}\n"
    )
}

/// A repository with these files, whose remote `origin` has a URL.
fn repository(url: &str, files: &[(&str, &str)]) -> Repo {
    let repo = Repo::new();
    repo.git(&["remote", "add", "origin", url]);
    for (path, text) in files {
        repo.write(path, text);
    }
    repo.commit("base");
    repo
}

/// The references that a new text of a file introduces.
fn introduced(repo: &Repo, path: &str, text: &str) -> Run {
    repo.write(path, text);
    pullable(repo, &["images", "--base", "HEAD", "--format", "json"])
}

fn images(run: &Run) -> Vec<String> {
    let json = run.json();
    let all = json["references"].as_array().unwrap().iter();
    all.map(|it| it["image"].as_str().unwrap().to_owned()).collect()
}

/// The kind of the resource that holds the first reference.
fn kind(run: &Run) -> String {
    run.json()["references"][0]["resource"]["kind"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_whole_of_this_repository_is_deployed_where_a_remote_has_the_url() {
    let deployed: &[&str] = &[];
    for (remote, url, expected) in [
        // The tag of the Kustomization is deployed, whatever the file has.
        ("git@git.test:acme/gitops.git", HERE, deployed),
        ("ssh://git@Git.Test:2222/acme/gitops", "https://token@git.test/acme/gitops.git/", deployed),
        // A fork's clone: nothing tells, and a whole repository is rarely this one.
        ("https://git.test/someone/gitops", HERE, &["docker.io/library/web:v9"]),
    ] {
        let objects = format!("{}---\n{}", git_repository(url), kustomization("./"));
        let repo = repository(remote, &[("flux.yaml", &objects), ("web.yaml", &pod(&["web:v1"]))]);
        let run = introduced(&repo, "web.yaml", &pod(&["web:v9"]));
        assert_eq!(images(&run), expected, "{remote}");
        let run = introduced(&repo, "flux.yaml", &objects.replace("v2", "v3"));
        assert!(run.stdout.contains("docker.io/library/web:v3"), "{remote}: {}", run.stdout);
    }
}

#[test]
fn an_application_on_this_repository_is_followed_exactly() {
    let source = "path: ., kustomize: {images: ['web:v2']}";
    let files: &[(&str, &str)] = &[
        ("kustomization.yaml", "resources: [web.yaml]\n"),
        ("web.yaml", &pod(&["web"])),
        ("applications/web.yaml", &application(HERE, source)),
    ];
    let edited = application(HERE, &source.replace("v2", "v3"));
    let known = repository("git@git.test:acme/gitops.git", files);
    let run = introduced(&known, "applications/web.yaml", &edited);
    assert_eq!(kind(&run), "Pod", "{}", run.stdout);
    // Unknown, as in the clone of a fork: judged as it is written.
    let unknown = repository("https://git.test/someone/gitops", files);
    let run = introduced(&unknown, "applications/web.yaml", &edited);
    assert_eq!(run.references(), ["applications/web.yaml web:v3"], "{}", run.stdout);
    assert_eq!(kind(&run), "Application", "{}", run.stdout);
}

#[test]
fn most_folders_of_a_known_repository_may_be_absent() {
    // By the folders alone it would be another repository.
    let mut applications = application(HERE, "path: web, kustomize: {images: ['web:v2']}");
    for absent in ["a", "b", "c"] {
        applications.push_str("---\n");
        applications.push_str(&application(HERE, &format!("path: {absent}")));
    }
    let files: &[(&str, &str)] = &[
        ("web/kustomization.yaml", "resources: [web.yaml]\n"),
        ("web/web.yaml", &pod(&["web"])),
        ("applications.yaml", &applications),
    ];
    for (remote, expected) in
        [("git@git.test:acme/gitops.git", "Pod"), ("https://git.test/someone/x", "Application")]
    {
        let run =
            introduced(&repository(remote, files), "applications.yaml", &applications.replace("v2", "v3"));
        assert_eq!(kind(&run), expected, "{remote} {}", run.stdout);
    }
}

const CONFIGURED: &str = "repositories:\n  https://git.test/acme/charts: vendor/charts\n";

const RELEASE: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: flux}\nspec:\n\
                       \x20 chart: {spec: {chart: ./web, sourceRef: {kind: GitRepository, name: own}, valuesFiles: [web/prod.yaml]}}\n\
                       \x20 values: {image: {tag: v2}}\n";

/// A release of a chart that is in the folder of another repository.
fn released(configuration: &str, url: &str) -> Repo {
    repository(
        "git@git.test:acme/gitops.git",
        &[
            (".pullable.yaml", configuration),
            ("sources.yaml", &git_repository(url)),
            ("vendor/charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
            ("vendor/charts/web/values.yaml", "image: {repository: unused/web, tag: v0}\n"),
            ("vendor/charts/web/prod.yaml", "image: {repository: acme/web, tag: v0}\n"),
            ("web.yaml", RELEASE),
        ],
    )
}

#[test]
fn a_repository_of_the_configuration_is_a_folder() {
    let repo = released(CONFIGURED, "ssh://git@git.test/acme/charts.git");
    let run = introduced(&repo, "web.yaml", &RELEASE.replace("v2", "v3"));
    assert_eq!(images(&run), ["docker.io/acme/web:v3"], "{}", run.stdout);
    // The object that names the URL decides which chart it is.
    let repo = released(CONFIGURED, "https://git.test/acme/other");
    let run = introduced(&repo, "sources.yaml", &git_repository("https://git.test/acme/charts"));
    assert_eq!(images(&run), ["docker.io/acme/web:v2"], "{}", run.stdout);
}

#[test]
fn a_change_cannot_name_its_own_repositories() {
    let repo = released("", "https://git.test/acme/charts");
    repo.write(".pullable.yaml", CONFIGURED);
    let run = introduced(&repo, "web.yaml", &RELEASE.replace("v2", "v3"));
    assert_eq!(images(&run), Vec::<String>::new(), "{}", run.stdout);
}

#[test]
fn generators_and_values_files_are_looked_for_in_the_folder_of_their_repository() {
    let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\nspec:\n\
               \x20 generators: [{git: {repoURL: https://git.test/acme/charts, directories: [{path: apps/*}]}}]\n\
               \x20 template:\n    metadata: {name: '{{path.basename}}'}\n    spec:\n      sources:\n\
               \x20     - {repoURL: https://git.test/acme/charts, path: '{{path}}', helm: {valueFiles: [/prod.yaml, $here/values/web.yaml]}}\n\
               \x20     - {repoURL: git@git.test:acme/gitops.git, ref: here}\n";
    let repo = repository(
        "https://git.test/acme/gitops",
        &[
            (".pullable.yaml", CONFIGURED),
            ("set.yaml", set),
            ("vendor/charts/apps/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
            (
                "vendor/charts/apps/web/values.yaml",
                "image: {repository: acme/web, tag: v1}\nside: {image: {repository: acme/side, tag: v1}}\n",
            ),
            ("vendor/charts/prod.yaml", "image: {tag: v2}\n"),
            ("values/web.yaml", "side: {image: {tag: v2}}\n"),
        ],
    );
    let run = introduced(&repo, "vendor/charts/prod.yaml", "image: {tag: v3}\n");
    assert!(run.stdout.contains("docker.io/acme/web:v3"), "{}", run.stdout);
    let run = introduced(&repo, "values/web.yaml", "side: {image: {tag: v4}}\n");
    assert!(run.stdout.contains("docker.io/acme/side:v4"), "{}", run.stdout);
}
