use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// The bodies that the notification-controller of Flux posted.
const CAPTURED: [&[u8]; 3] = [
    include_bytes!("../tests/fixtures/flux-1.json"),
    include_bytes!("../tests/fixtures/flux-2.json"),
    include_bytes!("../tests/fixtures/flux-3.json"),
];
const ID: &str = "34295e5b91dadb2c1f4a9a1e8b1d6b6c5f3e2a10";

fn object(kind: &str, namespace: &str, name: &str) -> Object {
    Object { kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() }
}

fn parse(value: &Value) -> Result<Notification, ParseError> {
    Notification::parse(value.to_string().as_bytes(), Source::Detect)
}

fn flux() -> Value {
    serde_json::from_slice(CAPTURED[0]).unwrap()
}

/// The template with two sources.
fn argo_cd() -> Value {
    json!({
        "schema": "pullable.argocd/1", "app": "web", "namespace": "argocd", "source": null, "sources": [{}],
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "prod"},
        "revision": "", "revisions": [ID, "1.2.3"], "health": {"status": "Degraded"}, "phase": "Succeeded",
        "message": "a \"quoted\"\nmessage", "images": [],
    })
}

#[test]
fn a_captured_event_of_a_kustomization() {
    for body in &CAPTURED[..2] {
        let found = Notification::parse(body, Source::Flux).unwrap();
        assert_eq!(found, Notification::parse(body, Source::Detect).unwrap());
        assert_eq!(found.object, object("Kustomization", "flux-system", "apps"));
        assert!(found.is_error);
        assert_eq!((found.origin.as_str(), found.time), ("flux", Some(1_795_000_000)));
        assert_eq!(found.reason, "HealthCheckFailed");
        assert!(found.message.ends_with("[Deployment/prod/web status: 'InProgress']"));
        let commit = Revision::Commit { name: "main".to_owned(), id: ID.to_owned() };
        assert_eq!(found.revisions, [commit]);
        let web = Workload { kind: "Deployment".into(), namespace: "prod".into(), name: "web".into() };
        assert_eq!(found.workloads, [web]);
        assert_eq!(found.metadata["cluster"], "prod-eu");
    }
}

#[test]
fn a_captured_event_of_a_release_names_a_chart_and_no_commit() {
    let found = Notification::parse(CAPTURED[2], Source::Flux).unwrap();
    assert_eq!(found.object, object("HelmRelease", "prod", "web"));
    assert_eq!(found.revisions, [Revision::Version("1.2.3+34295e5b91da".to_owned())]);
    assert_eq!(found.workloads, []);
}

#[test]
fn the_health_is_an_object_or_a_text() {
    for (health, is_error) in [
        (json!({"status": "Degraded"}), true),
        (json!("Degraded"), true),
        (json!({"status": "Healthy"}), false),
        (json!("Healthy"), false),
        (json!(null), false),
    ] {
        let mut body = argo_cd();
        body["health"] = health.clone();
        let found = Notification::parse(body.to_string().as_bytes(), Source::ArgoCd).unwrap();
        assert_eq!(found.is_error, is_error, "{health}");
    }
}

#[test]
fn an_empty_body_is_named() {
    for body in ["", " \n"] {
        assert_eq!(Notification::parse(body.as_bytes(), Source::Detect), Err(ParseError::Empty));
    }
}

#[test]
fn an_application_of_argo_cd() {
    let body = argo_cd().to_string();
    let found = Notification::parse(body.as_bytes(), Source::ArgoCd).unwrap();
    assert_eq!(found.object, object("Application", "argocd", "web"));
    assert_eq!((found.is_error, found.reason.as_str(), found.time), (true, "Degraded", None));
    let commit = Revision::Commit { name: String::new(), id: ID.to_owned() };
    assert_eq!(found.revisions, [commit, Revision::Version("1.2.3".to_owned())]);
    assert_eq!(found.metadata["cluster"], "https://kubernetes.default.svc");
    let mut healthy = argo_cd();
    healthy["health"]["status"] = "Progressing".into();
    healthy["time"] = "2026-11-18T11:06:40Z".into();
    let found = parse(&healthy).unwrap();
    assert_eq!(
        (found.is_error, found.reason.as_str(), found.time),
        (false, "Progressing", Some(1_795_000_000))
    );
    healthy["phase"] = "Error".into();
    assert_eq!(parse(&healthy).unwrap().reason, "Error");
}

#[test]
fn the_files_that_forges_make_of_a_notification() {
    for payload in [flux(), argo_cd()] {
        let expected = parse(&payload).unwrap();
        let dispatched = json!({"action": "Kustomization/apps.flux-system", "client_payload": payload});
        assert_eq!(parse(&dispatched), Ok(expected.clone()));
        let nested = json!({"action": "argocd", "client_payload": {"notification": payload}});
        assert_eq!(parse(&nested), Ok(expected.clone()));
        let mut triggered = payload;
        triggered["ref"] = "main".into();
        triggered["id"] = "7".into();
        assert_eq!(parse(&triggered), Ok(expected));
    }
}

