//! `pullable sentry --event`: from a notification to a decision. The guards are in `sentry_guards`.

use serde_json::{Value, json};
use testkit::registry::{Fault, Matcher, Registry, Reply};
use testkit::repo::Repo;

use crate::revert::{deployment, history, registry};
use crate::support::hub::{Hub, now, written};
use crate::support::{Run, pullable, pullable_reads, pullable_with, scrub};

/// A repository whose Flux Kustomization `apps` deploys `prod`, whose newest tag is missing, and its remote.
pub struct Scene {
    pub registry: Registry,
    pub repo: Repo,
    pub origin: Repo,
}

/// A scene with these tags in the registry; `prod` had the tags of `history`.
pub fn scene(pushed: &[&str], tags: &[&str]) -> Scene {
    let registry = registry(&[pushed, &["base"]].concat());
    let repo = history(&registry, tags);
    repo.write("clusters/prod/apps.yaml", kustomization("apps", "./prod")).commit("Deploy prod");
    let origin = Repo::bare();
    repo.add_remote("origin", &origin.url());
    repo.git(&["push", "-q", "-u", "origin", "main"]);
    Scene { registry, repo, origin }
}

pub fn kustomization(name: &str, path: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: flux-system}}\n\
         spec: {{path: {path}, wait: true, sourceRef: {{kind: GitRepository, name: flux-system}}}}\n"
    )
}

/// An event of Flux about a Kustomization, as the notification-controller posts it.
pub fn event(name: &str) -> Value {
    let captured = include_str!("../../crates/notification/tests/fixtures/flux-1.json");
    let mut event: Value = serde_json::from_str(captured).unwrap();
    event["involvedObject"]["name"] = name.into();
    event["timestamp"] = written(now()).into();
    event
}

impl Scene {
    /// Handles an event, and returns the run.
    pub fn handle(&self, event: &Value, args: &[&str]) -> Run {
        handle(&self.repo, event, args)
    }

    /// Handles an event of `apps` with `--propose`.
    pub fn propose(&self, hub: &Hub, args: &[&str]) -> Run {
        propose(&self.repo, hub, args)
    }

    /// Pushes `main`.
    pub fn push(&self) {
        self.repo.git(&["push", "-q", "origin", "main"]);
    }

    /// The branches of reverts on the remote.
    pub fn branches(&self) -> String {
        self.origin.git(&["branch", "--list", "--format=%(refname:short)", "pullable/*"])
    }
}

/// Handles an event in a repository.
pub fn handle(repo: &Repo, event: &Value, args: &[&str]) -> Run {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), event.to_string()).unwrap();
    let path = file.path().to_str().unwrap();
    let variables = [("PULLABLE_FORGE_TOKEN", "s3cret-token")];
    pullable_with(repo, &variables, &[&["sentry", "--event", path], args].concat())
}

pub fn propose(repo: &Repo, hub: &Hub, args: &[&str]) -> Run {
    let forge = hub.named();
    let all = [&["--propose", "--forge", &forge, "--format", "json"], args].concat();
    handle(repo, &event("apps"), &all)
}

/// The outcome, which has to be as the schemas have it.
pub fn outcome(run: &Run) -> Value {
    let json = run.json();
    assert!(!format!("{}{}", run.stdout, run.stderr).contains("s3cret"));
    assert_eq!(errors("sentry", &json), Vec::<String>::new(), "{json:#}");
    let mut incidents = json["incidents"].as_array().unwrap().clone();
    for incident in &mut incidents {
        incident.as_object_mut().unwrap().retain(|key, _| key != "decision" && key != "reason");
    }
    let of_revert =
        json!({"schema_version": 1, "head": "0".repeat(40), "incidents": incidents, "unverified": []});
    assert_eq!(errors("incident", &of_revert), Vec::<String>::new(), "{json:#}");
    json
}

