//! `pullable audit --history`: the time since which images are missing, and a line for every completed audit.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::{Value, json};
use testkit::registry::{Fault, Matcher, Registry, Reply};
use testkit::repo::Repo;

use crate::revert::{history, registry};
use crate::support::{PULLABLE, Run, pod, pullable, pullable_in, run};

/// The lines of a history, each as the schema has it.
fn lines(path: &Path) -> Vec<Value> {
    let schema: Value = serde_json::from_str(include_str!("../../schemas/history.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut lines = Vec::new();
    for line in fs::read_to_string(path).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let errors: Vec<String> = validator.iter_errors(&line).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{line:#}");
        lines.push(line);
    }
    lines
}

fn of_kind(path: &Path, kind: &str) -> Vec<Value> {
    lines(path).into_iter().filter(|line| line["line"] == kind).collect()
}

/// An audit that records itself in a file outside of the repository.
fn audited(repo: &Repo, file: &Path, args: &[&str]) -> Run {
    let file = file.to_str().unwrap();
    pullable(repo, &[&["audit", "--history", file], args].concat())
}

/// Makes the times of a history a number of days older.
fn age(file: &Path, days: i64) {
    let time = Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    let text = fs::read_to_string(file).unwrap();
    let older = time.replace_all(&text, |found: &regex::Captures<'_>| {
        let (seconds, _) = model::time::instant(&found[0]).unwrap();
        model::time::text(seconds - days * 86_400)
    });
    fs::write(file, older.as_bytes()).unwrap();
}

/// The day a number of days ago, as in reports.
fn day(file: &Path, days: i64) -> String {
    let run = of_kind(file, "run").pop().unwrap();
    let (now, _) = model::time::instant(run["at"].as_str().unwrap()).unwrap();
    model::time::text(now - days * 86_400).split('T').next().unwrap().to_owned()
}

#[test]
fn reports_have_the_day_since_which_an_image_is_missing() {
    let registry = registry(&["1.4.7", "1.4.8"]);
    let repo = history(&registry, &["1.4.7", "1.4.8"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.jsonl");
    assert_eq!(audited(&repo, &file, &[]).code, 0);
    let state = &of_kind(&file, "image")[0];
    assert!(
        state["image"].as_str().unwrap().ends_with("/shop/web:1.4.8") && state["first_missing"].is_null()
    );
    age(&file, 5);
    registry.untag("shop/web", "1.4.8");
    assert_eq!(audited(&repo, &file, &[]).code, 1);
    age(&file, 3);
    let run = audited(&repo, &file, &["--format", "json"]);
    let broken = &run.json()["audit"]["rebuild"]["references"][0];
    let apart = broken["missing_since"].as_i64().unwrap() - broken["last_present"].as_i64().unwrap();
    assert_eq!(apart / 86_400, 5, "{broken:#}");
    let run = audited(&repo, &file, &[]);
    let expected = format!("missing since {}, last seen present {}", day(&file, 3), day(&file, 8));
    assert!(run.stdout.contains(&expected), "{expected}: {}", run.stdout);
    let runs = of_kind(&file, "run");
    assert_eq!(
        runs.iter().map(|run| &run["broken"]).collect::<Vec<_>>(),
        [&json!(0), &json!(1), &json!(1), &json!(1)]
    );
    assert_eq!((&runs[3]["commit"], &runs[3]["rollback_impossible"]), (&json!(repo.head()), &json!(0)));
    registry.push("shop/web", "1.4.8");
    audited(&repo, &file, &[]);
    assert!(of_kind(&file, "image")[0]["first_missing"].is_null(), "it is back");
}

#[test]
fn a_registry_that_does_not_answer_changes_no_state() {
    let registry = registry(&["1.4.8"]);
    let repo = history(&registry, &["1.4.8"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.jsonl");
    audited(&repo, &file, &[]);
    age(&file, 2);
    let before = of_kind(&file, "image")[0].clone();
    registry.fault(Matcher::any("/shop/"), Reply::error(503, "UNAVAILABLE", "down"));
    assert_eq!(audited(&repo, &file, &[]).code, 3);
    let after = of_kind(&file, "image")[0].clone();
    assert_eq!(
        (&before["last_present"], &before["first_missing"]),
        (&after["last_present"], &after["first_missing"])
    );
    let runs = of_kind(&file, "run");
    assert_eq!((&runs[1]["unverified"], &runs[1]["broken"]), (&json!(1), &json!(0)));
}

#[test]
fn lines_that_are_not_understood_are_kept() {
    let registry = registry(&["1.4.8"]);
    let repo = history(&registry, &["1.4.8"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.jsonl");
    let other = r#"{"line":"note","text":"kept"}"#;
    let newer = r#"{"line":"run","at":"2026-01-01T00:00:00Z","commit":"0000000000000000000000000000000000000000","references":1,"images":1,"broken":0,"unverified":0,"suspended":0,"new":{"a":1}}"#;
    let cut = r#"{"line":"run","at":"20"#;
    fs::write(&file, format!("{other}\n{newer}\n\n{cut}")).unwrap();
    let run = audited(&repo, &file, &[]);
    assert_eq!(run.code, 0);
    assert!(
        run.said().contains("history.jsonl:4: this line is damaged; it is kept and has no effect"),
        "{}",
        run.said()
    );
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with(&format!("{other}\n{newer}\n{cut}\n")), "{text}");
    assert_eq!(text.lines().count(), 5, "{text}");
    assert!(audited(&repo, &file, &[]).stderr.contains("damaged"), "every run reports it");
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 6);
}

/// The files of two shards were joined by hand. A time before the last success is not one of this failure.
#[test]
fn two_lines_of_one_image_are_combined() {
    let registry = registry(&[]);
    let repo = history(&registry, &["'1'"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.jsonl");
    audited(&repo, &file, &[]);
    let known = of_kind(&file, "image").remove(0);
    let (now, _) = model::time::instant(known["last_named"].as_str().unwrap()).unwrap();
    let ago = |days: i64| json!(model::time::text(now - days * 86_400));
    let line = |missing: i64, present: i64, further: &str| {
        let mut line = known.clone();
        line["first_missing"] = ago(missing);
        line["last_present"] = ago(present);
        line[further] = json!(1);
        line.to_string()
    };
    for (one, other, missing, present) in
        [((10, 20), (8, 15), 10, 15), ((10, 20), (2, 5), 2, 5), ((2, 5), (10, 20), 2, 5)]
    {
        let text = format!("{}\n{}\n", line(one.0, one.1, "a"), line(other.0, other.1, "b"));
        fs::write(&file, text).unwrap();
        audited(&repo, &file, &[]);
        let images = of_kind(&file, "image");
        assert_eq!(images.len(), 1, "{images:?}");
        assert_eq!((&images[0]["first_missing"], &images[0]["last_present"]), (&ago(missing), &ago(present)));
        assert_eq!(
            (&images[0]["a"], &images[0]["b"]),
            (&json!(1), &json!(1)),
            "fields of other versions stay"
        );
    }
}

#[test]
fn only_a_completed_audit_is_a_run() {
    let registry = Registry::builder().latency(std::time::Duration::from_secs(20)).start();
    registry.push("shop/web", "1");
    let repo = Repo::new();
    repo.write("a.yaml", pod(&[&format!("{}/shop/web:1", registry.host())])).commit("Add it");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.jsonl");
    let run = audited(&repo, &file, &["--deadline", "1s", "--format", "json"]);
    assert_eq!((run.code, &run.json()["audit"]["cut_short"]), (3, &json!(true)));
    assert_eq!(of_kind(&file, "run"), Vec::<Value>::new());
    assert_eq!(of_kind(&file, "image").len(), 1);
}

#[test]
fn suspended_objects_are_recorded_until_they_are_resumed() {
    let registry = registry(&["1.4.8"]);
    let repo = history(&registry, &["1.4.8"]);
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: old}\nspec: {suspend: true}\n";
    repo.write("old.yaml", release).commit("Suspend it");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.jsonl");
    audited(&repo, &file, &[]);
    age(&file, 2);
    let first = of_kind(&file, "suspended");
    assert_eq!((first.len(), &first[0]["path"]), (1, &json!("old.yaml")));
    repo.write("old.yaml", format!("# a line\n{release}")).commit("Move it");
    audited(&repo, &file, &[]);
    assert_eq!(of_kind(&file, "suspended"), first);
    repo.write("old.yaml", release.replace("true", "false")).commit("Resume it");
    audited(&repo, &file, &[]);
    assert_eq!(of_kind(&file, "suspended"), Vec::<Value>::new());
}

/// The reports of two shards, each with a history of its own.
fn shards(repo: &Repo, folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for index in ["1", "2"] {
        let report = folder.join(format!("{index}.json"));
        let run = audited(
            repo,
            &folder.join(format!("{index}.jsonl")),
            &["--shard", &format!("{index}/2"), "--report", &format!("json={}", report.display())],
        );
        assert!([0, 1].contains(&run.code), "{}", run.stderr);
        files.push(report);
    }
    files
}

fn merged(files: &[PathBuf], args: &[&str]) -> Run {
    let files = files.iter().map(|file| file.to_str().unwrap());
    let args: Vec<&str> = ["merge"].into_iter().chain(args.iter().copied()).chain(files).collect();
    pullable_in(Path::new("/"), &args)
}

#[test]
fn histories_of_shards_are_merged_with_their_reports() {
    let registry = Registry::start();
    let repo = Repo::new();
    for name in ["a", "b", "c", "d"] {
        registry.push(&format!("shop/{name}"), "1");
        repo.write(format!("{name}.yaml"), pod(&[&format!("{}/shop/{name}:1", registry.host())]));
    }
    repo.commit("Add them");
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.jsonl");
    let args = ["--history", whole.to_str().unwrap()];
    shards(&repo, folder.path());
    for index in ["1", "2"] {
        age(&folder.path().join(format!("{index}.jsonl")), 4);
    }
    registry.untag("shop/a", "1");
    shards(&repo, folder.path());
    for index in ["1", "2"] {
        age(&folder.path().join(format!("{index}.jsonl")), 2);
    }
    let files = shards(&repo, folder.path());
    let run = merged(&files, &args);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let expected = format!("missing since {}, last seen present {}", day(&whole, 2), day(&whole, 6));
    assert!(run.stdout.contains(&expected), "{expected}: {}", run.stdout);
    assert_eq!((of_kind(&whole, "run").len(), of_kind(&whole, "image").len()), (1, 4));
    let text = fs::read_to_string(&whole).unwrap();
    let run = merged(&files[..1], &args);
    assert!(run.stdout.contains("shard 2 has no report"), "{}", run.stdout);
    assert_eq!(of_kind(&whole, "run").len(), 1, "an audit without a shard is no success: {text}");
    assert_eq!(of_kind(&whole, "image").len(), 4);
}

#[test]
fn a_file_that_cannot_be_kept_is_refused_before_any_registry_is_queried() {
    let registry = registry(&["v1"]);
    let repo = history(&registry, &["v1"]);
    let folder = tempfile::tempdir().unwrap();
    let refused = |name: &str, words: &str| {
        audited(&repo, &folder.path().join(name), &[]).refused(&[words, "name a regular file in a folder"]);
    };
    refused("absent/history.jsonl", "there is no folder");
    fs::create_dir(folder.path().join("folder")).unwrap();
    refused("folder", "it is not a regular file");
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link")).unwrap();
    refused("link", "it is not a regular file");
    assert_eq!(registry.requests().len(), 0);
    let file = folder.path().join("both");
    let both = file.to_str().unwrap();
    audited(&repo, &file, &["--report", &format!("json={both}")]).refused(&["is named twice"]);
    pullable(&repo, &["check", "--history", both]).refused(&["unexpected argument '--history'"]);
}

#[test]
fn a_killed_audit_leaves_the_history_as_it_was() {
    let registry = registry(&["v1"]);
    let repo = history(&registry, &["v1"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.jsonl");
    audited(&repo, &file, &[]);
    let before = fs::read(&file).unwrap();
    registry.fault(Matcher::any("/shop/"), Fault::Hang);
    let mut command = repo.command("timeout");
    let args = ["--signal=KILL", "1", PULLABLE, "audit", "--history", file.to_str().unwrap()];
    assert_ne!(run(command.args(args)).code, 3, "it is killed, and does not end by itself");
    assert_eq!(fs::read(&file).unwrap(), before);
}
