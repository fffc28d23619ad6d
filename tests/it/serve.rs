//! `pullable sentry serve`: what it takes and refuses, and how it begins and ends.

use serde_json::{Value, json};
use testkit::repo::Repo;

use crate::sentry::event;
use crate::support::hub::{now, written};
use crate::support::server::{KEY, Server, TOKEN, flux_request, request, signature, status, write_secret};
use crate::support::{is_ignored, pullable};

/// An event as the notification-controller of Flux posted it.
const CAPTURED: &[u8] = include_bytes!("../../crates/notification/tests/fixtures/flux-1.json");

/// A clone of a repository that deploys nothing.
pub fn clone() -> (Repo, Repo) {
    let origin = Repo::new();
    origin.write("README.md", "nothing").commit("first");
    let clone = origin.clone_full();
    (origin, clone)
}

/// A notification of Argo CD by our template.
pub fn application(name: &str) -> Value {
    json!({"schema": "pullable.argocd/1", "app": name, "namespace": "argocd", "health": {"status": "Degraded"},
        "time": written(now())})
}

/// A server whose notifications wait for ever.
fn waiting(repo: &Repo) -> Server {
    Server::start(repo, &["--debounce", "999h"])
}

/// A request of Flux with this signature.
fn with_signature(signature: &str, body: &[u8]) -> Vec<u8> {
    request("POST /flux", &[&format!("X-Signature: {signature}")], body)
}

/// An event of so many seconds from now, signed.
fn at(seconds: i64) -> Vec<u8> {
    let mut event = event("apps");
    event["timestamp"] = written(now() + seconds).into();
    flux_request(event.to_string().as_bytes())
}

/// Requests that prove nothing, each with the status of the answer.
fn unproven(body: &[u8]) -> Vec<(&'static str, u16, Vec<u8>)> {
    let own = signature(KEY, body);
    let changed = [body, b" "].concat();
    let header = format!("X-Signature: {own}");
    let bearer = format!("Authorization: Bearer {TOKEN}");
    let argo = |headers: &[&str]| request("POST /argocd", headers, body);
    vec![
        ("no signature", 401, request("POST /flux", &[], body)),
        ("a wrong key", 401, with_signature(&signature("other", body), body)),
        ("a changed body", 401, with_signature(&own, &changed)),
        ("an unknown algorithm", 401, with_signature(&own.replace("sha256", "sha1"), body)),
        ("another algorithm", 401, with_signature(&own.replace("sha256", "sha512"), body)),
        ("no algorithm", 401, with_signature(own.trim_start_matches("sha256="), body)),
        ("a part of a signature", 401, with_signature(own.get(..own.len() - 2).unwrap(), body)),
        ("two signatures", 401, request("POST /flux", &[&header, &header], body)),
        ("a signature of other characters", 401, with_signature("sha256=\u{e9}\u{e9}", body)),
        ("too old", 401, at(-21 * 60)),
        ("of the future", 401, at(21 * 60)),
        ("a captured request of last week", 401, flux_request(CAPTURED)),
        ("no token", 401, argo(&[])),
        ("a wrong token", 401, argo(&["Authorization: Bearer other"])),
        ("the key as a token", 401, argo(&[&format!("Authorization: Bearer {KEY}")])),
        ("basic authorization", 401, argo(&[&format!("Authorization: Basic {TOKEN}")])),
        ("two tokens", 401, argo(&[&bearer, &bearer])),
        ("an event of Flux with the token of Argo CD", 400, argo(&[&bearer])),
    ]
}

