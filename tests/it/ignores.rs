//! Inline ignores and ignored folders across a change: no finding passes silently.

use serde_json::Value;
use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::{Run, pod, pullable};

fn shop() -> Registry {
    let registry = Registry::start();
    registry.push("shop/web", "1.0");
    registry
}

fn check(repo: &Repo, args: &[&str]) -> Run {
    pullable(repo, &[&["check", "--base", "main", "--format", "json"], args].concat())
}

fn outcome(run: &Run) -> (i32, Vec<String>) {
    (run.code, run.rules())
}

fn rules(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// A repository with this file on `main`, and the branch `change` checked out.
fn on_main(path: &str, text: &str) -> Repo {
    let repo = Repo::new();
    repo.write(path, text).commit("before");
    repo.branch("change");
    repo
}

#[test]
fn an_ignore_that_the_change_adds_is_reported() {
    let registry = shop();
    let web = |rest: &str| pod(&[&format!("{}/shop/web:{rest}", registry.host())]);
    let repo = on_main("a.yaml", &web("1.0"));
    repo.write("a.yaml", web("9.9-bad # pullable: ignore[missing-tag] built later"));
    let run = check(&repo, &[]);
    assert_eq!(outcome(&run), (0, rules(&["ignore-added"])));
    let finding = &run.json()["findings"][0];
    let message = finding["message"].as_str().unwrap();
    assert!(message.starts_with("this change adds an ignore of missing-tag for 127.0.0.1:"), "{message}");
    assert!(message.ends_with("/shop/web: built later"), "{message}");
    assert_eq!((&finding["line"], &finding["severity"]), (&Value::from(8), &Value::from("notice")));
    assert_eq!(outcome(&check(&repo, &["--strict"])), (1, rules(&["ignore-added"])));
    // Beside an image that is not introduced it is reported as well.
    repo.write("a.yaml", web("1.0 # pullable: ignore[missing-tag] built later"));
    assert_eq!(outcome(&check(&repo, &[])), (0, rules(&["ignore-added"])));
    assert_eq!(outcome(&pullable(&repo, &["check", "--all", "--format", "json"])), (0, vec![]));
}

#[test]
fn an_ignore_of_the_base_holds_and_is_not_reported() {
    let registry = shop();
    let image = |tag: &str| format!("{}/shop/web:{tag}", registry.host());
    let ignored = |tag: &str| format!("{} # pullable: ignore[missing-tag] built later", image(tag));
    let repo = on_main("a.yaml", &pod(&[&ignored("8")]));
    repo.write("a.yaml", format!("# moved\n\n{}", pod(&[&ignored("8")])));
    assert_eq!(outcome(&check(&repo, &[])), (0, vec![]));
    repo.write("a.yaml", pod(&[&ignored("9")]));
    assert_eq!(outcome(&check(&repo, &[])), (0, rules(&["not-checked"])), "a new value");
    // A copy of the comment is a separate ignore.
    repo.write("a.yaml", pod(&[&ignored("8"), &ignored("10")]));
    assert_eq!(outcome(&check(&repo, &[])), (0, rules(&["ignore-added"])));
    repo.remove("a.yaml").write("b.yaml", pod(&[&ignored("8")]));
    repo.commit("renamed");
    assert_eq!(outcome(&check(&repo, &[])), (0, vec![]), "a renamed file");
    // A new unit adds no ignore to a file that it reads.
    let repo = on_main("old/a.yaml", &pod(&[&ignored("9")]));
    repo.write("old/kustomization.yaml", "resources: [a.yaml]\n");
    repo.write("new/kustomization.yaml", "resources: [../old]\nnamePrefix: new-\n");
    assert_eq!(outcome(&check(&repo, &[])), (0, vec![]));
}

#[test]
fn an_ignore_that_goes_away_leaves_its_missing_tag_as_a_finding() {
    let registry = shop();
    let image = format!("{}/shop/web:9", registry.host());
    let repo = on_main("a.yaml", &pod(&[&format!("{image} # pullable: ignore[missing-tag] built later")]));
    repo.write("a.yaml", pod(&[&image]));
    assert_eq!(outcome(&check(&repo, &[])), (1, rules(&["missing-tag"])));
    repo.write("a.yaml", pod(&[&format!("{image} # pullable: ignore[missing-digest] another rule")]));
    assert_eq!(outcome(&check(&repo, &[])), (1, rules(&["missing-tag", "ignore-added"])));
}

#[test]
fn a_file_that_leaves_an_ignored_folder_is_verified() {
    let registry = shop();
    let drafts = "ignore: [{path: 'drafts/**', reason: not deployed}]\n";
    let repo = Repo::new();
    let images = [format!("{}/shop/web:9", registry.host()), format!("{}/shop/web:1.0", registry.host())];
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    repo.write(".pullable.yaml", drafts).write("drafts/x.yaml", pod(&images)).commit("before");
    repo.branch("change").remove("drafts/x.yaml").write("apps/x.yaml", pod(&images));
    repo.commit("renamed");
    assert_eq!(outcome(&check(&repo, &[])), (1, rules(&["missing-tag"])));
    repo.remove("apps/x.yaml").write("drafts/y.yaml", pod(&images)).commit("renamed within");
    assert_eq!(outcome(&check(&repo, &[])), (0, vec![]));
}

#[test]
fn an_ignore_covers_its_own_scalar_alone() {
    let registry = shop();
    let host = registry.host();
    let ignore = "# pullable: ignore[missing-tag] built later";
    let deployment = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  template:\n    spec:\n      \
         containers:\n      - name: web\n        image: {host}/shop/web:1.0 {ignore}\n"
    );
    let overlay =
        |tag: &str| format!("resources: [../base]\nimages:\n- name: {host}/shop/web\n  newTag: {tag}\n");
    let repo = Repo::new();
    repo.write("base/web.yaml", &deployment).write("base/kustomization.yaml", "resources: [web.yaml]\n");
    repo.write("prod/kustomization.yaml", overlay("'1.0'")).commit("before");
    repo.branch("change").write("prod/kustomization.yaml", overlay("9.9-bad"));
    let run = check(&repo, &[]);
    assert_eq!(outcome(&run), (1, rules(&["missing-tag"])), "the base's line is not the overlay's");
    let help = run.json()["findings"][0]["help"].as_str().unwrap().to_owned();
    assert!(help.contains("the ignore in base/web.yaml line 9 covers another value than this one"), "{help}");

    let values = |tag: &str| format!("image:\n  repository: {host}/shop/web {ignore}\n  tag: '{tag}'\n");
    let repo = on_main("values.yaml", &values("1.0"));
    repo.write("values.yaml", values("9.9-bad"));
    assert_eq!(
        outcome(&check(&repo, &[])),
        (1, rules(&["missing-tag"])),
        "the repository's line is not the tag's"
    );

    let chart = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
    let defaults = format!("image:\n  repository: {host}/shop/web\n  tag: '1.0' {ignore}\n");
    let repo = Repo::new();
    repo.write("c/Chart.yaml", chart).write("c/values.yaml", defaults).commit("before");
    repo.branch("change").write("c/values-prod.yaml", "image: {tag: 9.9-bad}\n");
    assert_eq!(outcome(&check(&repo, &[])), (1, rules(&["missing-tag"])), "the default's line is not prod's");
}

#[test]
fn a_notice_is_ignored_for_one_chart_alone() {
    let template = "image: {{ .Values.image }}\n";
    let repo = Repo::new();
    repo.write(".pullable.yaml", "ignore: [{path: 'a/**', rule: not-checked, reason: known}]\n");
    for chart in ["a", "b", "c"] {
        repo.write(format!("{chart}/Chart.yaml"), "apiVersion: v2\nname: web\nversion: 1.0.0\n");
        repo.write(format!("{chart}/templates/web.yaml"), template);
    }
    let run = pullable(&repo, &["images", "--all", "--format", "json"]);
    assert_eq!(run.rules(), ["not-checked"]);
    let finding = &run.json()["findings"][0];
    let message = finding["message"].as_str().unwrap();
    assert!(message.ends_with("(2 files)"), "{message}");
    assert_eq!(finding["path"], "b/templates/web.yaml");
    assert!(finding["help"].as_str().unwrap().ends_with("\nthe others: c/templates/web.yaml"));
}
