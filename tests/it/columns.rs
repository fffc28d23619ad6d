//! Text reports fit into the columns of the terminal: lines break at blanks, and only a word may be longer.

use testkit::gitops;
use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::pullable_with;

/// The example repository with a change that cannot be pulled, committed.
fn bad_bump(registry: &Registry) -> Repo {
    let repo = gitops::repository_at(registry);
    repo.branch("bump");
    let path = "apps/production/kustomization.yaml";
    let text = std::fs::read_to_string(repo.path().join(path)).unwrap();
    repo.write(path, text.replace("newTag: 6.7.0", "newTag: 6.8.O"));
    repo.commit("Bump podinfo in production, with a subject that is longer than most of them are");
    repo
}

/// Columns of a frame or a mark before a text.
const FRAME: usize = 4;

/// The lines of a command that are too long although each of their words fits in.
fn too_long(repo: &Repo, columns: usize, args: &[&str]) -> Vec<String> {
    let shown = pullable_with(repo, &[("COLUMNS", &columns.to_string())], args);
    assert!(!shown.stdout.is_empty(), "{args:?}: {}", shown.stderr);
    let long = shown.stdout.lines().filter(|line| line.chars().count() > columns);
    let could_break = |line: &&str| {
        let indent = line.len() - line.trim_start().len();
        line.split_whitespace().all(|word| indent + FRAME + word.chars().count() <= columns)
    };
    long.filter(could_break).map(str::to_owned).collect()
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let registry = Registry::start();
    let repo = bad_bump(&registry);
    let host = registry.host();
    let commands: [&[&str]; 6] = [
        &["check", "--base", "main"],
        &["revert", "--dry-run"],
        &["audit"],
        &["where", "*/podinfo"],
        &["doctor", &host],
        &["explain"],
    ];
    for columns in [40, 80, 160] {
        for args in commands {
            assert_eq!(too_long(&repo, columns, args), [""; 0], "{args:?} in {columns} columns");
        }
    }
}

#[test]
fn the_command_that_pushes_a_revert_stays_in_one_line() {
    let registry = Registry::start();
    let repo = bad_bump(&registry);
    repo.add_remote("origin", "https://git.example/acme/gitops.git");
    let shown = pullable_with(&repo, &[("COLUMNS", "40")], &["revert"]).stdout;
    let command = shown.lines().find(|line| line.contains("git push origin ")).unwrap();
    assert!(command.contains(":refs/heads/pullable/revert/"), "{shown}");
}
