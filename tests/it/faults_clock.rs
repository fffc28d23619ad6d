//! Clocks that are wrong: of this machine, of a registry, of another machine that wrote a commit, a record or a cache.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use testkit::environment::Scrubbed as _;
use testkit::registry::{Auth, Matcher, Registry, Reply};
use testkit::repo::Repo;

use crate::revert::{history, registry};
use crate::sentry::{decided, event, is};
use crate::support::machine::{Machine, READING, shown};
use crate::support::{Run, pod, pullable, pullable_in, run};

/// Dates before and after each limit of a clock: 1970, 2038, 2106, 2262.
const DATES: [&str; 6] = [
    "1960-01-01 00:00:00",
    "1970-01-01 00:00:00",
    "2000-01-01 00:00:00",
    "2038-02-01 00:00:00",
    "2107-01-01 00:00:00",
    "2500-01-01 00:00:00",
];

/// The library that gives a program another clock.
#[expect(clippy::print_stderr, reason = "a test that is skipped tells so")]
fn faketime() -> Option<PathBuf> {
    let given = std::env::var_os("PULLABLE_FAKETIME").map(PathBuf::from);
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
    let places = folders.map(|folder| Path::new(folder).join("faketime/libfaketimeMT.so.1"));
    let found = given.into_iter().chain(places).find(|file| file.exists());
    if found.is_none() {
        eprintln!("SKIPPED: no libfaketime; install it: apt-get install libfaketime");
    }
    found
}

/// The results do not depend on the clock, except for dates.
#[test]
fn a_clock_of_this_machine_that_is_wrong() {
    let Some(library) = faketime() else { return };
    let machine = Machine::new();
    let days = regex::Regex::new(r"\d{4}-\d\d-\d\d").unwrap();
    let without_days = |run: &Run| days.replace_all(&shown(run), "DAY").into_owned();
    // A picture has the time of the audits that it shows, and a notification has an age.
    let has_time = |line: &&str| line.starts_with("audit plot") || line.starts_with("sentry");
    for line in READING.into_iter().filter(|line| !has_time(line)) {
        let sound = machine.sound(line);
        for date in DATES {
            let library = library.display();
            let clock =
                format!("export LD_PRELOAD='{library}' FAKETIME='{date}' FAKETIME_DONT_FAKE_MONOTONIC=1");
            let wrong = machine.after(&clock, line);
            assert_eq!(without_days(&wrong), without_days(&sound), "{date} {line}: {}", wrong.stderr);
        }
    }
    for date in DATES {
        // A clock that is ahead makes each notification too old: nothing is proposed.
        let clock = format!(
            "export LD_PRELOAD='{}' FAKETIME='{date}' FAKETIME_DONT_FAKE_MONOTONIC=1",
            library.display()
        );
        let decided = machine.after(&clock, "sentry --event FILES/event.json");
        let is_ahead = date > "2026";
        let reason = if is_ahead { "too-old (report)" } else { "confirmed-missing (report)" };
        assert!(decided.code == 1 && decided.stdout.contains(reason), "{date}: {}", decided.stdout);
        let written = machine.after(&clock, "audit --history FILES/history.jsonl --keep-list FILES/keep.txt");
        assert_eq!((written.code, written.stderr.as_str()), (1, ""), "{date}");
        assert_eq!(machine.sound("audit --history FILES/history.jsonl").code, 1, "{date}");
        assert_eq!(machine.sound("audit plot FILES/history.jsonl").code, 0, "{date}");
    }
}

/// Writes a commit object with these times, on top of `HEAD`.
fn commit_at(repo: &Repo, seconds: &str) {
    let tree = repo.git(&["write-tree"]);
    let parent = repo.head();
    let who = format!("Ada <ada@example.com> {seconds} +0000");
    let object = format!("tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n\nBump\n");
    let id =
        repo.git_stdin(&["hash-object", "-t", "commit", "-w", "--literally", "--stdin"], object.as_bytes());
    repo.git(&["reset", "-q", "--hard", &id]);
}

/// Commits of the first and of the last second that a number can hold.
#[test]
fn commits_of_the_past_and_of_the_future() {
    let registry = registry(&["1"]);
    let suspended = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: old}\n\
         spec: {suspend: true, path: ./prod}\n";
    for seconds in ["0", "-1", "4102444800", "9223372036854775807", "99999999999999999999"] {
        let repo = history(&registry, &["'1'"]);
        repo.write("prod/kustomization.yaml", crate::revert::overlay(&registry, "'2'"));
        repo.write("old.yaml", suspended);
        repo.write(".pullable.yaml", "suspended: {warn-after-days: 30}\n");
        repo.git(&["add", "--all"]);
        commit_at(&repo, seconds);
        for args in [
            &["check", "--all", "--head", "HEAD"][..],
            &["check", "--base", "HEAD~1", "--head", "HEAD"],
            &["where", "**/shop/web:2"],
            &["audit"],
            &["revert"],
        ] {
            let run = pullable(&repo, args);
            let text = format!("{seconds} {args:?}: exit {} {}{}", run.code, run.stdout, run.stderr);
            assert!([0, 1].contains(&run.code) && !run.stderr.contains("panicked"), "{text}");
        }
        assert_eq!(repo.git(&["branch", "--list", "pullable/*"]).lines().count(), 1, "{seconds}");
    }
}

