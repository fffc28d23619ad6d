//! `pullable audit`: manifests that nothing known deploys are listed apart, and are never broken.

use std::fs;

use serde_json::{Value, json};
use testkit::registry::{Matcher, Registry, Reply};
use testkit::repo::Repo;

use crate::drift::{deployment, repository};
use crate::revert::registry;
use crate::support::{Run, pullable, pullable_in};

/// Flux deploys `apps`, whose kustomization includes `web.yaml` with a tag. `others`: files of manifests with theirs.
fn gitops(registry: &Registry, tag: &str, others: &[(&str, &str)]) -> Repo {
    let image = |tag: &str| format!("{}/shop/{tag}", registry.host());
    let repo = repository(&[("web.yaml", deployment("web", &[("web", &image(tag))]))], "");
    for (path, tag) in others {
        repo.write(path, deployment("old", &[("old", &image(tag))]));
    }
    repo.commit("all");
    repo
}

fn audit(repo: &Repo) -> (Run, Value) {
    let run = pullable(repo, &["audit", "--format", "json"]);
    let json = run.json();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/report.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    assert!(jsonschema::is_valid(&schema, &json), "{json:#}");
    let rebuild = json["audit"]["rebuild"].clone();
    (run, rebuild)
}

/// The files of the manifests that nothing known deploys, with their verdicts.
fn apart(rebuild: &Value) -> Vec<String> {
    let all = rebuild["not_included"].as_array().cloned().unwrap_or_default();
    let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    all.iter().map(|one| format!("{} {}", text(one, "path"), text(one, "verdict"))).collect()
}