fn errors(schema: &str, json: &Value) -> Vec<String> {
    let path = format!("{}/schemas/{schema}.schema.json", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(json).map(|error| error.to_string()).collect()
}

/// Exit code, decision and reason.
pub fn decided(run: &Run) -> (i32, String, String) {
    let json = outcome(run);
    let text = |name: &str| json[name].as_str().unwrap().to_owned();
    (run.code, text("decision"), text("reason"))
}

pub fn is(code: i32, decision: &str, reason: &str) -> (i32, String, String) {
    (code, decision.to_owned(), reason.to_owned())
}

fn shown(run: &Run) -> String {
    let ids = regex::Regex::new(r"\b[0-9a-f]{40}\b|\b[0-9a-f]{16}\b|\b[0-9a-f]{12}\b").unwrap();
    ids.replace_all(&scrub(&run.shown()), "COMMIT").into_owned()
}

const JSON: &[&str] = &["--format", "json"];

#[test]
fn a_missing_tag_is_reported_and_nothing_else_is_contacted() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    scene.repo.git(&["remote", "set-url", "origin", "/nonexistent/repository"]);
    let run = scene.handle(&event("apps"), &[]);
    insta::assert_snapshot!(shown(&run), @"
    exit 1
    Kustomization flux-system/apps in prod-eu: confirmed-missing (report)
      127.0.0.1:PORT./shop/web:2 cannot be pulled; --propose opens a draft request
      looked at: prod at COMMIT

    COMMIT introduced 1 broken reference: Bump web to '2'
      prod: 127.0.0.1:PORT./shop/web:2 (missing-tag) at prod/kustomization.yaml:4
        127.0.0.1:PORT./shop/web:1 at COMMIT: present
        goes back to 127.0.0.1:PORT./shop/web:1
      only the earlier scalars are restored; the gate passes for the result
      what remains:
        - data and migrations are as they are: the revert restores references only
        - find out why 127.0.0.1:PORT./shop/web:2 cannot be pulled: missing-tag
    ");
    assert_eq!(scene.repo.git(&["branch", "--list", "pullable/*"]), "");
}

#[test]
fn a_draft_request_passes_the_gate_and_a_second_event_makes_nothing_new() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let hub = Hub::start(Vec::new());
    let first = scene.propose(&hub, &[]);
    assert_eq!(decided(&first), is(0, "propose", "confirmed-missing"));
    let json = outcome(&first);
    assert_eq!(json["proposal"]["url"], "https://forge/team/shop/pulls/7");
    let branch = scene.branches();
    assert_eq!(json["proposal"]["branch"], branch.as_str());
    let message = scene.origin.git(&["log", "-1", "--format=%B", &branch]);
    assert!(message.contains("\nPullable-Trigger: flux"), "{message}");
    let pulls = hub.pulls();
    assert_eq!((pulls.len(), pulls[0]["draft"].as_bool()), (1, Some(true)));
    assert!(pulls[0]["body"].as_str().unwrap().contains("\"event\": \"Kustomization flux-system/apps\""));

    let second = scene.propose(&hub, &[]);
    assert_eq!(decided(&second), is(0, "ignore", "open"));
    assert_eq!((hub.pulls().len(), scene.branches()), (1, branch.clone()));
    assert_eq!(outcome(&second)["proposal"], json["proposal"]);

    scene.repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", &branch]);
    let check = pullable(&scene.repo, &["check", "--all", "--head", "HEAD"]);
    assert_eq!(check.code, 0, "{}", check.stdout);
    scene.push();
    let after = scene.propose(&hub, &[]);
    assert_eq!(decided(&after), is(0, "ignore", "healed"), "{}", after.stdout);
}

#[test]
fn the_branch_as_the_remote_has_it_counts() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    scene
        .repo
        .write("prod/kustomization.yaml", crate::revert::overlay(&scene.registry, "'1'"))
        .commit("local");
    assert_eq!(decided(&scene.handle(&event("apps"), JSON)), is(1, "report", "confirmed-missing"));
    scene.push();
    assert_eq!(decided(&scene.handle(&event("apps"), JSON)), is(0, "ignore", "healed"));
}

#[test]
fn a_late_push_heals() {
    let scene = scene(&["1", "2"], &["'1'", "'2'"]);
    let run = scene.handle(&event("apps"), &[]);
    insta::assert_snapshot!(shown(&run), @"
    exit 0
    Kustomization flux-system/apps in prod-eu: healed (ignore)
      the only reference can be pulled: it was pushed since, or the failure has another cause
      looked at: prod at COMMIT
    ");
}

#[test]
fn a_reference_that_is_no_longer_in_git() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let mut event = event("apps");
    event["metadata"]["revision"] = format!("main@sha1:{}", scene.repo.head()).into();
    scene.repo.write("prod/kustomization.yaml", crate::revert::overlay(&scene.registry, "'1'")).commit("fix");
    scene.push();
    assert_eq!(decided(&scene.handle(&event, JSON)), is(0, "ignore", "already-gone"));
}

#[test]
fn an_outage_of_the_registry_is_not_verified() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    scene.registry.fault(Matcher::any("manifests"), Fault::Status(Reply::status(503)));
    let hub = Hub::start(Vec::new());
    let run = scene.propose(&hub, &["--timeout", "2s"]);
    assert_eq!(decided(&run), is(3, "report", "unverified"));
    assert_eq!((scene.branches().as_str(), hub.log().len()), ("", 0));
}

