//! `rules` and `strict` of the configuration: the severity of each rule, and the limits of both.

use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::{Run, change, pod, pullable, pullable_with};

const CONFIG: &str = ".pullable.yaml";
/// A host that nothing listens at.
const NOBODY: &str = "127.0.0.1:1/shop/web:1";

/// A repository with this configuration, whose change introduces an image.
fn introduces(config: &str, image: &str) -> Repo {
    let repo = Repo::new();
    repo.write(CONFIG, config).write("apps/a.yaml", "").commit("before");
    repo.branch("change").write("apps/a.yaml", pod(&[image])).commit("after");
    repo
}

/// A tag that the registry does not have.
fn missing(registry: &Registry) -> String {
    registry.push("shop/web", "1");
    format!("{}/shop/web:2", registry.host())
}

fn check(repo: &Repo, args: &[&str]) -> Run {
    pullable(repo, &[&["check", "--base", "main", "--format", "json"], args].concat())
}

/// Exit code, verdict of the first reference, and rule and severity of each finding.
fn outcome(run: &Run) -> (i32, String, Vec<String>) {
    let json = run.json();
    let verdict = json["references"][0]["verdict"].as_str().unwrap_or_default().to_owned();
    let findings = json["findings"].as_array().unwrap().iter();
    let text = |finding: &serde_json::Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let findings = findings.map(|it| format!("{} {}", text(it, "severity"), text(it, "rule"))).collect();
    (run.code, verdict, findings)
}

fn expected(code: i32, verdict: &str, findings: &[&str]) -> (i32, String, Vec<String>) {
    (code, verdict.to_owned(), findings.iter().map(ToString::to_string).collect())
}

#[test]
fn a_severity_decides_the_exit_code_and_not_the_verdict() {
    let registry = Registry::start();
    let image = missing(&registry);
    for (severity, code, verdict, findings) in [
        ("error", 1, "missing", &["error missing-tag"][..]),
        ("warning", 0, "missing", &["warning missing-tag"]),
        ("{severity: notice}", 0, "missing", &["notice missing-tag"]),
        ("off", 0, "skipped", &[]),
    ] {
        let repo = introduces(&format!("rules: {{missing-tag: {severity}}}\n"), &image);
        assert_eq!(outcome(&check(&repo, &[])), expected(code, verdict, findings), "{severity}");
    }
}

