//! Automations that would put a bad value back, `--hold`, and suspended units in the record of a revert.

use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::revert::{deployment, history, registry};
use crate::support::{Run, pullable};

const AUTOMATION: &str = "apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImageUpdateAutomation
metadata: {name: bump, namespace: flux-system}
spec:
  interval: 30m # often
  update: {path: ./prod, strategy: Setters}
";

fn marked(registry: &Registry, tag: &str) -> String {
    let marker = "# {\"$imagepolicy\": \"flux-system:web:tag\"}";
    format!(
        "resources: [../base]\nimages:\n- name: {}/shop/web\n  newTag: '{tag}' {marker}\n",
        registry.host()
    )
}

fn scene(registry: &Registry, automation: &str) -> Repo {
    let repo = Repo::new();
    repo.write("base/kustomization.yaml", "resources: [web.yaml]\n");
    repo.write("base/web.yaml", deployment(&format!("{}/shop/web:base", registry.host())));
    repo.write("flux/bump.yaml", automation);
    repo.write("prod/kustomization.yaml", marked(registry, "1")).commit("1");
    repo.write("prod/kustomization.yaml", marked(registry, "2")).commit("2");
    repo
}

fn incident(run: &Run) -> serde_json::Value {
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    run.json()["incidents"][0].clone()
}

#[test]
fn flux_is_named_with_the_command_that_stops_it() {
    let registry = registry(&["1"]);
    let repo = scene(&registry, AUTOMATION);
    let found = incident(&pullable(&repo, &["revert", "--dry-run", "--format", "json"]));
    let automation = &found["automation"][0];
    assert_eq!((automation["kind"].as_str(), automation["held"].as_bool()), (Some("flux"), Some(false)));
    assert!(
        automation["stop"].as_str().unwrap().starts_with("flux suspend image update bump -n flux-system")
    );
    let elsewhere = scene(&registry, &AUTOMATION.replace("./prod", "./other"));
    let found = incident(&pullable(&elsewhere, &["revert", "--dry-run", "--format", "json"]));
    assert_eq!(found["automation"].as_array().map(Vec::len), Some(0));
    let stopped = scene(&registry, &AUTOMATION.replace("spec:\n", "spec:\n  suspend: true\n"));
    let found = incident(&pullable(&stopped, &["revert", "--dry-run", "--format", "json"]));
    assert_eq!(found["automation"].as_array().map(Vec::len), Some(0));
}

#[test]
fn hold_suspends_it_in_the_same_commit() {
    let registry = registry(&["1"]);
    let windows = AUTOMATION.replace('\n', "\r\n");
    let off = AUTOMATION.replace("spec:\n", "spec:\n  suspend: false\n");
    for (text, expected) in [
        (AUTOMATION.to_owned(), AUTOMATION.replace("spec:\n", "spec:\n  suspend: true\n")),
        (windows.clone(), windows.replace("spec:\r\n", "spec:\r\n  suspend: true\r\n")),
        (off.clone(), off.replace("false", "true")),
    ] {
        let repo = scene(&registry, &text);
        let found = incident(&pullable(&repo, &["revert", "--hold", "--format", "json"]));
        assert_eq!(found["automation"][0]["held"], true, "{found:#}");
        let branch = found["branch"].as_str().unwrap();
        let shown = repo.command("git").args(["show", &format!("{branch}:flux/bump.yaml")]).output().unwrap();
        assert_eq!(String::from_utf8(shown.stdout).unwrap(), expected);
        assert!(found["follow_ups"][0].as_str().unwrap().starts_with("resume ImageUpdateAutomation bump"));
    }
    // The places in a file that the revert changes too are not valid.
    let repo = history(&registry, &["'1'"]);
    repo.write("flux/bump.yaml", AUTOMATION)
        .write("prod/kustomization.yaml", marked(&registry, "1"))
        .commit("1");
    repo.write("flux/bump.yaml", AUTOMATION.replace("30m", "1m"));
    repo.write("prod/kustomization.yaml", marked(&registry, "2")).commit("2");
    let found = incident(&pullable(&repo, &["revert", "--whole-commit", "--hold", "--format", "json"]));
    assert_eq!(found["automation"][0]["held"], false, "{found:#}");
    let branch = found["branch"].as_str().unwrap();
    assert_eq!(repo.git(&["show", &format!("{branch}:flux/bump.yaml")]), AUTOMATION.trim_end());
    let flow = AUTOMATION
        .replace("spec:\n  interval: 30m # often\n  update: {", "spec: {interval: 30m, update: {")
        .replace("Setters}", "Setters}}");
    let repo = scene(&registry, &flow);
    let found = incident(&pullable(&repo, &["revert", "--hold", "--format", "json"]));
    assert_eq!(found["automation"][0]["held"], false, "flow style is left alone: {found:#}");
}

#[test]
fn argo_cd_image_updater_and_the_bots() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let application = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: shop\n  annotations:\n    \
         argocd-image-updater.argoproj.io/image-list: web={}/shop/web:~1, redis\nspec: {{}}\n",
        registry.host()
    );
    repo.write("argo/shop.yaml", application).commit("an application");
    let run = |repo: &Repo| {
        incident(&pullable(repo, &["revert", "--dry-run", "--format", "json"]))["automation"].clone()
    };
    assert_eq!(run(&repo)[0]["name"], "Application shop");

    for (author, kind) in [
        ("renovate[bot] <bot@renovateapp.com>", "renovate"),
        ("dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>", "dependabot"),
    ] {
        let bot = history(&registry, &["'1'"]);
        bot.write("prod/kustomization.yaml", crate::revert::overlay(&registry, "'2'"));
        bot.git(&["commit", "-q", "-a", "-m", "bump", "--author", author]);
        assert_eq!(run(&bot)[0]["kind"], kind);
    }
}

#[test]
fn a_suspended_unit_is_in_the_record() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let kustomization = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: prod, namespace: flux-system}\nspec:\n  path: ./prod\n  suspend: true\n  sourceRef: {kind: GitRepository, name: flux-system}\n";
    repo.write("flux/prod.yaml", kustomization).commit("suspended");
    let run = pullable(&repo, &["revert", "--dry-run", "--unit", "prod"]);
    let text = format!("{}{}", run.stdout, run.stderr);
    assert!(
        text.contains("warning: Kustomization prod is suspended (flux/prod.yaml:6): nothing will roll out"),
        "{text}"
    );
    repo.write("flux/prod.yaml", kustomization.replace("suspend: true", "suspend: false")).commit("resumed");
    let run = pullable(&repo, &["revert", "--dry-run", "--unit", "prod"]);
    assert!(!run.stdout.contains("is suspended"), "{}", run.stdout);
}