#[test]
fn a_registry_that_fails_for_others_is_not_believed() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let image = format!("{}/shop/db:1", scene.registry.host());
    scene.repo.write("prod/db.yaml", deployment(&image)).write(
        "prod/kustomization.yaml",
        crate::revert::overlay(&scene.registry, "'2'").replace("[../base]", "[../base, db.yaml]"),
    );
    scene.repo.commit("db");
    scene.push();
    scene.registry.fault(Matcher::any("shop/db/manifests"), Fault::Status(Reply::status(503)));
    let run = scene.handle(&event("apps"), &["--format", "json", "--timeout", "2s"]);
    assert_eq!(decided(&run), is(3, "report", "unverified"));
    assert_eq!(outcome(&run)["unverified"].as_array().map(Vec::len), Some(2));
}

#[test]
fn information_is_no_failure() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let mut event = event("apps");
    event["severity"] = "info".into();
    assert_eq!(decided(&scene.handle(&event, JSON)), is(0, "ignore", "not-an-error"));
}

#[test]
fn an_unknown_object_names_near_ones() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let run = scene.handle(&event("app"), &[]);
    insta::assert_snapshot!(shown(&run), @"
    exit 3
    Kustomization flux-system/app in prod-eu: unknown-unit (report)
      the repository has no Kustomization flux-system/app; did you mean flux-system/apps?
      looked at: COMMIT
    ");
    let mut release = event("web");
    release["involvedObject"]["kind"] = "HelmRelease".into();
    let run = scene.handle(&release, &[]);
    insta::assert_snapshot!(shown(&run), @"
    exit 3
    HelmRelease flux-system/web in prod-eu: unknown-unit (report)
      the repository has no HelmRelease
      looked at: COMMIT
    ");
    scene.repo.write("clusters/prod/other.yaml", kustomization("other", "./elsewhere")).commit("other");
    scene.push();
    let run = scene.handle(&event("other"), JSON);
    assert_eq!(decided(&run), is(3, "report", "unknown-unit"));
    assert!(outcome(&run)["why"].as_str().unwrap().ends_with("deploys no folder of this repository"));
}

#[test]
fn an_object_without_images() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n";
    scene.repo.write("settings/map.yaml", map);
    scene
        .repo
        .write("clusters/prod/settings.yaml", kustomization("settings", "./settings"))
        .commit("settings");
    scene.push();
    assert_eq!(decided(&scene.handle(&event("settings"), JSON)), is(0, "ignore", "not-an-image"));
}

#[test]
fn a_file_that_cannot_be_read_leaves_the_unit_unverified() {
    let scene = scene(&["1"], &["'1'"]);
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0123456789abcdef\nsize 12345\n";
    let overlay = crate::revert::overlay(&scene.registry, "'1'").replace("[../base]", "[../base, db.yaml]");
    scene.repo.write("prod/db.yaml", pointer).write("prod/kustomization.yaml", overlay).commit("db");
    scene.push();
    let run = scene.handle(&event("apps"), JSON);
    assert_eq!(decided(&run), is(3, "report", "unverified"));
    assert_eq!(outcome(&run)["unverified"], json!(["prod/db.yaml"]));
}

#[test]
fn a_part_that_is_not_checked_may_have_an_image() {
    let scene = scene(&["1"], &["'1'"]);
    let remote = "resources: ['https://git.example/team/base?ref=v1']\n";
    scene.repo.write("remote/kustomization.yaml", remote);
    scene.repo.write("clusters/prod/remote.yaml", kustomization("remote", "./remote")).commit("remote");
    scene.push();
    let run = scene.handle(&event("remote"), JSON);
    assert_eq!(decided(&run), is(3, "report", "unverified"));
    let why = "no reference was queried, so nothing is known; something was not checked, as pullable check --all reports";
    assert_eq!(outcome(&run)["why"], why);
}

