//! Tests of registries that contradict themselves, or answer in part: neither present nor missing.

use super::*;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const OTHER: &str = "sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";

/// A run that looks up the content of every image.
fn deep() -> Setup {
    Setup { check: CheckOptions { deep: true, ..CheckOptions::default() }, ..Setup::default() }
}

fn digest_of(body: &str) -> String {
    oci::manifest::hash("sha256", body.as_bytes()).unwrap()
}

/// A registry with an index of these entries as `a:1`; `child` answers the requests for other manifests.
async fn index(entries: &[&str], child: impl Fn(&Asked) -> Said + Send + Sync + 'static) -> Stub {
    let entries: Vec<String> = entries
        .iter()
        .map(|digest| format!(r#"{{"mediaType":"{OCI}","digest":"{digest}","size":2}}"#))
        .collect();
    let body = format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{}]}}"#, entries.join(","));
    let digest = digest_of(&body);
    let stub = Stub::new(move |asked| match asked.line.as_str() {
        "GET /v2/" => open(),
        line if line.ends_with("/manifests/1") => said(200)
            .header("Content-Type", INDEX)
            .header("Docker-Content-Digest", &digest)
            .body(body.clone()),
        _ => child(asked),
    });
    stub.await
}

/// A manifest of an index is missing only if the registry itself reports it, as for every other manifest.
#[tokio::test]
async fn a_child_is_missing_only_with_an_error_of_the_registry() {
    let digest = digest_of(r#"{"schemaVersion":2,"config":{},"layers":[]}"#);
    let by_get = |asked: &Asked| {
        if asked.is("HEAD") {
            return said(404);
        }
        said(200).header("Content-Type", OCI).body(r#"{"schemaVersion":2,"config":{},"layers":[]}"#)
    };
    let answer = index(&[&digest], by_get).await.ask(deep(), &["a:1"]).await.pop().unwrap();
    assert_eq!(present(&answer).media_type, INDEX);

    let gateway = index(&[DIGEST], |_| said(404).body("<html>not here</html>")).await;
    let answer = gateway.ask(deep(), &["a:1"]).await.pop().unwrap();
    assert_eq!(unverified(&answer).0, Cause::RegistryError, "{answer:?}");

    let gone = index(&[DIGEST], |_| envelope(404, "MANIFEST_UNKNOWN")).await;
    let answer = gone.ask(deep(), &["a:1"]).await.pop().unwrap();
    let child = Missing::Child { digest: DIGEST.to_owned(), platform: None };
    assert_eq!(answer, Answer::Missing(child));
}

/// A manifest that is missing decides, wherever it is in the index; without one, a manifest that is not known does.
#[tokio::test]
async fn one_child_that_is_not_known_makes_the_index_not_known() {
    let sick = |asked: &Asked| match asked.line.as_str() {
        line if line.ends_with(DIGEST) => said(400),
        _ => said(200).header("Content-Type", OCI).header("Docker-Content-Digest", OTHER),
    };
    let answer = index(&[DIGEST, OTHER], sick).await.ask(deep(), &["a:1"]).await.pop().unwrap();
    assert_eq!(unverified(&answer).0, Cause::RegistryError, "{answer:?}");

    let sick_and_gone = |asked: &Asked| match asked.line.as_str() {
        line if line.ends_with(DIGEST) => said(400),
        _ => envelope(404, "MANIFEST_UNKNOWN"),
    };
    let answer = index(&[DIGEST, OTHER], sick_and_gone).await.ask(deep(), &["a:1"]).await.pop().unwrap();
    let child = Missing::Child { digest: OTHER.to_owned(), platform: None };
    assert_eq!(answer, Answer::Missing(child));

    // The digest becomes part of an address.
    let answer = index(&["../../secret"], |_| manifest()).await.ask(deep(), &["a:1"]).await.pop().unwrap();
    let (cause, detail) = unverified(&answer);
    assert_eq!(cause, Cause::RegistryError);
    assert!(detail.contains("an index has an entry without a digest"), "{detail}");
}

/// The version is in the list of tags, and its manifest is not there: the list may be outdated.
#[tokio::test]
async fn a_version_that_is_listed_without_a_manifest_is_not_known() {
    let stub = Stub::new(|asked| match asked.line.as_str() {
        "GET /v2/" => open(),
        "GET /v2/a/tags/list?n=1000" => said(200).body(r#"{"name":"a","tags":["1.2.0"]}"#),
        _ => envelope(404, "MANIFEST_UNKNOWN"),
    });
    let stub = stub.await;
    let request = (Arc::new(stub.image("a")), Subject::Range("^1".into(), Numbers::Strict));
    let answer = resolve(Options::default(), vec![request], |_, _| {}).await.pop().unwrap();
    let (cause, detail) = unverified(&answer);
    assert_eq!(cause, Cause::RegistryError);
    assert!(detail.ends_with("/a lists 1.2.0, and has no manifest for it"), "{detail}");
}

/// An incomplete list of tags proves nothing: the newest version that a range admits may be on a later page.
#[tokio::test]
async fn a_list_that_breaks_off_is_no_proof() {
    let stub = Stub::new(|asked| match asked.line.as_str() {
        "GET /v2/" => open(),
        "GET /v2/a/tags/list?n=1000" => said(200)
            .header("Link", r#"</v2/a/tags/list?last=1>; rel="next""#)
            .body(r#"{"name":"a","tags":["1.0.0"]}"#),
        "GET /v2/b/tags/list?n=1000" => said(200).body("{}"),
        "GET /v2/c/tags/list?n=1000" => said(200).body("<html>"),
        line if line.contains("tags/list") => said(400),
        line if line.contains("manifests/1.0.0") => {
            said(200).header("Content-Type", OCI).body(r#"{"schemaVersion":2,"config":{},"layers":[]}"#)
        }
        _ => envelope(404, "MANIFEST_UNKNOWN"),
    });
    let stub = stub.await;
    let ask =
        |name: &str, range: &str| (Arc::new(stub.image(name)), Subject::Range(range.into(), Numbers::Strict));
    let requests = vec![ask("a", "^2"), ask("b", "^2"), ask("c", "^2"), ask("a", "^1")];
    let answers = resolve(Options::default(), requests, |_, _| {}).await;
    for (answer, expected) in answers.iter().zip([
        "/a has more tags than are read",
        ": the list of tags cannot be read",
        ": the list of tags cannot be read",
    ]) {
        let (cause, detail) = unverified(answer);
        assert!(cause == Cause::RegistryError && detail.ends_with(expected), "{detail}");
    }
    // Some version can be pulled, and the newest one is not known.
    let found = present(&answers[3]);
    assert_eq!((&*found.digest, &found.details().version), ("", &None));
}

/// Digests of two algorithms may be those of one manifest.
#[tokio::test]
async fn a_tag_with_a_digest_of_another_algorithm_may_be_the_same() {
    let long = format!("sha512:{}", "0123456789abcdef".repeat(8));
    let stub = Stub::new(move |asked| match asked.line.rsplit_once('/').unwrap() {
        ("GET /v2", "") => open(),
        (_, "1") => said(200).header("Content-Type", OCI).header("Docker-Content-Digest", &long),
        _ => manifest(),
    });
    let answer = stub.await.ask_one(&format!("a:1@{DIGEST}")).await;
    assert_eq!(present(&answer).details().tag, Some(TagState::Unknown));
}

#[tokio::test]
async fn parts_of_an_artifact_that_are_not_there_are_named() {
    let stub = Stub::new(|asked| match asked.line.as_str() {
        "GET /v2/" => open(),
        "GET /v2/web/manifests/1" => said(200)
            .header("Content-Type", OCI)
            .body(r#"{"schemaVersion":2,"config":{},"layers":[{"digest":7}]}"#),
        line if line.contains("/blobs/") => envelope(404, "BLOB_UNKNOWN"),
        _ => envelope(404, "MANIFEST_UNKNOWN"),
    });
    let stub = stub.await;
    let client = client(Options::default());
    let check = Check::new(&client, CheckOptions::default());
    let unread = check.artifact(&stub.image("web:1")).await.unwrap_err();
    assert!(unread.detail.contains("the layers of a manifest cannot be read"), "{unread:?}");
    let gone = check.blob(&stub.image("web:1"), DIGEST, 1000).await.unwrap_err();
    assert!(
        gone.cause == Cause::RegistryError && gone.detail.contains("is not there (404 BLOB_UNKNOWN"),
        "{gone:?}"
    );
}