#[test]
fn no_check_mark_stands_beside_a_fault_that_only_warns() {
    let registry = Registry::start();
    let image = missing(&registry);
    let repo = introduces("rules: {missing-tag: notice, malformed-reference: warning}\n", &image);
    let run = pullable(&repo, &["check", "--base", "main"]);
    assert!(run.stdout.contains("\n! 1 reference: 1 missing in 1 file"), "{}", run.stdout);
    repo.write("apps/a.yaml", pod(&["ghcr.io/Acme/web:1"]));
    let run = pullable(&repo, &["check", "--base", "main"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("\n! 1 reference: 1 malformed in 1 file"), "{}", run.stdout);
}

#[test]
fn a_rule_that_is_off_is_named_as_the_reason() {
    let registry = Registry::start();
    let repo = introduces("# ours\nrules:\n  missing-tag: off\n", &missing(&registry));
    let json = check(&repo, &[]).json();
    assert_eq!(json["references"][0]["reason"], "missing-tag is off in .pullable.yaml line 3");
}

#[test]
fn a_change_cannot_lower_the_severity_that_judges_it() {
    let registry = Registry::start();
    let image = missing(&registry);
    let lower = "rules: {missing-tag: off}\nexclude: apps/**\n";
    let fails = |repo: &Repo, args: &[&str]| {
        let (code, verdict, findings) = outcome(&check(repo, args));
        assert_eq!((code, verdict.as_str()), (1, "missing"), "{args:?}");
        assert!(findings.contains(&"error missing-tag".to_owned()), "{findings:?}");
        assert!(findings.contains(&"notice not-checked".to_owned()), "{findings:?}");
    };
    for before in ["", "rules: {missing-tag: error}\n"] {
        let repo = introduces(before, &image);
        repo.write(CONFIG, lower).commit("lower it");
        fails(&repo, &["--head", "HEAD"]);
        fails(&repo, &["--head", "worktree"]);
        let event = r#"{"pull_request":{"base":{"sha":"BASE"},"head":{"sha":"HEAD"}}}"#;
        let (base, head) = (repo.git(&["rev-parse", "main"]), repo.head());
        let event = event.replace("BASE", base.trim()).replace("HEAD", head.trim());
        repo.write("../event.json", event);
        let at = repo.path().join("../event.json").display().to_string();
        let variables = [("CI", "true"), ("GITHUB_ACTIONS", "true"), ("GITHUB_EVENT_PATH", &at)];
        let variables = [&variables[..], &[("GITHUB_EVENT_NAME", "pull_request")]].concat();
        let args = ["check", "--all", "--deny-private-networks=false", "--format", "json"];
        let whole = pullable_with(&repo, &variables, &args);
        assert_eq!(whole.code, 1, "{}{}", whole.stdout, whole.stderr);
        assert!(whole.rules().contains(&"missing-tag".to_owned()), "{:?}", whole.rules());
    }
    let repo = introduces("strict: true\n", "nginx:${TAG}");
    repo.write(CONFIG, "strict: false\n").commit("lower it");
    assert_eq!(check(&repo, &["--head", "HEAD"]).code, 1);
}

#[test]
fn what_could_not_be_verified_stays_unverified_and_is_reported() {
    for (config, args, code, severity) in [
        ("", &[][..], 3, "error"),
        ("rules: {unreachable: warning}\n", &[], 0, "warning"),
        ("rules: {unreachable: error}\non-unverified: warn\n", &[], 3, "error"),
        ("on-unverified: warn\nrules: {rate-limited: error}\n", &[], 0, "warning"),
        ("rules: {unreachable: warning}\n", &["--on-unverified", "fail"], 3, "error"),
        ("rules: {unreachable: error}\n", &["--on-unverified", "warn"], 0, "warning"),
    ] {
        let repo = introduces(config, NOBODY);
        let run = check(&repo, &[&["--timeout", "2s"], args].concat());
        let finding = format!("{severity} unreachable");
        assert_eq!(outcome(&run), expected(code, "unverified", &[&finding]), "{config} {args:?}");
    }
    let repo = introduces("rules: {unreachable: warning}\n", NOBODY);
    let shown = pullable(&repo, &["check", "--base", "main", "--timeout", "2s"]);
    assert!(shown.stdout.contains("! 1 reference: 1 not verified"), "{}", shown.stdout);
    for silent in ["off", "notice"] {
        let repo = introduces(&format!("rules: {{unreachable: {silent}}}\n"), NOBODY);
        check(&repo, &[]).refused(&["`unreachable` cannot be", "the minimum is warning"]);
    }
}

#[test]
fn an_override_counts_what_it_lets_pass() {
    let with = |config: &str| {
        let repo = introduces(config, NOBODY);
        let args = ["check", "--base", "main", "--format", "json", "--timeout", "2s"];
        let run = pullable_with(&repo, &[("PULLABLE_OVERRIDE", "incident 7")], &args);
        (run.code, run.json()["override"]["let_pass"].clone())
    };
    assert_eq!(with(""), (0, 1.into()));
    assert_eq!(with("rules: {unreachable: error}\non-unverified: warn\n"), (0, 1.into()));
    assert_eq!(with("rules: {unreachable: warning}\n"), (0, 0.into()));
}

#[test]
fn strict_in_the_file_leaves_exceptions_and_the_flag_does_not() {
    let image = "nginx:${TAG}";
    for (config, args, code) in [
        ("", &[][..], 0),
        ("strict: true\n", &[], 1),
        ("strict: false\n", &["--strict"], 1),
        ("strict: true\nrules: {unresolved-reference: notice}\n", &[], 0),
        ("strict: true\nrules: {unresolved-reference: off}\n", &[], 0),
        ("rules: {unresolved-reference: off}\n", &["--strict"], 1),
        ("rules: {unresolved-reference: error}\n", &[], 1),
    ] {
        assert_eq!(check(&introduces(config, image), args).code, code, "{config} {args:?}");
    }
}

#[test]
fn commands_about_facts_keep_the_default_severities() {
    let registry = Registry::start();
    let image = missing(&registry);
    let repo = change("apps/a.yaml", "", &pod(&[&image]));
    repo.write(CONFIG, "rules: {missing-tag: off}\nstrict: true\n").commit("off");
    assert_eq!(pullable(&repo, &["check", "--all"]).code, 0);
    let audit = pullable(&repo, &["audit", "--format", "json"]);
    assert_eq!((audit.code, audit.rules()), (1, vec!["missing-tag".to_owned()]), "{}", audit.stdout);
    let revert = pullable(&repo, &["revert", "--dry-run", "--format", "json"]);
    assert_eq!(revert.json()["incidents"][0]["references"][0]["from"], image, "{}", revert.stdout);
}

#[test]
fn explain_shows_the_severity_of_this_repository() {
    let repo = Repo::new();
    repo.write(CONFIG, "rules:\n  missing-tag: warning\n  moved-tag: warning\n").write("apps/a.yaml", "");
    repo.commit("one");
    let list = pullable(&repo, &["explain"]).stdout;
    let line = |rule: &str| list.lines().find(|line| line.starts_with(rule)).unwrap().to_owned();
    assert!(line("missing-tag").contains(" warning (default: error)  The repository"), "{list}");
    assert!(line("moved-tag").contains(" warning  ") && !line("moved-tag").contains("default"), "{list}");
    assert!(line("mutable-tag").contains(" off  "), "{list}");
    let below = pullable(&repo, &["explain", "missing-tag"]).stdout;
    let told =
        "Severity: error (exit code 1).\nIn this repository: warning, as set in .pullable.yaml line 2.\n";
    assert!(below.contains(told), "{below}");
    repo.write(CONFIG, "rules: {missing-tags: off}\n");
    let broken = pullable(&repo, &["explain", "missing-tag"]);
    assert_eq!(broken.code, 0);
    assert!(broken.stderr.contains("only the default severities are shown"), "{}", broken.stderr);
}
