//! `pullable sentry --explain-setup`: the failures that no notification reports.

use serde_json::Value;
use testkit::repo::Repo;

use crate::support::{Run, pullable, pullable_with};

const FLUX: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: apps\n  namespace: flux-system\n\
    spec:\n  path: ./apps\n  sourceRef: {kind: GitRepository, name: flux-system}\n";
const ALERT: &str = "apiVersion: notification.toolkit.fluxcd.io/v1beta2\nkind: Alert\nmetadata:\n  name: \"sentry\"\n  namespace: flux-system\n\
    spec:\n  providerRef: {name: sentry}\n  inclusionRules: [{name: x}]\n  eventSources: [{kind: HelmRelease, name: '*'}]\n---\n\
    apiVersion: notification.toolkit.fluxcd.io/v1beta3\nkind: Provider\nmetadata: {name: sentry, namespace: flux-system}\n\
    spec: {type: generic-hmac, address: 'http://sentry', secretRef: {name: key}}\n";
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: nginx:1.27}]}\n";

fn repository() -> Repo {
    let repo = Repo::new();
    repo.write("clusters/apps.yaml", FLUX)
        .write("clusters/alert.yaml", ALERT)
        .write("apps/pod.yaml", POD)
        .commit("set up");
    repo
}

fn explain(repo: &Repo, args: &[&str]) -> Run {
    pullable(repo, &[&["sentry", "--explain-setup"], args].concat())
}

#[test]
fn faults_at_their_places() {
    let run = explain(&repository(), &[]);
    insta::assert_snapshot!(run.shown(), @"
    exit 1
    clusters/apps.yaml:4:9: no-health-check
      Kustomization flux-system/apps: it has neither `wait: true` nor healthChecks, so it never reports
      an image that cannot be pulled
      help: add `wait: true` to its spec

    clusters/apps.yaml:4:9: not-notified
      Kustomization flux-system/apps: no Alert has it among its eventSources
      help: add {kind: Kustomization, name: '*', namespace: flux-system} to eventSources of an Alert, or
      correct its lists

    clusters/alert.yaml:1:13: obsolete
      Alert flux-system/sentry: notification.toolkit.fluxcd.io/v1beta2 is obsolete, or does not exist
      help: write notification.toolkit.fluxcd.io/v1beta3

    clusters/alert.yaml:8:19: obsolete
      Alert flux-system/sentry: spec.inclusionRules is obsolete, or does not exist
      help: write inclusionList

    1 Kustomization, 1 Alert, 1 Provider: 4 faults
    ");
}

#[test]
fn what_is_mended_in_the_work_tree_is_no_fault() {
    let repo = repository();
    repo.write("clusters/apps.yaml", format!("{FLUX}  wait: true\n"));
    let alert = ALERT.replace("v1beta2", "v1beta3").replace("  inclusionRules: [{name: x}]\n", "");
    repo.write("clusters/alert.yaml", alert.replace("kind: HelmRelease", "kind: Kustomization"));
    let run = explain(&repo, &[]);
    insta::assert_snapshot!(run.shown(), @"
    exit 0
    1 Kustomization, 1 Alert, 1 Provider: no fault
    ");
}

#[test]
fn a_program_reads_the_same() {
    let run = explain(&repository(), &["--format", "json"]);
    let schema: Value = serde_json::from_str(include_str!("../../schemas/setup.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&run.json()).map(|error| error.to_string()).collect();
    assert_eq!((run.code, errors), (1, vec![]), "{}", run.stdout);
    let kinds: Vec<Value> =
        run.json()["faults"].as_array().unwrap().iter().map(|fault| fault["fault"].clone()).collect();
    assert_eq!(kinds, ["no-health-check", "not-notified", "obsolete", "obsolete"]);
}

#[test]
fn hostile_names_stay_text_and_lines_fit() {
    let repo = repository();
    let name = "\"a\\e[31m##[error]\\u202eb\"";
    repo.write("clusters/apps.yaml", FLUX.replace("name: apps", &format!("name: {name}")));
    for columns in ["40", "80", "200"] {
        let run = pullable_with(&repo, &[("COLUMNS", columns)], &["sentry", "--explain-setup"]);
        assert!(
            !run.stdout.contains(['\u{1b}', '\u{202e}']) && !run.stdout.contains("##["),
            "{}",
            run.stdout
        );
        let most: usize = columns.parse().unwrap();
        let long = run.stdout.lines().find(|line| line.chars().count() > most && line.trim().contains(' '));
        assert!(long.is_none_or(|line| line.ends_with("faults")), "{columns}: {long:?}");
    }
}

#[test]
fn outside_of_a_repository_and_beside_an_event_it_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    crate::support::pullable_in(folder.path(), &["sentry", "--explain-setup"]).refused(&["git repository"]);
    explain(&repository(), &["--event", "-"]).refused(&["--event"]);
}
