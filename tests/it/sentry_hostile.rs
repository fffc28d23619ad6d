//! Notifications are hostile text: whatever is in them, the run ends with an exit code, and nothing of it reaches a terminal
//! or a runner as a command.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;
use testkit::repo::Repo;

use crate::sentry::{event, handle, kustomization, outcome, scene};
use crate::support::hub::{now, written};
use crate::support::{Run, pullable_reads};

const HOSTILE: &str =
    "\u{1b}[2J\u{9b}31m\u{202e}\u{2028}\r\n::error::x\n##vso[task.complete]##[error]`$(id)`</details>\u{0}";

/// A repository without images, whose Kustomization `apps` deploys a folder.
fn small() -> Repo {
    let repo = Repo::new();
    repo.write("clusters/apps.yaml", kustomization("apps", "./prod"));
    repo.write("prod/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n").commit("all");
    repo
}

fn reads(repo: &Repo, body: &[u8], format: &str) -> Run {
    pullable_reads(repo.path(), body, &["sentry", "--event", "-", "--format", format])
}

/// Panics unless the run ended by itself, and printed nothing that a terminal or a runner obeys.
fn assert_harmless(run: &Run) {
    let text = format!("{}{}", run.stdout, run.stderr);
    assert!((0..=3).contains(&run.code), "{} {text}", run.code);
    assert!(!text.contains("panicked"), "{text}");
    let is_obeyed = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{2028}\u{9b}".contains(c);
    assert!(!text.chars().any(is_obeyed), "{text:?}");
    let is_command =
        |line: &str| line.trim_start().starts_with("::") || line.contains("##[") || line.contains("##vso[");
    assert!(!text.lines().any(is_command), "{text:?}");
}

#[test]
fn no_field_reaches_a_terminal_or_a_runner() {
    let repo = small();
    for pointer in [
        "/message",
        "/reason",
        "/metadata/cluster",
        "/metadata/revision",
        "/reportingController",
        "/severity",
        "/timestamp",
    ] {
        let mut event = event("apps");
        *event.pointer_mut(pointer).unwrap() = HOSTILE.into();
        for format in ["human", "json"] {
            assert_harmless(&reads(&repo, event.to_string().as_bytes(), format));
        }
    }
    for pointer in ["/involvedObject/name", "/involvedObject/namespace", "/involvedObject/kind"] {
        let mut event = event("apps");
        *event.pointer_mut(pointer).unwrap() = HOSTILE.into();
        let run = reads(&repo, event.to_string().as_bytes(), "human");
        assert_harmless(&run);
        run.refused(&["is not a notification: its involvedObject."]);
    }
}

#[test]
fn a_reference_in_a_message_is_no_verdict() {
    let scene = scene(&["1", "2"], &["'1'", "'2'"]);
    let mut event = event("apps");
    event["message"] = format!("{}/shop/web:2 is missing: ImagePullBackOff", scene.registry.host()).into();
    event["metadata"] =
        json!({"revision": "--upload-pack=/bin/false", "originRevision": "HEAD", "commit": "../../x"});
    let run = scene.handle(&event, &["--format", "json"]);
    assert_eq!((run.code, outcome(&run)["reason"].as_str()), (0, Some("healed")));
}

#[test]
fn any_bytes_end_with_an_exit_code() {
    let repo = small();
    let body = event("apps").to_string().into_bytes();
    let mut runner = TestRunner::new(ProptestConfig::with_cases(60));
    let change = (0..body.len(), any::<u8>(), 0..3_u8, proptest::collection::vec(any::<u8>(), 0..30));
    runner
        .run(&change, |(at, byte, how, bytes)| {
            let mut body = body.clone();
            match how {
                0 => body[at] = byte,
                1 => body.truncate(at),
                _ => body = bytes,
            }
            assert_harmless(&reads(&repo, &body, "human"));
            Ok(())
        })
        .unwrap();
    let long = [b"{\"involvedObject\":\"".to_vec(), vec![b'a'; 2 << 20], b"\"}".to_vec()].concat();
    reads(&repo, &long, "human").refused(&["it is longer than 1048576 bytes"]);
}

#[test]
fn a_replay_comes_to_the_same_decision() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let mut event = event("apps");
    for moment in [now(), now() - 100 * 3600, now() + 3600] {
        event["timestamp"] = written(moment).into();
        let first = scene.handle(&event, &["--format", "json"]);
        let again = handle(&scene.origin.clone_full(), &event, &["--format", "json"]);
        assert_eq!((first.code, first.stdout), (again.code, again.stdout));
    }
    assert_eq!(scene.repo.git(&["for-each-ref", "refs/heads/pullable"]), "");
}
