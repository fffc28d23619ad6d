//! Reports in files, what a step of GitHub Actions hands on, and the override that all of them show.

use std::fs;

use serde_json::{Value, json};
use testkit::registry::{Fault, Matcher, Registry, Reply};
use testkit::repo::Repo;

use crate::reports::{check, trouble};
use crate::support::{FORMATS, PULLABLE, pod, pullable, pullable_with, run, scrub};

#[test]
fn all_formats_come_from_one_pass() {
    let registry = Registry::start();
    let repo = trouble(&registry);
    check(&repo, "json");
    let asked = registry.requests().len();
    registry.clear_requests();
    let reports: Vec<String> =
        FORMATS.iter().map(|format| format!("--report={format}=out.{format}")).collect();
    let mut args = vec!["check", "--base", "main", "--format", "concise"];
    args.extend(reports.iter().map(String::as_str));
    let run = pullable(&repo, &args);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    assert_eq!(registry.requests().len(), asked, "registries are asked once");
    for format in FORMATS {
        let written = fs::read_to_string(repo.path().join(format!("out.{format}"))).unwrap();
        repo.remove(format!("out.{format}"));
        assert!(written.ends_with('\n') && !written.contains('\u{1b}'), "{format}");
    }
    for format in FORMATS {
        let path = format!("{format}=out");
        let run = pullable(&repo, &["check", "--base", "main", "--format", format, "--report", &path]);
        let written = fs::read_to_string(repo.path().join("out")).unwrap();
        repo.remove("out");
        assert_eq!(scrub(&written), scrub(&run.stdout), "{format}: a file has what standard output has");
    }
    let left = fs::read_dir(repo.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".tmp"));
    assert_eq!(left.count(), 0);
}

#[test]
fn what_cannot_be_written_is_told_before_anyone_is_asked() {
    let registry = Registry::start();
    let repo = Repo::new();
    repo.write("a.yaml", pod(&[&format!("{}/shop/web:1", registry.host())])).write("folder/x", "");
    repo.write("debts.json", "{\"schema_version\": 1, \"findings\": []}");
    let wrong: &[(&[&str], &str)] = &[
        (&["--report", "json=nowhere/out.json"], "there is no folder nowhere"),
        (&["--report", "json=a.yaml/out.json"], "cannot be written to a.yaml/out.json"),
        (&["--report", "json=folder"], "it is a folder"),
        (&["--report", "json=.."], "it is a folder"),
        (&["--report", "json=out", "--report", "sarif=./folder/../out"], "is named twice"),
        (&["--report", "json=debts.json", "--baseline", "debts.json"], "is named twice"),
        (&["--report", "json=new.json", "--write-baseline", "new.json"], "is named twice"),
        (&["--report", "json=-"], "--format json chooses it"),
        (&["--report", "json="], "a report is written FORMAT=PATH, as in json=pullable.json"),
        (&["--report", "json"], "a report is written FORMAT=PATH, as in json=pullable.json"),
        (&["--report", "xml=out"], "\"xml\" is not a format; the formats are human, concise, json, sarif"),
        (&["--report"], "a value is required"),
    ];
    for (args, words) in wrong {
        pullable(&repo, &[&["check", "a.yaml"], *args].concat()).refused(&[words]);
        assert_eq!(registry.requests().len(), 0, "{args:?}");
    }
    assert!(!repo.path().join("out").exists() && !repo.path().join("new.json").exists());
}

#[cfg(unix)]
#[test]
fn links_pipes_and_locked_files_are_what_they_are() {
    use std::os::unix::fs::PermissionsExt as _;
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["Up:1"])).write("real.json", "old").symlink("link.json", "real.json");
    let (real, link) = (repo.path().join("real.json"), repo.path().join("link.json"));
    let write = |path: &str| pullable(&repo, &["check", "a.yaml", "--report", &format!("json={path}")]).code;
    assert_eq!(write("link.json"), 1);
    assert!(
        fs::symlink_metadata(&link).unwrap().is_file(),
        "a pull request does not say what is overwritten"
    );
    assert_eq!(fs::read_to_string(&real).unwrap(), "old");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(write("real.json"), 1);
    assert!(fs::read_to_string(&real).unwrap().starts_with('{'));
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    let both = pullable(&repo, &["check", "a.yaml", "--format", "concise", "--report", "json=/dev/stderr"]);
    assert!(both.stderr.starts_with("{\n") && both.stdout.contains("malformed-reference"), "{}", both.stderr);
    let full = pullable(&repo, &["check", "a.yaml", "--format", "concise", "--report", "json=/dev/full"]);
    assert_eq!(full.code, 2, "{}", full.stderr);
    assert!(full.stderr.contains("No space left") && full.stdout.contains("malformed"), "{}", full.stderr);
}

