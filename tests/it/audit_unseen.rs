//! Files that could not be seen are not verified, and no ✓ is printed next to them.

use std::os::unix::fs::PermissionsExt as _;

use testkit::repo::Repo;

use crate::audit_case::{Case, Outcome, deployment, outcome, shop};
use crate::support::pullable;

fn bump() -> Case {
    Case::new().base("web.yaml", &deployment("REP:1.0")).head("web.yaml", &deployment("REP:BAD"))
}

/// `unreadable-file` at a path, exit 3, and no ✓ in the report for people.
#[track_caller]
fn is_unverified(repo: &Repo, args: &[&str], path: &str) {
    let checked = outcome(pullable(repo, &[&["check", "--format", "json"], args].concat()));
    assert_eq!(checked.run.code, 3, "{}", checked.shown());
    assert!(
        checked.findings.iter().any(|it| it.starts_with(&format!("error unreadable-file {path}"))),
        "{}",
        checked.shown()
    );
    let human = pullable(repo, &[&["check"], args].concat());
    assert!(!human.stdout.contains('✓'), "{}", human.stdout);
}

/// A folder in the place of a file that a person may not read, which root could read all the same.
#[test]
fn a_file_without_permission() {
    let registry = shop();
    let repo = bump().commit(&registry, "1.1");
    let file = repo.path().join("web.yaml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&file).is_ok() {
        return;
    }
    is_unverified(&repo, &["web.yaml"], "web.yaml");
    is_unverified(&repo, &["--all", "--head", "worktree"], "web.yaml");
}

/// The rule and the path of a notice.
#[track_caller]
fn is_not_checked(case: &Case, path: &str) {
    let checked: Outcome = case.check("1.1");
    let expected = format!("notice not-checked {path}");
    assert!(
        checked.findings.iter().any(|it| it.starts_with(&expected)),
        "no {expected:?} in {}",
        checked.shown()
    );
    assert_eq!(checked.run.code, 0, "{}", checked.shown());
}

/// A chart in the tree with an image of its values.
fn chart() -> Case {
    Case::new()
        .base("c/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .base("c/values.yaml", "image: {repository: REP, tag: '1.0'}\n")
        .base("c/templates/pod.yaml", "apiVersion: v1\nkind: Pod\nspec: {{ include \"spec\" . }}\n")
}

#[test]
fn files_of_a_chart_that_nothing_reads() {
    let helpers = "{{ define \"spec\" }}{containers: [{name: web, image: REP:TAG}]}{{ end }}\n";
    let helpers = |tag| helpers.replace("TAG", tag);
    is_not_checked(
        &chart()
            .base("c/templates/_helpers.tpl", &helpers("1.0"))
            .head("c/templates/_helpers.tpl", &helpers("BAD")),
        "c/templates/_helpers.tpl",
    );
    is_not_checked(&chart().base("c/files/x.tpl", "1.0").head("c/files/x.tpl", "BAD"), "c/files/x.tpl");
    is_not_checked(
        &chart().base("c/image-tags/production/x", "1.0").head("c/image-tags/production/x", "BAD"),
        "c/image-tags/production/x",
    );
    is_not_checked(&chart().head("c/charts/redis-1.0.0.tgz", "no archive"), "c/charts/redis-1.0.0.tgz");
    is_not_checked(
        &chart().base("c/charts/redis.tgz", "one").head("c/charts/redis.tgz", "another"),
        "c/charts/redis.tgz",
    );
}

/// Documentation beside a chart deploys nothing.
#[test]
fn documentation_of_a_chart_is_harmless() {
    for name in ["README.md", "LICENSE", "values.schema.json", ".helmignore", "Chart.lock"] {
        let path = format!("c/{name}");
        let checked = chart().base(&path, "{}\n").head(&path, "{ }\n").check("1.1");
        let about = checked.findings.iter().filter(|it| it.contains(&path)).count();
        assert_eq!((checked.run.code, about), (0, 0), "{}", checked.shown());
    }
}