/// Requests that break a rule, each with the status of the answer.
fn unruly(body: &[u8]) -> Vec<(&'static str, u16, Vec<u8>)> {
    let large = vec![b' '; (1 << 20) + 1];
    let deep = "[".repeat(100_000);
    let long = format!("X: {}", "x".repeat(100_000));
    vec![
        ("no JSON", 400, flux_request(b"{")),
        ("other JSON", 400, flux_request(b"[]")),
        ("deep JSON", 400, flux_request(deep.as_bytes())),
        ("no body", 400, flux_request(b"")),
        ("too large", 413, flux_request(&large)),
        ("much too large", 413, flux_request(&large.repeat(3))),
        ("too large without a token", 401, request("POST /argocd", &[], &large)),
        ("elsewhere", 404, request("POST /", &[], body)),
        ("a path that goes up", 404, request("POST /../flux", &[], body)),
        ("reading a hook", 405, request("GET /flux", &[], b"")),
        ("deleting a hook", 405, request("DELETE /argocd", &[], b"")),
        ("writing metrics", 405, request("POST /metrics", &[], body)),
        ("no HTTP", 400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n".to_vec()),
        ("two lengths", 400, request("POST /flux", &["Content-Length: 1"], body)),
        ("a long head", 431, request("GET /healthz", &[&long], b"")),
        ("many headers", 431, request("GET /healthz", &["X: x"; 200], b"")),
    ]
}

#[test]
fn hostile_requests_are_refused() {
    let (_origin, clone) = clone();
    let server = waiting(&clone);
    let body = event("apps").to_string();
    for (what, expected, bytes) in unproven(body.as_bytes()).into_iter().chain(unruly(body.as_bytes())) {
        let answer = server.send(&bytes);
        assert_eq!(status(&answer), expected, "{what}: {answer}");
        assert!(!answer.contains(KEY) && !answer.contains(TOKEN), "{what}: {answer}");
    }
    assert_eq!(server.metric("queue_length"), Some(0.0), "nothing was taken");
    assert_eq!((server.flux(&event("apps")), server.argo_cd(&application("web"))), (202, 202));
    assert_eq!(server.metric("queue_length"), Some(2.0));
    let log = format!("{:?}", server.log());
    assert!(!log.contains(KEY) && !log.contains(TOKEN), "{log}");
}

#[test]
fn answers_tell_what_to_do() {
    let (_origin, clone) = clone();
    let server = waiting(&clone);
    let answer = |bytes: &[u8]| {
        let text = server.send(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let header = |name: &str| head.lines().find(|line| line.starts_with(name)).map(str::to_owned);
        (header("allow: ").or(header("www-authenticate: ")).unwrap_or_default(), body.trim().to_owned())
    };
    let pair = |header: &str, body: &str| (header.to_owned(), body.to_owned());
    assert_eq!(answer(&request("GET /flux", &[], b"")), pair("allow: POST", "the method has to be POST"));
    assert_eq!(
        answer(&request("POST /argocd", &[], b"{}")),
        pair("www-authenticate: Bearer", "the header Authorization has to be sent once, as: Bearer TOKEN")
    );
    assert_eq!(answer(&request("GET /healthz", &[], b"")), pair("", "ok"));
    assert_eq!(
        answer(&flux_request(b"{\n\"a\" 1}")),
        pair("", "the body is not a notification: it is not JSON, at line 2, column 5")
    );
    let chunked = "POST /flux HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    assert_eq!(answer(chunked.as_bytes()), pair("", "the header X-Signature has to be sent once"));
}

#[test]
fn information_and_repetitions_are_no_work_of_their_own() {
    let (_origin, clone) = clone();
    let server = waiting(&clone);
    let mut information = event("apps");
    information["severity"] = "info".into();
    assert_eq!((server.flux(&event("apps")), server.flux(&information)), (202, 202));
    for number in 0..20 {
        let mut again = event("apps");
        again["message"] = format!("health check failed after 1m0.0{number}s: timeout").into();
        assert_eq!(server.flux(&again), 202);
    }
    assert_eq!(server.metric("queue_length"), Some(1.0));
    let metrics = server.metrics();
    for line in ["accepted\"} 1", "not-an-error\"} 1", "merged\"} 20"] {
        assert!(metrics.contains(&format!("{{sender=\"flux\",result=\"{line}\n")), "{line} in {metrics}");
    }
}

#[test]
fn a_full_queue_refuses_and_goes_on() {
    let (_origin, clone) = clone();
    let server = waiting(&clone);
    for number in 0..256 {
        assert_eq!(server.flux(&event(&format!("apps-{number}"))), 202);
    }
    let answer = server.send(&flux_request(event("one-more").to_string().as_bytes()));
    assert_eq!(status(&answer), 429);
    assert!(answer.contains("retry-after: 30"), "{answer}");
    assert_eq!(server.flux(&event("apps-7")), 202, "it waits already");
}

#[test]
fn a_signal_stops_it() {
    for signal in ["TERM", "INT"] {
        if is_ignored(signal) {
            continue;
        }
        let (_origin, clone) = clone();
        let mut server = waiting(&clone);
        assert_eq!(server.flux(&event("apps")), 202);
        server.signal(signal);
        assert_eq!(server.ended().code(), Some(0));
        assert_eq!(server.wait_for("stopping", |_| true)["dropped"], "1");
        assert_eq!(server.wait_for("stopped", |_| true)["work"], "finished");
    }
}

#[test]
fn a_server_that_was_killed_starts_again() {
    let (_origin, clone) = clone();
    let args = ["--debounce", "10ms"];
    let mut server = Server::start(&clone, &args);
    assert_eq!(server.flux(&event("apps")), 202);
    server.signal("KILL");
    server.ended();
    let server = Server::start(&clone, &args);
    assert_eq!(server.flux(&event("apps")), 202);
    assert_eq!(server.wait_for("decided", |_| true)["reason"], "unknown-unit");
}

#[test]
fn a_clone_that_cannot_be_fetched_decides_nothing_until_it_can() {
    let (origin, clone) = clone();
    clone.git(&["remote", "set-url", "origin", "https://user:p4ss@127.0.0.1:1/a/b"]);
    let server = Server::start(&clone, &["--debounce", "500ms", "--onto", "main"]);
    assert_eq!(server.flux(&event("apps")), 202);
    let failed = server.wait_for("failed", |line| line["what"] == "fetch");
    assert_eq!(failed["object"], "Kustomization flux-system/apps");
    assert!(!failed.to_string().contains("p4ss"), "{failed}");
    assert!(server.metric("failures_total{what=\"fetch\"}").is_some());
    assert_eq!((server.reasons(), server.metric("last_fetch_age_seconds")), (vec![], None));
    clone.git(&["remote", "set-url", "origin", &origin.url()]);
    server.wait_for("decided", |_| true);
    assert!(server.metric("last_fetch_age_seconds").is_some());
}

#[test]
fn it_refuses_to_begin_without_a_secret_or_a_remote() {
    let (_origin, clone) = clone();
    let secrets = tempfile::tempdir().unwrap();
    let key = write_secret(&secrets.path().join("key"), KEY);
    let empty = write_secret(&secrets.path().join("empty"), "");
    let absent = secrets.path().join("absent").to_str().unwrap().to_owned();
    let serve =
        |args: &[&str]| pullable(&clone, &[&["sentry", "serve", "--listen", "127.0.0.1:0"], args].concat());
    serve(&[]).refused(&["--secret-file <FILE>"]);
    serve(&["--secret-file", &empty]).refused(&["it holds no secret"]);
    serve(&["--secret-file", &key, "--bearer-file", &absent]).refused(&["absent"]);
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = address.local_addr().unwrap().to_string();
    let run = pullable(&clone, &["sentry", "serve", "--listen", &taken, "--secret-file", &key]);
    run.refused(&[&format!("cannot listen at {taken}"), "--listen"]);
    clone.git(&["remote", "set-head", "origin", "--delete"]);
    clone.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    serve(&["--secret-file", &key])
        .refused(&["the default branch of the remote origin is not known", "--onto"]);
    clone.git(&["remote", "remove", "origin"]);
    serve(&["--secret-file", &key]).refused(&["no remote", "git clone"]);
}

#[test]
fn a_secret_that_everybody_can_read_is_noted() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_origin, clone) = clone();
    let secrets = tempfile::tempdir().unwrap();
    let key = write_secret(&secrets.path().join("key"), KEY);
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let server = Server::start_with(&clone, &["--secret-file", &key]);
    let note = server.wait_for("note", |_| true);
    assert!(
        note["message"].as_str().unwrap().ends_with("/key can be read by every user of this machine"),
        "{note}"
    );
}