/// A limit on the size of files acts as a full disk: a part of the report can be written, and the rest cannot.
#[cfg(unix)]
#[test]
fn a_report_that_does_not_fit_leaves_the_earlier_one() {
    let repo = Repo::new();
    let images: Vec<String> = (0..400).map(|number| format!("Up{number}:1")).collect();
    repo.write("a.yaml", pod(&images.iter().map(String::as_str).collect::<Vec<_>>()));
    repo.write("out.json", "earlier").write("debts.json", "earlier");
    for option in ["--report json=out.json", "--write-baseline debts.json"] {
        // The signal would end the run before it can report the error.
        let script = format!("trap '' XFSZ; ulimit -f 16; exec {PULLABLE} check a.yaml {option}");
        let run = run(repo.command("sh").args(["-c", &script]));
        assert_eq!(run.code, 2, "{option}: {}", run.stderr);
        assert!(run.said().contains("File too large"), "{option}: {}", run.stderr);
    }
    let mut names: Vec<_> = fs::read_dir(repo.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, [".git", "a.yaml", "debts.json", "out.json"]);
    for file in ["out.json", "debts.json"] {
        assert_eq!(fs::read_to_string(repo.path().join(file)).unwrap(), "earlier");
    }
}

/// Value of each output of a step.
fn outputs(text: &str) -> Value {
    let mut found = serde_json::Map::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let (name, end) = line.split_once("<<").unwrap();
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        found.insert(name.to_owned(), json!(value.join("\n")));
    }
    Value::Object(found)
}

#[test]
fn a_step_of_github_hands_on_summary_and_outputs() {
    let registry = Registry::start();
    let repo = trouble(&registry);
    let variables =
        [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", "summary"), ("GITHUB_OUTPUT", "outputs")];
    // Without an event the origin is unknown, and only public addresses are queried.
    let args = ["check", "--base", "main", "--report", "sarif=out.sarif", "--deny-private-networks=false"];
    repo.commit("after");
    repo.write("summary", "# before\n");
    let run = pullable_with(&repo, &variables, &args);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    let read = |name: &str| fs::read_to_string(repo.path().join(name)).unwrap();
    let file = repo.path().canonicalize().unwrap().join("out.sarif").display().to_string();
    assert_eq!(
        outputs(&read("outputs")),
        json!({
            "exit-code": "1", "missing-count": "2", "unverified-count": "1", "checked-count": "2",
            "sarif-report": file,
        })
    );
    assert!(
        read("summary").starts_with("# before\n<!-- pullable -->\n## ❌ pullable: failed\n"),
        "{}",
        read("summary")
    );
    for name in ["summary", "outputs"] {
        repo.remove(name);
    }
    pullable_with(&repo, &variables[1..], &args);
    pullable_with(&repo, &variables, &["images", "--base", "main"]);
    let empty = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", ""), ("GITHUB_OUTPUT", "")];
    pullable_with(&repo, &empty, &args);
    assert!(!repo.path().join("summary").exists() && !repo.path().join("outputs").exists());
    let refused = pullable_with(&repo, &variables, &["check", "--base", "nowhere"]);
    assert_eq!((refused.code, outputs(&read("outputs"))), (2, json!({ "exit-code": "2" })));
    let refused = pullable_with(&repo, &variables, &["check", "--base", "no\n::where", "--format", "github"]);
    assert!(
        refused.stdout.starts_with("::error title=pullable%3A the run could not happen::"),
        "{}",
        refused.stdout
    );
    assert_eq!((refused.code, refused.stdout.lines().count()), (2, 1), "{}", refused.stdout);
}

#[test]
fn what_a_step_cannot_hand_on_changes_no_verdict() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["Up:1"])).write("b.yaml", pod(&[]));
    let lost =
        [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", "no/where"), ("GITHUB_OUTPUT", "no/where")];
    for (file, code) in [("a.yaml", 1), ("b.yaml", 0)] {
        let run = pullable_with(&repo, &lost, &["check", file]);
        assert_eq!(run.code, code);
        for variable in ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"] {
            assert!(
                run.stderr.contains(&format!("{variable} cannot be written, no/where")),
                "{}",
                run.stderr
            );
        }
    }
}

#[test]
fn a_summary_stays_under_the_limit_and_says_what_it_leaves_out() {
    let many: Vec<String> = (0..800).map(|n| format!("ghcr.io/acme/{}/UP{n}:1", "x".repeat(900))).collect();
    let repo = Repo::new();
    repo.write("a.yaml", pod(&many.iter().map(String::as_str).collect::<Vec<_>>()));
    let variables = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", "summary")];
    let args = [
        "check",
        "a.yaml",
        "--format",
        "github",
        "--report",
        "markdown=comment.md",
        "--report",
        "sarif=x.sarif",
    ];
    for round in 0..2 {
        let run = pullable_with(&repo, &variables, &args);
        assert_eq!(run.stdout.lines().filter(|line| line.starts_with("::error")).count(), 10);
        let (summary, comment) = (repo.path().join("summary"), repo.path().join("comment.md"));
        assert!(fs::metadata(&summary).unwrap().len() < 1 << 20, "round {round}");
        let comment = fs::read_to_string(comment).unwrap();
        assert!(comment.chars().count() <= 65_536, "{}", comment.chars().count());
        assert!(comment.contains(" more findings: the log has them all."), "{comment}");
    }
    let sarif: Value = serde_json::from_slice(&fs::read(repo.path().join("x.sarif")).unwrap()).unwrap();
    assert!(fs::metadata(repo.path().join("x.sarif")).unwrap().len() < 20 << 20);
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 800);
}

