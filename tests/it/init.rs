//! `pullable init`: the files that it shows and writes, and those that it does not change.

use std::fs;

use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::{PULLABLE, Run, pod, pullable, pullable_in, pullable_with, run, scrub};

const GITHUB: &str = "https://github.com/acme/gitops.git";
const WORKFLOW: &str = ".github/workflows/pullable.yml";
const BASELINE: &str = ".pullable-baseline.json";

/// A repository with one reference that can be pulled and one that cannot.
fn indebted(registry: &Registry) -> Repo {
    let host = registry.host();
    registry.push("shop/web", "1");
    let repo = Repo::new();
    repo.write("web.yaml", pod(&[&format!("{host}/shop/web:1"), &format!("{host}/shop/web:2")]));
    repo.commit("deploy");
    repo
}

/// A repository without images on a forge.
fn of_remote(remote: &str) -> Repo {
    let repo = Repo::new();
    repo.write("README.md", "").commit("first");
    repo.add_remote("origin", remote);
    repo
}

fn init(repo: &Repo, args: &[&str]) -> Run {
    pullable(repo, &[&["init"], args].concat())
}

fn read(repo: &Repo, path: &str) -> String {
    fs::read_to_string(repo.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files that git does not know yet.
fn new_files(repo: &Repo) -> String {
    repo.git(&["status", "--porcelain", "--untracked-files=all"])
}

#[test]
fn a_repository_on_github_is_set_up_and_passes_at_once() {
    let registry = Registry::start();
    let repo = indebted(&registry);
    repo.add_remote("origin", GITHUB);
    let done = init(&repo, &["--yes"]);
    assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{}", done.stdout);
    let (summary, _) = done.stdout.split_once("\nCreate ").unwrap();
    insta::assert_snapshot!(scrub(summary), @r"
    Forge: GitHub
    References: 2: 127.0.0.1:PORT. (2)
    Existing broken references: 1
    ");
    let (_, end) = done.stdout.split_once("\nNext steps:\n").unwrap();
    insta::assert_snapshot!(end, @r"
      - Check each push from this machine: pullable hook install
      - Commit the files: the gate works from the next pull or merge request on

    Wrote .github/workflows/pullable.yml
    Wrote .pullable.yaml
    Wrote .pullable-baseline.json
    ");
    let version = env!("CARGO_PKG_VERSION");
    let workflow = read(&repo, WORKFLOW);
    assert!(workflow.contains(&format!("uses: pullable/pullable@v{version}\n")), "{workflow}");
    assert!(workflow.contains(&format!("          baseline: {BASELINE}\n          all: ")), "{workflow}");
    assert!(!workflow.contains("pullable@v0\n") && !workflow.contains("Pin it"), "{workflow}");
    repo.commit("set the gate up");
    let whole = pullable(&repo, &["check", "--all", "--baseline", BASELINE]);
    assert_eq!(whole.code, 0, "{}", whole.stdout);
    let change = pullable(&repo, &["check", "--base", "HEAD^", "--baseline", BASELINE]);
    assert_eq!((change.code, change.stdout.contains("warning")), (0, false), "{}", change.stdout);
    let strict = pullable(&repo, &["check", "--all"]);
    assert_eq!(strict.code, 1, "the finding is in the baseline alone: {}", strict.stdout);
}

#[test]
fn nothing_is_written_without_a_confirmation() {
    let registry = Registry::start();
    let repo = indebted(&registry);
    repo.add_remote("origin", GITHUB);
    let shown = init(&repo, &[]);
    assert_eq!(shown.code, 1);
    assert_eq!(shown.stderr, "warning: nothing was written: run again with --yes to write the files\n");
    assert_eq!(new_files(&repo), "");
    let dry = init(&repo, &["--dry-run"]);
    assert_eq!((dry.code, dry.stderr.as_str()), (0, ""));
    assert_eq!(dry.stdout, shown.stdout + "\nNothing was written: this is a dry run.\n");
    assert_eq!(new_files(&repo), "");
    assert!(
        dry.stdout.contains("    # .github/workflows/pullable.yml: checks every pull request"),
        "{}",
        dry.stdout
    );
    assert!(dry.stdout.contains("      \"schema_version\": 1,"), "{}", dry.stdout);
    init(&repo, &["--dry-run", "--yes"]).refused(&["cannot be used with"]);
}

#[test]
fn no_registry_is_queried_without_a_baseline() {
    let registry = Registry::start();
    let repo = indebted(&registry);
    let done = init(&repo, &["--yes", "--no-baseline", "--forge", "github"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(registry.requests().is_empty());
    assert!(
        done.stdout.contains("Existing broken references: not searched, because no registry was queried.\n")
    );
    assert_eq!(new_files(&repo), format!("?? {WORKFLOW}\n?? .pullable.yaml"));
    assert!(!read(&repo, WORKFLOW).contains("baseline"));
    let change = pullable(&repo, &["check", "--base", "HEAD"]);
    assert_eq!(change.code, 0, "{}", change.stdout);
}

#[cfg(target_os = "linux")]
#[test]
fn a_person_at_a_terminal_confirms() {
    let answered = |answer: &str| {
        let repo = of_remote(GITHUB);
        let line = format!("'{PULLABLE}' init --no-baseline");
        let mut command = repo.command("sh");
        let script = format!("printf '{answer}' | script -qec \"{line}\" /dev/null");
        let ended = run(command.args(["-c", &script]));
        assert!(ended.stdout.contains("Write these 2 files? [y/N]"), "{}{}", ended.stdout, ended.stderr);
        (ended.code, new_files(&repo).lines().count(), ended.stdout.contains("Nothing was written."))
    };
    assert_eq!(answered("y\\n"), (0, 2, false));
    assert_eq!(answered("YES\\n"), (0, 2, false));
    assert_eq!(answered("n\\n"), (1, 0, true));
    assert_eq!(answered("\\n"), (1, 0, true));
}

#[test]
fn a_repository_on_gitlab_gets_the_component() {
    let repo = of_remote("git@gitlab.com:acme/gitops.git");
    let done = init(&repo, &["--yes"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    insta::assert_snapshot!(read(&repo, ".gitlab-ci.yml"), @r"
    # Checks every merge request, with Code Quality and test reports in its widgets.
    include:
      - component: gitlab.com/pullable/pullable/pullable@0.1.0
        inputs:
          stage: test

    stages: [test]
    ");
    let own = of_remote("https://gitlab.acme.example/infra/gitops.git");
    assert_eq!(init(&own, &["--yes"]).code, 0);
    insta::assert_snapshot!(read(&own, ".gitlab-ci.yml"), @r"
    include:
      - remote: https://raw.githubusercontent.com/pullable/pullable/v0.1.0/templates/pullable.yml

    stages: [test]
    ");
}

#[test]
fn the_pipeline_of_gitlab_names_the_baseline() {
    let registry = Registry::start();
    for remote in ["https://gitlab.com/acme/gitops.git", "https://gitlab.acme.example/infra/gitops.git"] {
        let repo = indebted(&registry);
        repo.add_remote("origin", remote);
        assert_eq!(init(&repo, &["--yes"]).code, 0);
        let text = read(&repo, ".gitlab-ci.yml");
        assert!(text.contains(&format!("      baseline: {BASELINE}\n")), "{text}");
        assert_eq!(text.matches("inputs:").count(), 1, "{text}");
    }
}

#[test]
fn files_that_exist_are_kept_and_the_lines_are_shown() {
    let repo = of_remote("https://gitlab.com/acme/gitops.git");
    let files = [
        (".gitlab-ci.yml", "stages: [build]\n"),
        (".pullable.yaml", "on-unverified: warn\n"),
        (".pre-commit-config.yaml", "repos: []\n"),
        (BASELINE, "{\"schema_version\": 1, \"findings\": []}\n"),
    ];
    for (path, text) in files {
        repo.write(path, text);
    }
    repo.commit("files");
    let done = init(&repo, &["--yes"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(new_files(&repo), "");
    for (path, text) in files {
        assert_eq!(read(&repo, path), text);
    }
    insta::assert_snapshot!(done.stdout, @r"
    Forge: GitLab
    References: 0
    Existing broken references: not searched, because no registry was queried.

    Add to .gitlab-ci.yml by hand, because it exists: the gate of every merge request
        # Checks every merge request, with Code Quality and test reports in its widgets.
        include:
          - component: gitlab.com/pullable/pullable/pullable@0.1.0
            inputs:
              stage: test
              baseline: .pullable-baseline.json

    Keep .pullable.yaml: it exists

    Keep .pullable-baseline.json: it exists

    Add to .pre-commit-config.yaml by hand, because it exists: the check before each push
          - repo: https://github.com/pullable/pullable
            rev: v0.1.0
            hooks:
              - id: pullable

    Next steps:
      - Let git run the hook: pre-commit install --hook-type pre-push

    There is nothing to write.
    ");
}

#[test]
fn a_second_run_has_nothing_to_do() {
    let repo = of_remote(GITHUB);
    repo.write(".husky/_/husky.sh", "").write(".github/workflows/ci.yml", "on: push\n").commit("tools");
    assert_eq!(init(&repo, &["--yes"]).code, 0);
    assert_eq!(read(&repo, ".husky/pre-push"), "pullable hook pre-push \"$@\"\n");
    let again = init(&repo, &[]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    for line in [
        "Keep .github/workflows/pullable.yml: it uses the Action already\n",
        "Keep .pullable.yaml: it exists\n",
        "Keep .husky/pre-push: it has the hook already\n",
        "\nThere is nothing to write.\n",
    ] {
        assert!(again.stdout.contains(line), "{line}: {}", again.stdout);
    }
}

#[test]
fn a_workflow_of_another_name_that_uses_the_action_is_enough() {
    let repo = of_remote(GITHUB);
    repo.write(".github/workflows/images.yaml", "      - uses: pullable/pullable@v0.0.9\n");
    repo.write("lefthook.yml", "pre-push:\n").commit("gate");
    let done = init(&repo, &["--yes"]);
    assert!(
        done.stdout.contains("Keep .github/workflows/images.yaml: it uses the Action"),
        "{}",
        done.stdout
    );
    assert!(done.stdout.contains("Add to lefthook.yml by hand"), "{}", done.stdout);
    assert_eq!(new_files(&repo), "?? .pullable.yaml");
}

#[test]
fn an_unknown_forge_is_known_by_its_files_or_by_name() {
    let repo = of_remote("https://git.acme.example/infra/gitops.git");
    let unknown = init(&repo, &["--dry-run"]);
    assert!(
        unknown.stdout.starts_with("Forge: not known. --forge github or --forge gitlab"),
        "{}",
        unknown.stdout
    );
    assert!(init(&repo, &["--dry-run", "--forge", "gitlab"]).stdout.contains("Create .gitlab-ci.yml:"));
    repo.write(".github/workflows/ci.yml", "on: push\n").commit("workflow");
    assert!(init(&repo, &["--dry-run"]).stdout.contains("Create .github/workflows/pullable.yml:"));
    let variables = [("CI_SERVER_URL", "https://git.acme.example")];
    let named = pullable_with(&repo, &variables, &["init", "--dry-run"]);
    assert!(named.stdout.starts_with("Forge: GitLab (self-managed)\n"), "{}", named.stdout);
}

#[test]
fn a_registry_that_does_not_answer_is_named_in_the_configuration() {
    let repo = of_remote(GITHUB);
    repo.write("web.yaml", pod(&["127.0.0.1:1/web:2"])).commit("deploy");
    let done = init(&repo, &["--yes", "--deadline", "20s", "--timeout", "500ms"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(
        done.stdout.contains("Existing broken references: 0; 1 more could not be verified"),
        "{}",
        done.stdout
    );
    assert!(
        done.stdout.contains("- 127.0.0.1:1 does not answer: pullable doctor 127.0.0.1:1 looks"),
        "{}",
        done.stdout
    );
    let text = read(&repo, ".pullable.yaml");
    assert!(text.contains("\n# registries:\n#   127.0.0.1:1:\n#     verify: false\n"), "{text}");
    // The lines work as they are without the comment.
    let (before, lines) = text.split_once("# registries:").unwrap();
    repo.write(".pullable.yaml", format!("{before}registries:{}", lines.replace("\n# ", "\n ")));
    let check = pullable(&repo, &["check", "--all", "--config", ".pullable.yaml"]);
    assert_eq!(check.code, 0, "{}{}", check.stdout, check.stderr);
    assert!(!repo.path().join(BASELINE).exists(), "what could not be verified is in no baseline");
}

#[test]
fn a_repository_without_a_commit_and_a_folder_of_one() {
    let repo = Repo::new();
    repo.write("apps/web/README.md", "").add_remote("origin", GITHUB);
    let done = pullable_with(&repo, &[], &["init", "--yes", "-C", "apps/web"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(repo.path().join(WORKFLOW).is_file(), "the top of the work tree is set up");
    assert_eq!(fs::read_dir(repo.path().join("apps/web")).unwrap().count(), 1);
    let nowhere = tempfile::tempdir().unwrap();
    pullable_in(nowhere.path(), &["init"])
        .refused(&["is not inside the work tree of a git repository", "git init"]);
    pullable(&Repo::bare(), &["init"]).refused(&["is not inside the work tree of a git repository"]);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_or_where_something_is_in_the_way() {
    let outside = tempfile::tempdir().unwrap();
    let repo = of_remote(GITHUB);
    repo.symlink(".github", outside.path());
    let refused = init(&repo, &["--yes"]);
    refused.refused(&[
        "cannot write .github/workflows/pullable.yml: .github is a symbolic link; nothing was written",
    ]);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    assert!(!repo.path().join(".pullable.yaml").exists());
    repo.remove(".github").write(".github", "a file");
    init(&repo, &["--yes"]).refused(&[".github is not a folder; nothing was written"]);
    repo.remove(".github").symlink(".pullable.yaml", "nowhere");
    let kept = init(&repo, &["--dry-run"]);
    assert!(kept.stdout.contains("Keep .pullable.yaml: it exists"), "{}{}", kept.stdout, kept.stderr);
}

/// Root may write there all the same.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_is_read_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let repo = of_remote(GITHUB);
    let set = |mode: u32| fs::set_permissions(repo.path(), fs::Permissions::from_mode(mode)).unwrap();
    set(0o555);
    let probe = repo.path().join("probe");
    let is_root = fs::write(&probe, "").is_ok();
    if is_root {
        fs::remove_file(probe).unwrap();
    }
    let ended = init(&repo, &["--yes", "--no-baseline"]);
    set(0o755);
    if is_root {
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    } else {
        ended.refused(&["cannot write .github/workflows/pullable.yml", "nothing was written"]);
        assert_eq!(new_files(&repo), "");
    }
}

#[cfg(unix)]
#[test]
fn hostile_names_give_no_orders() {
    let repo = of_remote(GITHUB);
    let name = ".github/workflows/\u{1b}[31m\u{202e}a.yml";
    repo.write(name, "uses: pullable/pullable@v0\n");
    repo.write(
        "web.yaml",
        "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: \"a b\\u202e\\u001b[2J:1\"}]}\n",
    );
    repo.commit("hostile");
    let done = init(&repo, &["--yes"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let shown = done.stdout + &done.stderr;
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{shown:?}");
    assert!(shown.contains("a.yml: it uses the Action already"), "{shown}");
    let remote = of_remote("https://user:hunter2-is-secret@github.com/acme/gitops.git");
    let shown = init(&remote, &["--dry-run"]);
    assert!(shown.stdout.starts_with("Forge: GitHub\n"), "{}", shown.stdout);
    assert!(!format!("{}{}", shown.stdout, shown.stderr).contains("hunter2"), "{}", shown.stdout);
}

/// The files of a set-up are YAML that the program itself reads without a finding.
#[test]
fn every_file_is_yaml() {
    for remote in [GITHUB, "https://gitlab.com/acme/gitops.git"] {
        let repo = of_remote(remote);
        assert_eq!(init(&repo, &["--yes"]).code, 0);
        for path in new_files(&repo).lines().map(|line| line.trim_start_matches("?? ").to_owned()) {
            let checked = pullable(&repo, &["images", &path]);
            assert_eq!(checked.code, 0, "{path}: {}{}", checked.stdout, checked.stderr);
            assert!(!checked.stdout.contains("unparseable"), "{path}: {}", checked.stdout);
        }
    }
}
