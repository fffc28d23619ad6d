//! The set-ups of examples/sentry: manifests that the program itself reads, and jobs that keep the payload out of scripts.

use std::fs;
use std::path::Path;

use clap::Parser as _;
use pullable::cli::Cli;
use testkit::repo::Repo;

use crate::support::pullable;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sentry").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: nginx:1.27}]}\n";

/// A repository with a Kustomization of Flux, an Application of Argo CD, and these examples.
fn repository(examples: &[&str]) -> Repo {
    let repo = Repo::new();
    repo.write(
        "clusters/apps.yaml",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\n\
         spec: {path: ./apps, wait: true, sourceRef: {kind: GitRepository, name: flux-system}}\n",
    );
    repo.write("apps/web.yaml", POD);
    for example in examples {
        repo.write(format!("sentry/{}", example.replace('/', "-")), read(example));
    }
    repo
}

fn faults(repo: &Repo) -> (i32, Vec<String>) {
    let run = pullable(repo, &["sentry", "--explain-setup", "--format", "json"]);
    let faults = run.json()["faults"].as_array().unwrap().clone();
    (run.code, faults.iter().map(|fault| fault["fault"].as_str().unwrap().to_owned()).collect())
}

#[test]
fn the_manifests_of_flux_are_a_sound_set_up() {
    for (example, expected) in [
        ("github/flux.yaml", vec![]),
        ("gitlab/flux.yaml", vec!["unsigned".to_owned()]),
        ("server/flux.yaml", vec![]),
    ] {
        assert_eq!(faults(&repository(&[example])), (0, expected), "{example}");
    }
    assert_eq!(faults(&repository(&[])), (1, vec!["no-provider".to_owned()]));
}

#[test]
fn the_config_maps_of_argo_cd_are_a_sound_set_up() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web, namespace: argocd}\n\
        spec: {source: {repoURL: https://git.example/a/b, path: apps}}\n";
    for example in ["github/argocd.yaml", "server/argocd.yaml"] {
        let repo = repository(&["server/flux.yaml", example]);
        repo.write("argocd/web.yaml", application);
        assert_eq!(faults(&repo), (0, vec![]), "{example}");
        repo.remove(format!("sentry/{}", example.replace('/', "-")));
        assert_eq!(faults(&repo), (1, vec!["no-template".to_owned()]), "{example}");
    }
}

#[test]
fn the_deployment_is_read_and_its_arguments_are_the_programs() {
    let repo = repository(&["server/kubernetes.yaml"]);
    repo.commit("all");
    let run = pullable(&repo, &["images", "sentry/server-kubernetes.yaml", "--format", "json"]);
    let image = format!("ghcr.io/pullable/pullable:{}-sentry", env!("CARGO_PKG_VERSION"));
    assert_eq!(run.references(), [format!("sentry/server-kubernetes.yaml {image}")], "{}", run.stderr);
    let manifest = read("server/kubernetes.yaml");
    let arguments = manifest.lines().filter_map(|line| line.trim().strip_prefix("- --"));
    let arguments: Vec<String> = arguments.map(|argument| format!("--{argument}")).collect();
    assert_eq!(arguments.len(), 5, "{arguments:?}");
    let words = ["pullable", "sentry", "serve"].map(str::to_owned).into_iter().chain(arguments);
    Cli::try_parse_from(words).unwrap();
    for line in [
        "automountServiceAccountToken: false",
        "runAsNonRoot: true",
        "readOnlyRootFilesystem: true",
        "allowPrivilegeEscalation: false",
        "capabilities: {drop: [ALL]}",
        "kind: NetworkPolicy",
    ] {
        assert!(manifest.contains(line), "{line}");
    }
}

#[test]
fn no_part_of_a_payload_becomes_a_part_of_a_script() {
    let workflow = read("github/sentry.yml");
    let scripts: Vec<&str> =
        workflow.lines().filter(|line| line.trim_start().starts_with("- run:")).collect();
    assert!(scripts.iter().any(|line| line.contains("sentry --event \"$GITHUB_EVENT_PATH\"")), "{scripts:?}");
    assert!(scripts.iter().all(|line| !line.contains("${{")), "{scripts:?}");
    assert!(workflow.contains("\npermissions: {}\n"), "{workflow}");
    let job = read("gitlab/sentry.gitlab-ci.yml");
    assert!(job.contains("--event \"$TRIGGER_PAYLOAD\""), "{job}");
}

#[test]
fn all_examples_have_the_same_template() {
    let template = |path: &str| {
        let text = read(path);
        let (_, rest) = text.split_once("{\"schema\":\"pullable.argocd/1\"").unwrap();
        let (found, _) = rest.split_once("\n  trigger").unwrap();
        found.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(template("github/argocd.yaml"), format!("{}}}", template("server/argocd.yaml")));
}
