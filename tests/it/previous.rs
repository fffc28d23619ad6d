//! The reference that each introduced one replaces, and the references that a change removes.

use testkit::repo::Repo;

use crate::support::pullable;

/// `image ← previous` of each introduced reference, then `− image` of each removed one.
fn replaced(repo: &Repo) -> Vec<String> {
    let run = pullable(repo, &["images", "--format", "json", "--base", "main"]);
    let json = run.json();
    let mut lines = Vec::new();
    for reference in json["references"].as_array().unwrap() {
        let previous = match &reference["previous"] {
            serde_json::Value::Null => "new".to_owned(),
            previous => {
                let (path, line) = (previous["path"].as_str().unwrap(), &previous["line"]);
                format!("{} at {path}:{line}", previous["image"].as_str().unwrap())
            }
        };
        lines.push(format!("{} ← {previous}", reference["image"].as_str().unwrap_or("?")));
    }
    for reference in json["removed"].as_array().unwrap() {
        lines.push(format!(
            "− {} in {}",
            reference["image"].as_str().unwrap(),
            reference["unit"].as_str().unwrap()
        ));
    }
    lines
}

/// A repository with these files at main and at the branch that is checked out.
fn change(base: &[(&str, &str)], head: &[(&str, &str)]) -> Repo {
    let repo = Repo::new();
    for (path, text) in base {
        repo.write(path, text);
    }
    repo.commit("base");
    repo.branch("change");
    for (path, text) in head {
        repo.write(path, text);
    }
    repo
}

const TWO: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - {name: web, image: 'shop/web:1'}
      - {name: proxy, image: 'shop/proxy:1'}
";

#[test]
fn containers_are_matched_by_name_and_not_by_index() {
    let head = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - {name: log, image: 'shop/log:7'}
      - {name: proxy, image: 'shop/proxy:2'}
      - {name: web, image: 'other/web:2'}
";
    let repo = change(&[("web.yaml", TWO)], &[("web.yaml", head)]);
    assert_eq!(
        replaced(&repo),
        [
            "docker.io/shop/log:7 ← new",
            "docker.io/shop/proxy:2 ← docker.io/shop/proxy:1 at web.yaml:9",
            "docker.io/other/web:2 ← docker.io/shop/web:1 at web.yaml:8",
        ]
    );
}

#[test]
fn an_overlay_and_its_base_are_one_resource() {
    let base = "resources: [web.yaml]\n";
    let images = "resources: [../base]\nimages: [{name: shop/web, newTag: '2'}]\n";
    let repo = change(
        &[
            ("base/web.yaml", TWO),
            ("base/kustomization.yaml", base),
            ("prod/kustomization.yaml", "resources: [../base]\n"),
        ],
        &[("prod/kustomization.yaml", images)],
    );
    assert_eq!(replaced(&repo), ["docker.io/shop/web:2 ← docker.io/shop/web:1 at base/web.yaml:8"]);
}

#[test]
fn values_are_matched_by_their_key() {
    let release = |tag: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web}}\nspec:\n  values:\n    image: {{repository: ghcr.io/shop/web, tag: '{tag}'}}\n"
        )
    };
    let repo = change(&[("release.yaml", &release("1"))], &[("release.yaml", &release("2"))]);
    assert_eq!(replaced(&repo), ["ghcr.io/shop/web:2 ← ghcr.io/shop/web:1 at release.yaml:6"]);
}

#[test]
fn what_nothing_replaces_is_removed() {
    let head = TWO.replace("      - {name: proxy, image: 'shop/proxy:1'}\n", "");
    let repo = change(&[("web.yaml", TWO)], &[("web.yaml", &head)]);
    assert_eq!(replaced(&repo), ["− docker.io/shop/proxy:1 in web.yaml"]);
}

#[test]
fn nothing_is_previous_where_nothing_is_compared() {
    let repo = change(&[("web.yaml", TWO)], &[]);
    let json = pullable(&repo, &["images", "--all", "--format", "json"]).json();
    assert!(json.get("removed").is_none() && json["references"][0].get("previous").is_none());
}

/// Units that head does not have: a file, a kustomization with what it includes, a chart and one of its values files.
#[test]
fn units_of_deleted_files_are_removed() {
    let pod = |image: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec: {{containers: [{{name: a, image: {image}}}]}}\n"
        )
    };
    let repo = Repo::new();
    repo.write("alone.yaml", pod("shop/alone:1")).write("moved.yaml", pod("shop/moved:1"));
    repo.write("k/kustomization.yaml", "resources: [pod.yaml]\n").write("k/pod.yaml", pod("shop/k:1"));
    repo.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n");
    repo.write("c/values.yaml", "image: {repository: quay.io/shop/c, tag: '1'}\n");
    repo.write("c/values-prod.yaml", "image: {tag: '2'}\n")
        .write("stays.yaml", pod("shop/stays:1"))
        .commit("base");
    repo.branch("change").remove("alone.yaml").remove("k/kustomization.yaml").remove("k/pod.yaml");
    repo.rename("moved.yaml", "other.yaml").remove("c/values-prod.yaml").commit("first");
    insta::assert_snapshot!(replaced(&repo).join("\n"), @r"
    − docker.io/shop/k:1 in k
    − quay.io/shop/c:2 in c/values-prod.yaml
    − docker.io/shop/alone:1 in alone.yaml
    ");
    repo.remove("c/Chart.yaml").remove("c/values.yaml").commit("second");
    insta::assert_snapshot!(replaced(&repo).join("\n"), @r"
    − docker.io/shop/k:1 in k
    − quay.io/shop/c:1 in c
    − quay.io/shop/c:2 in c/values-prod.yaml
    − docker.io/shop/alone:1 in alone.yaml
    ");
}

/// A manifest that becomes a resource of a kustomization is still deployed.
#[test]
fn a_unit_that_becomes_a_part_is_not_removed() {
    let repo = change(&[("k/web.yaml", TWO)], &[("k/kustomization.yaml", "resources: [web.yaml]\n")]);
    let removed: Vec<String> = replaced(&repo).into_iter().filter(|line| line.starts_with('−')).collect();
    assert_eq!(removed, [""; 0]);
}