#[test]
fn they_are_listed_apart() {
    let registry = registry(&["1.0.0"]);
    let others = [("apps/old.yaml", "web:0.9"), ("apps/kept/also.yaml", "web:1.0.0")];
    let repo = gitops(&registry, "web:1.0.0", &others);
    insta::assert_snapshot!(pullable(&repo, &["audit"]).shown(), @"
    exit 0
    missing-tag

      ☞ 127.0.0.1:PORT./shop/web has no tag 0.9
       ╭─[apps/old.yaml:9:41]
     8 │       - name: old
     9 │         image: 127.0.0.1:PORT./shop/web:0.9
       ·                                         ─┬─
       ·                                          ╰── no such tag
       ╰────
      help: correct the tag, or push the image before this is merged
            nothing known deploys this manifest: the kustomization beside or above the file does not
            include it

    Could this Git rebuild the cluster today? Yes: the only image can be pulled.
      not deployed by anything known: 2 references in 2 files
        127.0.0.1:PORT./shop/web:0.9 (missing-tag) at apps/old.yaml:9
    Could a revert roll back each last change today? Yes: no reference ever had another value.
      1 reference never had another value
      2 references not looked at: nothing known deploys them
    Does CI deploy around Git? No: no line of a CI file reaches a cluster.

    ! 3 references: 1 missing, 2 present in 5 files, N s
    ");
    let (run, rebuild) = audit(&repo);
    assert_eq!(run.code, 0);
    assert_eq!(apart(&rebuild), ["apps/kept/also.yaml present", "apps/old.yaml missing-tag"]);
    let figures = ["answer", "images", "broken", "unverified", "skipped", "references"];
    assert_eq!(
        figures.map(|key| &rebuild[key]),
        [&json!("yes"), &json!(1), &json!(0), &json!(0), &json!(0), &json!([])]
    );
    assert_eq!(run.json()["audit"]["rollback"]["not_included"], 2);
    let strict = pullable(&repo, &["audit", "--strict", "--format", "json"]);
    assert_eq!((strict.code, &strict.json()["audit"]["rebuild"]["answer"]), (1, &json!("yes")));
}

/// The gate of a pull request checks them like all others: somebody may include the file later.
#[test]
fn the_gate_is_not_concerned() {
    let registry = registry(&["1.0.0"]);
    let repo = gitops(&registry, "web:1.0.0", &[("apps/old.yaml", "web:0.9")]);
    let run = pullable(&repo, &["check", "--all", "--format", "json"]);
    assert_eq!((run.code, run.rules()), (1, vec!["missing-tag".to_owned()]));
    assert!(run.json()["references"].as_array().unwrap().iter().all(|one| one["not_included"].is_null()));
}

#[test]
fn one_that_is_deployed_is_broken_all_the_same() {
    let registry = registry(&["1.0.0"]);
    let (run, rebuild) = audit(&gitops(&registry, "web:0.9", &[("apps/a.yaml", "web:0.9")]));
    assert_eq!((run.code, &rebuild["answer"], &rebuild["broken"]), (1, &json!("no"), &json!(1)));
    assert_eq!(apart(&rebuild), ["apps/a.yaml missing-tag"]);
}

/// One outage is one finding, but not for both kinds.
#[test]
fn an_outage_is_not_hidden_by_one_that_nothing_deploys() {
    let registry = registry(&[]);
    registry.fault(Matcher::any("/shop/"), Reply::error(503, "UNAVAILABLE", "down"));
    let repo = gitops(&registry, "web:1", &[("apps/a.yaml", "web:2"), ("apps/b.yaml", "web:3")]);
    let (run, rebuild) = audit(&repo);
    assert_eq!((run.code, &rebuild["answer"], &rebuild["unverified"]), (3, &json!("unknown"), &json!(1)));
    assert_eq!(apart(&rebuild), ["apps/a.yaml unverified", "apps/b.yaml unverified"]);
    let found = run.json()["findings"].as_array().unwrap().clone();
    let severities: Vec<&Value> = found.iter().map(|finding| &finding["severity"]).collect();
    assert_eq!(severities, ["notice", "error"], "{found:#?}");
}

#[test]
fn whatever_may_be_deployed_is_counted() {
    let registry = registry(&["1.0.0"]);
    let host = registry.host();
    let values = format!("image: {{repository: {host}/shop/web, tag: '0.9'}}\n");
    let broken = "resources: [absent.yaml]\n".to_owned();
    let old = deployment("old", &[("old", &format!("{host}/shop/web:0.9"))]);
    let set = |path: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: all, namespace: argocd}}\nspec:\n  \
             generators: [{{clusters: {{}}}}]\n  template:\n    metadata: {{name: '{{{{name}}}}'}}\n    spec:\n      \
             source: {{repoURL: 'https://git.test/x.git', path: '{path}'}}\n      destination: {{namespace: a}}\n"
        )
    };
    let plugin = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a, namespace: argocd}\nspec:\n  source: \
                  {repoURL: 'https://git.test/gitops.git', path: apps, plugin: {name: own}}\n  destination: {namespace: a}\n";
    let here = "repositories: {'https://git.test/gitops.git': .}\n".to_owned();
    let template = "kind: Application\nspec: {image: '{{ .Values.image }}'}\n".to_owned();
    for files in [
        vec![("apps/sub/old.yaml", old.clone()), ("argocd/set.yaml", set("apps/{{name}}"))],
        vec![
            ("apps/sub/old.yaml", old.clone()),
            ("argocd/a.yaml", plugin.to_owned()),
            (".pullable.yaml", here),
        ],
        vec![
            ("apps/sub/old.yaml", old.clone()),
            ("chart/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n".to_owned()),
            ("chart/templates/a.yaml", template),
            ("chart/templates/fails.yaml", "{{ fail \"no\" }}\n".to_owned()),
        ],
        vec![("plain/old.yaml", old.clone())],
        vec![("apps/values.yaml", values)],
        vec![("apps/sub/kustomization.yaml", broken), ("apps/sub/old.yaml", old)],
    ] {
        let repo = gitops(&registry, "web:1.0.0", &[]);
        for (path, text) in &files {
            repo.write(path, text);
        }
        repo.commit("more");
        let (run, rebuild) = audit(&repo);
        assert_eq!((run.code, apart(&rebuild)), (1, vec![]), "{files:?}");
    }
}

