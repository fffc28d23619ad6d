//! `pullable fix`: the files that it writes, its output, and the references that it does not change.

use std::fs;

use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::{change, pod, pullable, pullable_in};

/// A change with a mistyped tag, a tag that is a number, a tag with two neighbours, and a misspelt repository.
fn mistakes(registry: &Registry) -> Repo {
    let host = registry.host();
    registry.push("shop/web", "1.5.0");
    registry.push("shop/api", "1.5.0");
    registry.push("shop/api", "1.5.2");
    let web = format!("{host}/shop/web");
    let repo =
        change("web.yaml", &pod(&[]), &pod(&[&format!("\"{web}:1.5.O\" # keep"), &format!("{web}:1.5.0")]));
    repo.write("api.yaml", pod(&[&format!("{host}/shop/api:1.5.1"), &format!("{host}/shop/wbe:1.5.0")]));
    repo.write("values.yaml", format!("image: {{repository: {web}, tag: 1.10}}"));
    repo
}

fn text(repo: &Repo, path: &str) -> String {
    fs::read_to_string(repo.path().join(path)).unwrap()
}

#[test]
fn certain_corrections_are_written_and_a_second_run_changes_nothing() {
    let registry = Registry::start();
    let repo = mistakes(&registry);
    let (web, api) = (text(&repo, "web.yaml"), text(&repo, "api.yaml"));
    let run = pullable(&repo, &["fix", "--base", "main"]);
    insta::assert_snapshot!(run.shown(), @"
    exit 1
    values.yaml:1:52: quote the tag 1.10 [numeric-tag]
    web.yaml:8:38: replace the tag 1.5.O with 1.5.0 [missing-tag]
        127.0.0.1:PORT./shop/web:1.5.O → 127.0.0.1:PORT./shop/web:1.5.0
    not changed:
      api.yaml:8:37: 127.0.0.1:PORT./shop/api:1.5.1
          2 tags are equally similar: 1.5.2, 1.5.0; --yes: replace the tag 1.5.1 with 1.5.2
      api.yaml:10:28: 127.0.0.1:PORT./shop/wbe:1.5.0
          another repository may be meant; --yes: replace the repository shop/wbe with shop/web
    ✗ 2 corrections in 2 files written
      2 errors left: pullable check lists them
    ");
    assert_eq!(text(&repo, "web.yaml"), web.replace("1.5.O", "1.5.0"));
    assert_eq!(text(&repo, "api.yaml"), api);
    assert!(text(&repo, "values.yaml").ends_with("tag: \"1.10\"}"));
    registry.push("shop/web", "1.10");
    let again = pullable(&repo, &["fix", "--base", "main"]);
    insta::assert_snapshot!(again.shown(), @"
    exit 1
    not changed:
      api.yaml:8:37: 127.0.0.1:PORT./shop/api:1.5.1
          2 tags are equally similar: 1.5.2, 1.5.0; --yes: replace the tag 1.5.1 with 1.5.2
      api.yaml:10:28: 127.0.0.1:PORT./shop/wbe:1.5.0
          another repository may be meant; --yes: replace the repository shop/wbe with shop/web
    ✗ nothing to correct
      2 errors left: pullable check lists them
    ");
}

#[test]
fn a_confirmation_takes_the_first_candidate() {
    let registry = Registry::start();
    let repo = mistakes(&registry);
    let run =
        pullable(&repo, &["fix", "--base", "main", "--yes", "--rule", "missing-tag,missing-repository"]);
    insta::assert_snapshot!(run.shown(), @"
    exit 1
    api.yaml:8:37: replace the tag 1.5.1 with 1.5.2 [missing-tag]
        127.0.0.1:PORT./shop/api:1.5.1 → 127.0.0.1:PORT./shop/api:1.5.2
    api.yaml:10:28: replace the repository shop/wbe with shop/web [missing-repository]
        127.0.0.1:PORT./shop/wbe:1.5.0 → 127.0.0.1:PORT./shop/web:1.5.0
    web.yaml:8:38: replace the tag 1.5.O with 1.5.0 [missing-tag]
        127.0.0.1:PORT./shop/web:1.5.O → 127.0.0.1:PORT./shop/web:1.5.0
    ✗ 3 corrections in 2 files written
      1 error left: pullable check lists them
    ");
    let api = text(&repo, "api.yaml");
    assert!(api.contains("/shop/api:1.5.2") && api.contains("/shop/web:1.5.0"), "{api}");
    assert!(text(&repo, "values.yaml").contains("tag: 1.10}"), "another rule");
}

#[test]
fn a_diff_applies_and_a_check_fails() {
    let registry = Registry::start();
    let repo = mistakes(&registry);
    let web = text(&repo, "web.yaml");
    let run = pullable(&repo, &["fix", "--base", "main", "--diff"]);
    insta::assert_snapshot!(run.shown(), @r#"
    exit 1
    --- a/values.yaml
    +++ b/values.yaml
    @@ -1,1 +1,1 @@
    -image: {repository: 127.0.0.1:PORT./shop/web, tag: 1.10}
    \ No newline at end of file
    +image: {repository: 127.0.0.1:PORT./shop/web, tag: "1.10"}
    \ No newline at end of file
    --- a/web.yaml
    +++ b/web.yaml
    @@ -5,6 +5,6 @@
     spec:
       containers:
       - name: c0
    -    image: "127.0.0.1:PORT./shop/web:1.5.O" # keep
    +    image: "127.0.0.1:PORT./shop/web:1.5.0" # keep
       - name: c1
         image: 127.0.0.1:PORT./shop/web:1.5.0
    not changed:
      api.yaml:8:37: 127.0.0.1:PORT./shop/api:1.5.1
          2 tags are equally similar: 1.5.2, 1.5.0; --yes: replace the tag 1.5.1 with 1.5.2
      api.yaml:10:28: 127.0.0.1:PORT./shop/wbe:1.5.0
          another repository may be meant; --yes: replace the repository shop/wbe with shop/web
    "#);
    let check = pullable(&repo, &["fix", "--base", "main", "--check", "--rule", "missing-tag"]);
    insta::assert_snapshot!(check.shown(), @"
    exit 1
    web.yaml:8:38: replace the tag 1.5.O with 1.5.0 [missing-tag]
        127.0.0.1:PORT./shop/web:1.5.O → 127.0.0.1:PORT./shop/web:1.5.0
    not changed:
      api.yaml:8:37: 127.0.0.1:PORT./shop/api:1.5.1
          2 tags are equally similar: 1.5.2, 1.5.0; --yes: replace the tag 1.5.1 with 1.5.2
    ✗ 1 correction in 1 file would be written
      3 errors left: pullable check lists them
    ");
    assert_eq!(text(&repo, "web.yaml"), web, "nothing is written");
    repo.git_stdin(&["apply", "-"], run.stdout.as_bytes());
    assert_eq!(text(&repo, "web.yaml"), web.replace("1.5.O", "1.5.0"));
    assert!(text(&repo, "values.yaml").ends_with("tag: \"1.10\"}"), "without a newline at its end");
}

#[test]
fn files_and_folders_are_corrected_as_a_whole() {
    let registry = Registry::start();
    registry.push("shop/web", "1.5.0");
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("apps")).unwrap();
    let place = folder.path().join("apps/web.yaml");
    fs::write(&place, pod(&[&format!("{}/shop/web:1.5.O", registry.host())])).unwrap();
    let check = pullable_in(folder.path(), &["fix", "apps", "--check", "-q"]);
    assert_eq!((check.code, check.stdout.as_str()), (1, ""));
    let run = pullable_in(folder.path(), &["fix", "apps/web.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(fs::read_to_string(&place).unwrap().ends_with("/shop/web:1.5.0\n"));
}