#[test]
fn a_release_by_its_namespace_and_name_and_no_other_of_its_unit() {
    let scene = scene(&["1", "2"], &["'1'", "'2'"]);
    let host = scene.registry.host();
    let release = |name: &str, tag: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {name}}}\n\
             spec:\n  values:\n    image:\n      repository: {host}/shop/web\n      tag: '{tag}'\n"
        )
    };
    let all = "namespace: prod\nresources: [web.yaml, db.yaml]\n";
    scene.repo.write("prod/kustomization.yaml", all).write("prod/db.yaml", release("db", "gone"));
    scene.repo.write("prod/web.yaml", release("web", "1")).commit("one");
    scene.repo.write("prod/web.yaml", release("web", "9")).commit("nine");
    scene.push();
    // The captured event names a version of the chart.
    let captured = include_str!("../../crates/notification/tests/fixtures/flux-3.json");
    let mut event: Value = serde_json::from_str(captured).unwrap();
    event["timestamp"] = written(now()).into();
    let run = scene.handle(&event, JSON);
    assert_eq!(decided(&run), is(1, "report", "confirmed-missing"));
    let json = outcome(&run);
    let references = json["incidents"][0]["references"].as_array().unwrap().clone();
    assert_eq!((json["incidents"].as_array().map(Vec::len), references.len()), (Some(1), 1));
    assert_eq!(references[0]["from"], format!("{host}/shop/web:9"));
    assert_eq!(references[0]["to"], format!("{host}/shop/web:1"));
    event["involvedObject"]["namespace"] = "dev".into();
    assert_eq!(decided(&scene.handle(&event, JSON)), is(3, "report", "unknown-unit"));
}

#[test]
fn an_application_of_argo_cd_through_the_event_file_of_github() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web, namespace: argocd}\n\
        spec: {source: {repoURL: 'https://git.example/a/b', path: prod}, destination: {namespace: prod}}\n";
    scene.repo.remove("clusters/prod/apps.yaml").write("argo/web.yaml", application).commit("Argo CD");
    scene.push();
    let notification = json!({
        "schema": "pullable.argocd/1", "app": "web", "namespace": "argocd", "revision": scene.repo.head(),
        "health": {"status": "Degraded"}, "phase": "Succeeded", "message": "", "images": [],
    });
    let dispatched = json!({"action": "argocd", "client_payload": {"notification": notification}});
    let hub = Hub::start(Vec::new());
    let forge = hub.named();
    let run = scene.handle(&dispatched, &["--propose", "--forge", &forge, "--format", "json"]);
    assert_eq!(decided(&run), is(0, "propose", "confirmed-missing"));
    let message = scene.origin.git(&["log", "-1", "--format=%B", &scene.branches()]);
    assert!(message.contains("\nPullable-Trigger: argocd"), "{message}");
}

#[test]
fn nothing_is_left_to_go_back_to() {
    let scene = scene(&[], &["'1'", "'2'"]);
    let hub = Hub::start(Vec::new());
    let run = scene.propose(&hub, &[]);
    assert_eq!(decided(&run), is(1, "report", "confirmed-missing"));
    let json = outcome(&run);
    assert_eq!(json["incidents"][0]["outcome"], "nothing-good");
    assert!(json["why"].as_str().unwrap().contains("cannot be pulled"), "{json:#}");
    assert_eq!(scene.branches(), "");
}

#[test]
fn an_earlier_value_that_is_not_verified() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    scene.registry.fault(Matcher::any("manifests/1"), Fault::Status(Reply::status(500)));
    let run = scene.handle(&event("apps"), &["--format", "json", "--timeout", "2s"]);
    assert_eq!(decided(&run), is(3, "report", "unverified"));
}

#[test]
fn a_registry_that_is_left_out_tells_nothing() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let host = scene.registry.host();
    let settings =
        format!("registries: {{'{host}': {{verify: false, reason: only the cluster reaches it}}}}\n");
    scene.repo.write(".pullable.yaml", settings).commit("settings");
    scene.push();
    let run = scene.handle(&event("apps"), JSON);
    assert_eq!(decided(&run), is(3, "report", "unverified"));
    let why = "no reference was queried, so nothing is known; the configuration excludes 1 reference";
    assert_eq!(outcome(&run)["why"], why);
}

#[test]
fn a_shallow_clone_cannot_decide() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let run = handle(&scene.origin.clone_shallow(1), &event("apps"), &[]);
    run.refused(&["git fetch --no-tags --unshallow origin"]);
}

#[test]
fn notifications_that_cannot_be_read() {
    let scene = scene(&["1"], &["'1'"]);
    scene
        .handle(&json!({"a": 1}), &[])
        .refused(&["is not a notification: it is neither an event of Flux", "TRIGGER_PAYLOAD"]);
    pullable(&scene.repo, &["sentry", "--event", "absent.json"])
        .refused(&["absent.json: no such file or folder"]);
    let handle =
        |input: &str| pullable_reads(scene.repo.path(), input.as_bytes(), &["sentry", "--event", "-"]);
    handle("").refused(&["standard input is not a notification: it is empty"]);
    handle("{").refused(&["standard input is not a notification: it is not JSON, at line 1"]);
    let run = scene.handle(&event("apps"), &["--propose"]);
    run.refused(&["no forge is known for the remote file://", "--forge"]);
}
