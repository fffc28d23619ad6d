//! From a request of Flux to a draft request, through the server, a registry, a remote and a forge.

use std::thread;

use crate::sentry::{Scene, event, scene};
use crate::serve::application;
use crate::support::hub::Hub;
use crate::support::server::{Server, flux_request, status};

/// A server of a clone of the scene that opens requests.
fn proposing(scene: &Scene, hub: &Hub, clone: &testkit::repo::Repo) -> Server {
    clone.git(&["remote", "set-url", "origin", &scene.origin.url()]);
    let forge = hub.named();
    let insecure = scene.registry.host();
    let args = ["--debounce", "50ms", "--propose", "--forge", &forge, "--insecure-registry", &insecure];
    Server::start(clone, &args)
}

/// A clone as it was before the newest commit was pushed.
fn behind(scene: &Scene) -> testkit::repo::Repo {
    let clone = scene.repo.clone_full();
    let before = scene.repo.git(&["rev-parse", "HEAD^"]);
    clone.git(&["update-ref", "refs/remotes/origin/main", &before]);
    clone
}

#[test]
fn a_bad_tag_becomes_one_draft_request_whose_merge_passes_the_gate() {
    let scene = scene(&["1"], &["'1'"]);
    let hub = Hub::start(Vec::new());
    let clone = scene.repo.clone_full();
    let overlay = crate::revert::overlay(&scene.registry, "'2'");
    scene.repo.write("prod/kustomization.yaml", overlay).commit("Bump web to 2");
    scene.push();
    let server = proposing(&scene, &hub, &clone);
    assert_eq!(server.flux(&event("apps")), 202);
    let decided = server.wait_for("decided", |_| true);
    assert_eq!((&decided["decision"], &decided["reason"]), (&"propose".into(), &"confirmed-missing".into()));
    assert_eq!(decided["request"], "https://forge/team/shop/pulls/7");
    assert_eq!(
        (hub.pulls().len(), server.metric("decisions_total{reason=\"confirmed-missing\"}")),
        (1, Some(1.0))
    );
    let message = scene.origin.git(&["log", "-1", "--format=%B", &scene.branches()]);
    assert!(message.contains("\nPullable-Trigger: flux"), "{message}");

    assert_eq!(server.flux(&event("apps")), 202);
    server.wait_for("decided", |line| line["reason"] == "open");
    assert_eq!(hub.pulls().len(), 1, "the same again is nothing new");

    scene.repo.git(&["fetch", "-q", "origin"]);
    scene.repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", &format!("origin/{}", scene.branches())]);
    scene.push();
    assert_eq!(server.flux(&event("apps")), 202);
    server.wait_for("decided", |line| line["reason"] == "healed");
    assert!(server.metric("last_success_timestamp_seconds").is_some());
    assert!(server.metric("last_fetch_age_seconds").is_some());
    assert_eq!(clone.git(&["status", "--porcelain"]), "", "the work tree stays as it is");
}

#[test]
fn a_burst_about_one_object_is_one_decision() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let hub = Hub::start(Vec::new());
    let server = Server::start(
        &scene.repo,
        &[
            "--debounce",
            "2s",
            "--propose",
            "--forge",
            &hub.named(),
            "--insecure-registry",
            &scene.registry.host(),
        ],
    );
    let request = flux_request(event("apps").to_string().as_bytes());
    thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| assert_eq!(status(&server.send(&request)), 202));
        }
    });
    server.wait_for("decided", |_| true);
    assert_eq!((server.reasons(), hub.pulls().len()), (vec!["confirmed-missing".to_owned()], 1));
}

#[test]
fn two_replicas_open_one_request() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let hub = Hub::start(Vec::new());
    let clones = [behind(&scene), behind(&scene)];
    let servers = clones.each_ref().map(|clone| proposing(&scene, &hub, clone));
    let event = event("apps");
    thread::scope(|scope| {
        for server in &servers {
            scope.spawn(|| assert_eq!(server.flux(&event), 202));
        }
    });
    for server in &servers {
        server.wait_for("decided", |_| true);
    }
    assert_eq!(hub.pulls().len(), 1, "{:?}", servers.each_ref().map(Server::reasons));
    assert_eq!(scene.branches().lines().count(), 1);
}

#[test]
fn by_default_it_only_reports() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let server =
        Server::start(&scene.repo, &["--debounce", "10ms", "--insecure-registry", &scene.registry.host()]);
    assert_eq!(server.argo_cd(&application("shop")), 202);
    assert_eq!(server.wait_for("decided", |_| true)["reason"], "unknown-unit");
    assert_eq!(server.flux(&event("apps")), 202);
    let decided = server.wait_for("decided", |line| line["reason"] == "confirmed-missing");
    assert_eq!(decided["decision"], "report");
    let reference = server.wait_for("reference", |_| true);
    let host = scene.registry.host();
    assert_eq!(reference["image"], format!("{host}/shop/web:2"));
    assert_eq!(reference["goes_back_to"], format!("{host}/shop/web:1"));
    assert_eq!(reference["place"], "prod/kustomization.yaml:4");
    assert_eq!(reference["introduced_by"], scene.repo.git(&["log", "-1", "--format=%H", "--", "prod"]));
    assert_eq!(scene.branches(), "");
}

#[test]
fn work_under_way_is_finished_or_cancelled() {
    use testkit::registry::{Fault, Matcher};
    for (grace, ending) in [("999h", "finished"), ("100ms", "cancelled")] {
        let scene = scene(&["1"], &["'1'", "'2'"]);
        scene.registry.fault(Matcher::any("/manifests/"), Fault::Hang);
        let host = scene.registry.host();
        let args = ["--debounce", "10ms", "--grace", grace, "--timeout", "1s", "--insecure-registry", &host];
        let mut server = Server::start(&scene.repo, &args);
        assert_eq!(server.flux(&event("apps")), 202);
        while scene.registry.count("HEAD", "/manifests/") == 0 {
            thread::sleep(std::time::Duration::from_millis(5));
        }
        server.signal("TERM");
        assert_eq!(server.ended().code(), Some(0));
        assert_eq!(server.wait_for("stopped", |_| true)["work"], ending);
        assert_eq!(server.reasons().len(), usize::from(ending == "finished"));
    }
}
