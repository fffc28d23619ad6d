//! Files that could not be read are not verified, and no ✓ is printed next to them.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use testkit::repo::Repo;

use crate::audit_case::{Case, Outcome, deployment, outcome, shop};
use crate::support::{PULLABLE, Run, pullable, pullable_reads, run};

/// A user who may read nothing of other users.
const NOBODY: u32 = 65_534;

fn bump() -> Case {
    Case::new().base("web.yaml", &deployment("REP:1.0")).head("web.yaml", &deployment("REP:BAD"))
}

/// `unreadable-file` at a path, exit 3, and no ✓ in the report for people.
#[track_caller]
fn is_unverified(repo: &Repo, args: &[&str], path: &str) {
    is_unverified_by(&|args| pullable(repo, args), args, path);
}

#[track_caller]
fn is_unverified_by(pullable: &dyn Fn(&[&str]) -> Run, args: &[&str], path: &str) {
    let checked = outcome(pullable(&[&["check", "--format", "json"], args].concat()));
    assert_eq!(checked.run.code, 3, "{}", checked.shown());
    assert!(
        checked.findings.iter().any(|it| it.starts_with(&format!("error unreadable-file {path}"))),
        "{}",
        checked.shown()
    );
    let human = pullable(&[&["check"], args].concat());
    assert!(!human.stdout.contains('✓'), "{}", human.stdout);
}

/// The object of a file at head, to be damaged.
fn object(repo: &Repo, path: &str) -> std::path::PathBuf {
    let id = repo.git(&["rev-parse", &format!("HEAD:{path}")]);
    let (folder, file) = id.split_at(2);
    repo.path().join(".git/objects").join(folder).join(file)
}

fn overwrite(file: &Path, bytes: &[u8]) {
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::write(file, bytes).unwrap();
}

const RANGE: &[&str] = &["--base", "main", "--head", "HEAD"];

#[test]
fn an_absent_blob() {
    let registry = shop();
    let repo = bump().commit(&registry, "1.1");
    std::fs::remove_file(object(&repo, "web.yaml")).unwrap();
    is_unverified(&repo, RANGE, "web.yaml");
    is_unverified(&repo, &["--all", "--head", "HEAD"], "web.yaml");
}

#[test]
fn a_corrupt_blob() {
    let registry = shop();
    let repo = bump().commit(&registry, "1.1");
    overwrite(&object(&repo, "web.yaml"), b"no zlib stream");
    is_unverified(&repo, RANGE, "web.yaml");
}

/// `git replace` shows another object in this clone only.
#[test]
fn an_object_that_is_replaced_in_this_clone() {
    let registry = shop();
    let repo = bump().commit(&registry, "9.9");
    repo.git(&["replace", "HEAD:web.yaml", "main:web.yaml"]);
    let checked = outcome(pullable(&repo, &[&["check", "--format", "json"], RANGE].concat()));
    assert_eq!(checked.run.code, 1, "{}", checked.shown());
    assert_eq!(checked.findings.len(), 1, "{}", checked.shown());
}

/// Root could read such a file. Then another user checks it, to whom the repository belongs.
#[test]
fn a_file_without_permission() {
    let registry = shop();
    let repo = bump().commit(&registry, "1.1");
    let file = repo.path().join("web.yaml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o000)).unwrap();
    let is_root = std::fs::read(&file).is_ok();
    let around = repo.path().parent().unwrap();
    let program = around.join("pullable");
    if is_root {
        // Not every user can enter the folder of the build.
        std::fs::copy(PULLABLE, &program).unwrap();
        let given = Command::new("chown").arg("-R").arg(NOBODY.to_string()).arg(around).status().unwrap();
        assert!(given.success());
    }
    let check = |args: &[&str]| {
        if !is_root {
            return pullable(&repo, args);
        }
        let mut command = repo.command(program.to_str().unwrap());
        run(command.uid(NOBODY).env("LC_ALL", "C.UTF-8").args(args))
    };
    is_unverified_by(&check, &["web.yaml"], "web.yaml");
    is_unverified_by(&check, &["--all", "--head", "worktree"], "web.yaml");
}

/// A kustomization that does not parse: kustomize stops there.
#[test]
fn a_kustomization_that_does_not_parse() {
    let broken = "resources: [web.yaml\nimages:\n- name: x\n";
    let case = Case::new()
        .base("k/kustomization.yaml", "resources: [web.yaml]\n")
        .base("k/web.yaml", &deployment("REP:1.0"))
        .head("k/kustomization.yaml", broken);
    let registry = shop();
    let repo = case.commit(&registry, "1.1");
    is_unverified(&repo, RANGE, "k/kustomization.yaml:");
    is_unverified(&repo, &["--all"], "k/kustomization.yaml:");
    is_unverified(&repo, &["--all", "--strict"], "k/kustomization.yaml:");
}

/// A plain file that is no YAML remains a warning.
#[test]
fn a_plain_file_that_does_not_parse_is_a_warning() {
    let case = Case::new().base("web.yaml", &deployment("REP:1.0")).head("web.yaml", "image: [\n");
    let checked = case.check("1.1");
    assert_eq!(checked.run.code, 0, "{}", checked.shown());
    assert!(
        checked.findings.iter().any(|it| it.starts_with("warning unparseable-file web.yaml")),
        "{}",
        checked.shown()
    );
    let registry = shop();
    let human = pullable(&case.commit(&registry, "1.1"), &[&["check"], RANGE].concat());
    assert!(!human.stdout.contains('✓'), "{}", human.stdout);
}

/// Empty standard input is no check: `helm template ./typo | pullable check -`.
#[test]
fn empty_standard_input_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for input in ["", "\n", "  \n\n"] {
        for command in ["check", "images"] {
            let run = pullable_reads(folder.path(), input.as_bytes(), &[command, "-"]);
            assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{command} {input:?}: {}", run.stdout);
        }
    }
}

/// Text that is no manifest, as a tool that failed prints it.
#[test]
fn an_error_on_standard_input_does_not_pass() {
    let folder = tempfile::tempdir().unwrap();
    for input in ["Error: path \"./typo\" not found\n", "Error: failed to parse\n  at line 3\n"] {
        let run = pullable_reads(folder.path(), input.as_bytes(), &["check", "-"]);
        assert_ne!(run.code, 0, "{input:?}: {}", run.stdout);
    }
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

/// A file that is called `.yaml` and nothing else.
#[test]
fn a_file_named_by_its_suffix_alone() {
    Case::new()
        .base("apps/.yaml", &deployment("REP:1.0"))
        .head("apps/.yaml", &deployment("REP:BAD"))
        .is_missing_at("apps/.yaml:10");
}