#[test]
fn keys_of_metadata_with_and_without_the_prefix_of_their_group() {
    let mut event = flux();
    event["metadata"] = json!({
        "kustomize.toolkit.fluxcd.io/revision": "latest@sha256:".to_owned() + &"a".repeat(64),
        "originRevision": format!("release/1@2@sha1:{ID}"), "count": 7,
    });
    let found = parse(&event).unwrap();
    let artifact = Revision::Artifact { tag: "latest".into(), digest: format!("sha256:{}", "a".repeat(64)) };
    let commit = Revision::Commit { name: "release/1@2".into(), id: ID.into() };
    assert_eq!(found.revisions, [artifact, commit]);
    event["metadata"] = Value::Null;
    assert_eq!(parse(&event).unwrap().revisions, []);
}

#[test]
fn forms_of_revisions() {
    let commit = |name: &str| Revision::Commit { name: name.to_owned(), id: ID.to_owned() };
    for (text, name) in [
        (format!("main@sha1:{ID}"), "main"),
        (format!("refs/heads/a/b@sha1:{ID}"), "a/b"),
        (format!("tag-1@sha1:{}", ID.to_uppercase()), "tag-1"),
        (format!("sha1:{ID}"), ""),
        (format!("feature/x/{ID}"), "feature/x"),
        (ID.to_owned(), ""),
    ] {
        assert_eq!(Revision::parse(&text), commit(name), "{text}");
    }
    for text in ["", "1.2.3", "main@sha1:34295e", "a/b", "@", "main@sha1:", "sha256:é"] {
        assert_eq!(Revision::parse(text), Revision::Version(text.to_owned()));
    }
}

#[test]
fn workloads_of_a_message() {
    let names = |message: &str| {
        let found = workload::named(message);
        found.iter().map(|one| format!("{}/{}/{}", one.kind, one.namespace, one.name)).collect::<Vec<_>>()
    };
    assert_eq!(
        names(
            "failed early due to stalled resources: [Deployment/prod/web status: 'Failed', Job/a/b.c status: 'Failed', Namespace/x status: 'Failed']"
        ),
        ["Deployment/prod/web", "Job/a/b.c"]
    );
    assert_eq!(
        names("[Deployment/../../x status: 'F', Deployment/\u{1b}[2J/x status: 'F']"),
        Vec::<String>::new()
    );
    assert_eq!(names(&"Deployment/a/b status: ".repeat(1000)), ["Deployment/a/b"]);
    assert_eq!(names(" status: "), Vec::<String>::new());
}

#[test]
fn bodies_that_are_no_notification() {
    let refused = |body: &[u8]| Notification::parse(body, Source::Detect).unwrap_err().to_string();
    assert_eq!(refused(b""), "it is empty");
    assert_eq!(
        refused(b"{}"),
        "it is neither an event of Flux, nor a notification of Argo CD by the template pullable.argocd/1"
    );
    assert_eq!(refused(b"[1]"), refused(b"{}"));
    assert_eq!(refused(&vec![b' '; LONGEST_BODY + 1]), "it is longer than 1048576 bytes");
    assert!(refused("[".repeat(100_000).as_bytes()).starts_with("it is not JSON"));
    for (pointer, value, why) in [
        ("/involvedObject", json!("x"), "it has no involvedObject"),
        ("/involvedObject/kind", json!("Kustom ization"), "its involvedObject.kind is not a kind"),
        ("/involvedObject/name", Value::Null, "it has no involvedObject.name"),
        (
            "/involvedObject/name",
            json!("a\u{1b}[2Jb"),
            "its involvedObject.name is not the name of an object",
        ),
        (
            "/involvedObject/name",
            json!("a".repeat(254)),
            "its involvedObject.name is not the name of an object",
        ),
        ("/involvedObject/namespace", json!("../x"), "its involvedObject.namespace is not a namespace"),
        ("/severity", json!(7), "its severity is not a text"),
        ("/timestamp", json!("now"), "its timestamp is not a time, as in 2026-11-18T11:06:40Z"),
    ] {
        let mut event = flux();
        *event.pointer_mut(pointer).unwrap() = value;
        assert_eq!(parse(&event).unwrap_err().to_string(), why);
    }
    let flux_as_argo_cd = Notification::parse(CAPTURED[0], Source::ArgoCd);
    assert_eq!(flux_as_argo_cd, Err(ParseError::Unknown));
}

#[test]
fn long_fields_are_cut() {
    let mut event = flux();
    event["message"] = "é".repeat(50_000).into();
    for number in 0..1_000 {
        event["metadata"][format!("k{number}")] = "v".repeat(2_000).into();
    }
    let body = event.to_string();
    let body = if body.len() > LONGEST_BODY { body.replace(&"v".repeat(1_500), "v") } else { body };
    let found = Notification::parse(body.as_bytes(), Source::Flux).unwrap();
    assert_eq!(found.message.chars().count(), 39_000);
    assert!(found.metadata.len() <= 100);
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for source in [Source::Flux, Source::ArgoCd, Source::Detect] {
            let _ = Notification::parse(&bytes, source);
        }
    }

    /// One byte of a real event changed: refused, or read with an identity that Kubernetes would accept.
    #[test]
    fn one_byte_changed(at in 0_usize..600, byte in any::<u8>(), which in 0_usize..3) {
        let mut body = CAPTURED[which].to_vec();
        let at = at % body.len();
        body[at] = byte;
        if let Ok(found) = Notification::parse(&body, Source::Detect) {
            let Object { kind, namespace, name } = &found.object;
            let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
            prop_assert!(is_plain(kind) && is_plain(namespace) && is_plain(name), "{:?}", found.object);
        }
    }
}