/// A change with an image that is there and one at a registry in trouble.
fn outage(registry: &Registry, more: &[&str]) -> Repo {
    let host = registry.host();
    registry.push("shop/web", "1");
    registry.fault(Matcher::any("/shop/sick/"), Fault::Status(Reply::error(400, "BAD", "sick")));
    let images: Vec<String> =
        ["shop/web:1", "shop/sick:1"].iter().chain(more).map(|image| format!("{host}/{image}")).collect();
    let repo = Repo::new();
    repo.write("a.yaml", pod(&images.iter().map(String::as_str).collect::<Vec<_>>()));
    repo
}

#[test]
fn an_override_lets_an_outage_pass_and_nothing_that_is_missing() {
    let registry = Registry::start();
    let run = |repo: &Repo, reason: &str, format: &str| {
        pullable_with(repo, &[("PULLABLE_OVERRIDE", reason)], &["check", "a.yaml", "--format", format])
    };
    let repo = outage(&registry, &[]);
    for nothing in ["", "  ", "\n"] {
        assert_eq!(run(&repo, nothing, "json").code, 3, "{nothing:?} is no reason");
    }
    let passed = run(&repo, " ghcr is down, INC-42 ", "json");
    assert_eq!(passed.code, 0);
    let json = passed.json();
    assert_eq!(json["override"], json!({ "reason": "ghcr is down, INC-42", "let_pass": 1 }));
    assert_eq!(json["findings"][0]["severity"], "warning");
    assert_eq!(json["references"][1]["verdict"], "unverified");
    for format in FORMATS {
        let shown = run(&repo, "reverting", format);
        assert_eq!(shown.code, 0);
        assert!(shown.stdout.contains("reverting"), "{format}: {}", shown.stdout);
    }
    let quiet = pullable_with(&repo, &[("PULLABLE_OVERRIDE", "reverting")], &["check", "a.yaml", "-q"]);
    assert!(quiet.stdout.contains("reverting"), "{}", quiet.stdout);
    let missing = outage(&registry, &["shop/web:2"]);
    assert_eq!(run(&missing, "please", "json").code, 1, "never what is missing");
    let images =
        pullable_with(&repo, &[("PULLABLE_OVERRIDE", "x")], &["images", "a.yaml", "--format", "json"]);
    assert_eq!(images.json()["override"], Value::Null, "nothing is asked there");
    let warned = pullable_with(
        &repo,
        &[("PULLABLE_OVERRIDE", "x")],
        &["check", "a.yaml", "--on-unverified", "warn", "--format", "json"],
    );
    assert_eq!((warned.code, &warned.json()["override"]["let_pass"]), (0, &json!(0)));
}

#[test]
fn an_outage_says_what_to_do_next() {
    let registry = Registry::start();
    let run = pullable(&outage(&registry, &[]), &["check", "a.yaml"]);
    assert_eq!(run.code, 3);
    for words in [
        "! 2 references: 1 not verified, 1 present in 1 file",
        "→ nothing is known to be missing: wait for the registry, and run this again",
        "→ PULLABLE_OVERRIDE=\"reason\" lets it pass once; --on-unverified warn does so in every run",
        "→ pullable explain registry-error",
    ] {
        assert!(run.stdout.contains(words), "{words} in {}", run.stdout);
    }
}

#[test]
fn reports_carry_what_the_baseline_let_pass() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["Up:1"]));
    let written = pullable(&repo, &["check", "a.yaml", "--write-baseline", "debts.json", "--format", "json"]);
    assert_eq!((written.code, &written.json()["baseline"]), (0, &json!({ "written": 1 })));
    let args = |format: &'static str| ["check", "a.yaml", "--baseline", "debts.json", "--format", format];
    let applied = pullable(&repo, &args("json")).json();
    assert_eq!(applied["baseline"], json!({ "let_pass": 1, "no_longer_occur": 0 }));
    assert_eq!(pullable(&repo, &args("sarif")).json()["runs"][0]["properties"]["baseline"]["let_pass"], 1);
    for format in ["human", "github", "markdown"] {
        let shown = pullable(&repo, &args(format)).stdout;
        assert!(shown.contains("1 finding in the baseline let pass"), "{format}: {shown}");
    }
}