/// A history and a keep-list of a machine whose clock was ahead.
#[test]
fn records_of_the_future() {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let folder = tempfile::tempdir().unwrap();
    let (file, list) = (folder.path().join("history.jsonl"), folder.path().join("keep.txt"));
    let args = ["audit", "--history", file.to_str().unwrap(), "--keep-list", list.to_str().unwrap()];
    assert_eq!(pullable(&repo, &args).code, 1);
    let year = regex::Regex::new(r"20\d\d-").unwrap();
    for far in ["9999-", "0000-", "2100-"] {
        for path in [&file, &list] {
            let text = fs::read_to_string(path).unwrap();
            fs::write(path, year.replace_all(&text, far).as_bytes()).unwrap();
        }
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        let run = pullable(&repo, &args);
        assert_eq!((run.code, run.stderr.as_str()), (1, ""), "{far}: {}", run.stdout);
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text.lines().count(), lines + 1, "nothing is forgotten: {text}");
        assert_eq!(pullable_in(folder.path(), &["audit", "plot", "history.jsonl"]).code, 0, "{far}");
    }
}

/// A token server whose clock is wrong: the lifetime is counted on this machine, from the answer on.
#[test]
fn tokens_of_another_time() {
    let lifetimes = [
        json!({"expires_in": 0}),
        json!({"expires_in": -1}),
        json!({"expires_in": 1e300}),
        json!({"expires_in": u64::MAX}),
        json!({"expires_in": "soon"}),
        json!({"expires_in": 300, "issued_at": "9999-01-01T00:00:00Z"}),
        json!({"expires_in": 300, "issued_at": "1970-01-01T00:00:00Z"}),
        json!({"expires_in": 300, "issued_at": 17}),
    ];
    for mut answer in lifetimes {
        let registry = Registry::builder().auth(Auth::bearer()).start();
        registry.push("shop/web", "1");
        let host = registry.host();
        let repo = Repo::new();
        repo.write("a.yaml", pod(&[&format!("{host}/shop/web:1"), &format!("{host}/shop/web:2")]));
        let shown = answer.to_string();
        answer["token"] = Value::from(token(&registry));
        let reply = Reply::status(200).header("Content-Type", "application/json").body(answer.to_string());
        registry.fault(Matcher::any("/token"), reply);
        let run = pullable(&repo, &["check", "a.yaml", "--format", "json"]);
        assert_eq!((run.code, run.rules()), (1, vec!["missing-tag".to_owned()]), "{shown}: {}", run.stdout);
    }
}

/// A token of the registry for the repository `shop/web`.
fn token(registry: &Registry) -> String {
    let url = format!("http://{0}/token?service={0}&scope=repository:shop/web:pull", registry.host());
    let output = std::process::Command::new("curl").args(["-s", &url]).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

/// A cache that another clock wrote is used, because its facts have no age.
#[test]
fn caches_of_another_time() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    let (folder, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("a.yaml"), pod(&[&format!("{}/shop/web:1", registry.host())])).unwrap();
    let check = || {
        let mut command = std::process::Command::new(crate::support::PULLABLE);
        command.current_dir(folder.path()).scrubbed().env("XDG_CACHE_HOME", cache.path());
        run(command.args(["check", "a.yaml", "--platform", "linux/amd64"])).code
    };
    assert_eq!(check(), 0);
    let file = cache.path().join("pullable/digests-1.json");
    let text = fs::read_to_string(&file).unwrap();
    let day = regex::Regex::new(r#""day":\d+"#).unwrap();
    for (days, time) in [
        ("0", SystemTime::UNIX_EPOCH),
        ("18446744073709551615", SystemTime::now() + Duration::from_hours(24 * 36_500)),
    ] {
        fs::write(&file, day.replace_all(&text, format!("\"day\":{days}")).as_bytes()).unwrap();
        fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
        registry.clear_requests();
        assert_eq!((check(), registry.count("GET", "/blobs/")), (0, 0), "{days}");
    }
}

/// The age of a notification of the future is not known, and it is not older than the limit.
#[test]
fn notifications_of_another_time() {
    let machine = Machine::new();
    for (time, reason) in [
        ("2099-01-01T00:00:00Z", "confirmed-missing"),
        ("9999-12-31T23:59:59Z", "confirmed-missing"),
        ("1970-01-01T00:00:00Z", "too-old"),
    ] {
        let mut event = event("apps");
        event["timestamp"] = time.into();
        let run = machine.scene.handle(&event, &["--format", "json"]);
        assert_eq!(decided(&run), is(1, "report", reason), "{time}: {}", run.stdout);
    }
}
