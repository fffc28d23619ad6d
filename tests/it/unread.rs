//! What could not be read is not verified: exit code 3, and no check mark beside it.

use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::{Run, pod, pullable, pullable_in};

fn outcome(run: &Run) -> (i32, Vec<String>) {
    (run.code, run.rules())
}

/// Asserts the exit code and the rule of a run, and that no format for people shows a check mark.
pub fn unverified(repo: &Repo, args: &[&str], code: i32, rule: &str) {
    let run = pullable(repo, &[args, &["--format", "json"]].concat());
    assert_eq!(outcome(&run), (code, vec![rule.to_owned()]), "{}", run.stdout);
    for format in ["human", "markdown", "github", "concise"] {
        let text = pullable(repo, &[args, &["--format", format]].concat()).stdout;
        assert!(!text.contains(['✓', '✅']), "{text}");
    }
}

#[test]
fn a_file_above_the_limit_is_not_verified() {
    let repo = Repo::new();
    repo.write("a.yaml", format!("{}# {}\n", pod(&["nginx:1"]), "x".repeat(4096)));
    let limited = ["images", "--all", "--max-file-size", "1024"];
    unverified(&repo, &limited, 3, "unreadable-file");
    let text = pullable(&repo, &limited).stdout;
    assert!(
        text.contains("nothing is known to be missing: make the files readable, and run this again"),
        "{text}"
    );
    let check = ["check", "--all", "--max-file-size", "1024", "--on-unverified", "warn"];
    unverified(&repo, &check, 0, "unreadable-file");
    repo.write(".pullable.yaml", "ignore: [{path: a.yaml, reason: no manifest}]\n");
    let ignored = pullable(&repo, &limited);
    assert!(ignored.code == 0 && ignored.stdout.contains('✓'), "{}", ignored.stdout);
}

#[test]
fn a_blob_that_git_lacks_is_not_verified() {
    let repo = Repo::new();
    repo.write("a.yaml", "a: 1\n").commit("before");
    repo.branch("change").write("a.yaml", pod(&["nginx:1"])).commit("after");
    let blob = repo.git(&["rev-parse", "HEAD:a.yaml"]);
    let (folder, name) = blob.trim().split_at(2);
    let object = repo.path().join(".git/objects").join(folder).join(name);
    let _ = std::fs::remove_file(&object);
    let args = ["images", "--base", "main", "--head", "HEAD"];
    unverified(&repo, &args, 3, "unreadable-file");
    std::fs::write(&object, "corrupt").unwrap();
    unverified(&repo, &args, 3, "unreadable-file");
}

#[test]
fn a_kustomization_that_is_not_yaml_is_not_verified() {
    let repo = Repo::new();
    repo.write("k/kustomization.yaml", "resources: [a.yaml]\n").write("k/a.yaml", pod(&["nginx:1"]));
    repo.commit("before");
    repo.branch("change").write("k/kustomization.yaml", "resources: [a.yaml\n");
    unverified(&repo, &["images", "--base", "main"], 3, "unreadable-file");
    let run = pullable(&repo, &["images", "--base", "main", "--format", "json"]);
    let finding = &run.json()["findings"][0];
    let message = finding["message"].as_str().unwrap();
    assert!(message.starts_with("this kustomization cannot be read as YAML: "), "{message}");
    assert_eq!(finding["help"], "kustomize stops here, and nothing that it deploys was verified");
    assert!(finding["line"].as_u64().is_some());
}

#[test]
fn what_is_no_yaml_stays_a_warning_without_a_check_mark() {
    let repo = Repo::new();
    repo.write("a.yaml", "image: [\n");
    unverified(&repo, &["images", "--all"], 0, "unparseable-file");
}

#[test]
fn a_submodule_stays_a_notice_without_a_check_mark() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["nginx:1"])).commit("before");
    let id = repo.git(&["rev-parse", "HEAD"]);
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},sub", id.trim())]);
    repo.git(&["commit", "-q", "-m", "a submodule"]);
    unverified(&repo, &["images", "--all", "--head", "HEAD"], 0, "not-checked");
}

#[test]
fn a_mark_stands_where_all_was_read() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("a.yaml"), pod(&[&format!("{}/shop/web:1", registry.host())])).unwrap();
    assert!(pullable_in(folder.path(), &["check", "."]).stdout.contains("✓ 1 reference: 1 present"));
    let markdown = pullable_in(folder.path(), &["check", ".", "--format", "markdown"]).stdout;
    assert!(markdown.contains("✅"), "{markdown}");
}

/// Changed files that nothing reads are counted, and listed with `-v` and in JSON.
#[test]
fn changed_files_that_nothing_reads_are_counted() {
    let repo = Repo::new();
    repo.write("README.md", "shop").write("settings.conf", "a").commit("before");
    repo.branch("change").write("settings.conf", "b").write("tags/prod", "1.0").write("README.md", "a shop");
    repo.write("web.yaml", pod(&["nginx:1"])).commit("after");
    let fixed = ["images", "--base", "main", "--head", "HEAD"];
    let list = |args: &[&str]| pullable(&repo, &[&fixed, args].concat());
    assert_eq!(
        list(&["--format", "json"]).json()["unread"],
        serde_json::json!(["settings.conf", "tags/prod"])
    );
    insta::assert_snapshot!(list(&[]).shown(), @r"
    exit 0
    web.yaml:8:12  docker.io/library/nginx:1

    ✓ 1 reference in 1 file, N s
      compared COMMIT against COMMIT (--base main)
      2 other changed files are not read by anything that is deployed (-v lists them)
    ");
    insta::assert_snapshot!(list(&["-v"]).shown(), @"
    exit 0
    changes:
      docker.io/library/nginx:1  new
          Pod web (c0) in web.yaml

    web.yaml:8:12  docker.io/library/nginx:1

    ✓ 1 reference in 1 file, N s
      compared COMMIT against COMMIT (--base main)
      2 other changed files are not read by anything that is deployed:
        settings.conf
        tags/prod
    ");
    let markdown = list(&["--format", "markdown"]).stdout;
    assert!(
        markdown.contains(" · 2 other changed files are not read by anything that is deployed\n"),
        "{markdown}"
    );
    repo.remove("tags").git(&["checkout", "-q", "main", "--", "settings.conf"]);
    repo.commit("without them");
    let json = list(&["--format", "json"]).json();
    assert!(json.get("unread").is_none(), "{json}");
}