/// A dump of kubectl: no API server creates an object with a `resourceVersion`.
#[test]
fn an_export_of_a_cluster_is_no_source_of_truth() {
    let registry = registry(&["1.0.0"]);
    let item = |kept: &str| {
        format!(
            "  - apiVersion: apps/v1\n    kind: Deployment\n    metadata: {{name: old, namespace: shop{kept}}}\n    \
             spec: {{template: {{spec: {{containers: [{{name: old, image: '{}/shop/web:0.9'}}]}}}}}}\n",
            registry.host()
        )
    };
    let (of_cluster, by_hand) = (item(", uid: 5c0f, resourceVersion: '71'"), item(""));
    for (items, code, found) in [
        ([&of_cluster, &of_cluster], 0, vec!["dumps/now.yaml missing-tag", "dumps/now.yaml missing-tag"]),
        ([&of_cluster, &by_hand], 1, vec![]),
    ] {
        let repo = gitops(&registry, "web:1.0.0", &[]);
        let list = format!("apiVersion: v1\nkind: List\nitems:\n{}{}", items[0], items[1]);
        repo.write("dumps/now.yaml", list).commit("dump");
        let (run, rebuild) = audit(&repo);
        assert_eq!((run.code, apart(&rebuild)), (code, found.into_iter().map(str::to_owned).collect()));
        let gate = pullable(&repo, &["check", "--all", "--format", "json"]);
        assert_eq!(gate.code, 1, "the gate reads it like all others");
    }
    let repo = gitops(&registry, "web:1.0.0", &[("apps/dumps/README.md", "web:1.0.0")]);
    repo.write("clusters/prod/dumps.yaml", crate::drift::flux("dumps", "./dumps"));
    repo.write("dumps/now.yaml", format!("apiVersion: v1\nkind: List\nitems:\n{of_cluster}"))
        .commit("deployed");
    let (run, rebuild) = audit(&repo);
    assert_eq!((run.code, &rebuild["broken"]), (1, &json!(1)), "Flux applies it");
}

#[test]
fn shards_are_merged() {
    let registry = registry(&["1.0.0"]);
    registry.push("shop/db", "1");
    registry.fault(Matcher::any("/ill/"), Reply::error(503, "UNAVAILABLE", "down"));
    let others = [
        ("apps/old.yaml", "web:0.9"),
        ("apps/db.yaml", "db:1"),
        ("apps/x.yaml", "ill/x:1"),
        ("apps/y.yaml", "ill/y:1"),
    ];
    for strict in [&[][..], &["--strict"]] {
        let repo = gitops(&registry, "ill/z:1", &others);
        let whole = pullable(&repo, &[&["audit", "--format", "json"], strict].concat());
        let folder = tempfile::tempdir().unwrap();
        let mut args = vec!["merge".to_owned(), "--format".to_owned(), "json".to_owned()];
        for shard in ["1/3", "2/3", "3/3"] {
            let part = pullable(&repo, &[&["audit", "--format", "json", "--shard", shard], strict].concat());
            let file = folder.path().join(format!("{}.json", shard.replace('/', "-")));
            fs::write(&file, part.stdout).unwrap();
            args.push(file.to_str().unwrap().to_owned());
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let merged = pullable_in(folder.path(), &args);
        assert_eq!((merged.code, merged.stdout), (whole.code, whole.stdout), "{strict:?}");
    }
}

/// A wrong deletion is worse than a list that is too long.
#[test]
fn the_keep_list_has_them() {
    let registry = registry(&["1.0.0", "0.9"]);
    let repo = gitops(&registry, "web:1.0.0", &[("apps/old.yaml", "web:0.9"), ("apps/x.yaml", "ill/x:1")]);
    registry.fault(Matcher::any("/ill/"), Reply::error(503, "UNAVAILABLE", "down"));
    pullable(&repo, &["audit", "--keep-list", ".git/keep"]);
    let list = fs::read_to_string(repo.path().join(".git/keep")).unwrap();
    assert!(list.contains("shop/web:0.9") && list.contains("PARTIAL"), "{list}");
    assert!(list.contains("# partial in-use: images that could not be verified: 1"), "{list}");
}
