//! Repositories in registries.

use testkit::registry::{Auth, Denial, MANIFEST, Matcher, Registry, Reply};

use super::*;
use model::chart::{Consumer, Wanted};

pub(super) const CHART_LAYER: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/// Pushes a chart, with another layer before it. Returns the digest of the manifest.
fn push(registry: &Registry, name: &str, tag: &str, version: &str) -> String {
    let layer = registry.push_blob(name, archive("web", version, &format!("tag: {tag}")));
    let proof = registry.push_blob(name, "signed");
    let config = registry.push_blob(name, "{}");
    let body = format!(
        r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"{config}","size":2}},
        "layers":[{{"mediaType":"application/vnd.cncf.helm.chart.provenance.v1.prov","digest":"{proof}","size":6}},
        {{"mediaType":"{CHART_LAYER}","digest":"{layer}","size":1}}]}}"#
    );
    registry.push_raw(name, tag, MANIFEST, body)
}

fn filled() -> Registry {
    let registry = Registry::start();
    for (tag, version) in
        [("1.2.0", "1.2.0"), ("1.3.0_b.1", "1.3.0+b.1"), ("v2.0.0", "v2.0.0"), ("1.3", "1.3")]
    {
        push(&registry, "charts/web", tag, version);
    }
    registry
}

fn repository(registry: &Registry) -> String {
    format!("oci://{}/charts", registry.host())
}

#[tokio::test]
async fn versions_and_tags() {
    let registry = filled();
    let url = repository(&registry);
    for (consumer, version, expected) in [
        (Consumer::Helm, "1.2.0", "1.2.0 with tag: 1.2.0"),
        (Consumer::Helm, "1.3.0+b.1", "1.3.0_b.1 with tag: 1.3.0_b.1"),
        (Consumer::Helm, "1.3", "1.3 with tag: 1.3"),
        (Consumer::Flux, "1.3", "1.3.0_b.1 with tag: 1.3.0_b.1"),
        (Consumer::Helm, "^1", "1.3.0_b.1 with tag: 1.3.0_b.1"),
        (Consumer::ArgoCd, "*", "v2.0.0 with tag: v2.0.0"),
        (Consumer::Helm, "", "1.3.0_b.1 with tag: 1.3.0_b.1"),
        (Consumer::Helm, "2.0.0", "None, near v2.0.0 1.3 1.3.0_b.1"),
        (Consumer::Helm, "^3", "None, near v2.0.0 1.3 1.3.0_b.1"),
    ] {
        let request = Request { consumer, ..request(&url, "web", version) };
        assert_eq!(line(&find_anew(&request).await), expected, "{consumer:?} {version:?}");
    }
    assert_eq!(line(&find_anew(&request(&url, "wob", "1.2.0")).await), "no chart, near None");
}

#[tokio::test]
async fn requests_of_one_chart() {
    let registry = filled();
    let url = repository(&registry);
    let folder = tempfile::tempdir().unwrap();
    for (round, blobs) in [(0, 1), (1, 0)] {
        registry.clear_requests();
        let options = Options { cache: Some(folder.path().to_owned()), ..Options::default() };
        let found = chart(find(&Repositories::new(options), &request(&url, "web", "1.2.0")).await);
        assert_eq!((found.version.as_str(), found.notices.as_slice()), ("1.2.0", [].as_slice()));
        let asked = (registry.count("GET", "/manifests/"), registry.count("GET", "/blobs/"));
        assert_eq!(asked, (1, blobs), "round {round}: a digest vouches for what the cache holds");
    }
}

#[tokio::test]
async fn tags_and_digests_of_an_artifact() {
    let registry = filled();
    let digest = push(&registry, "charts/web", "stable", "4.0.0");
    let whole = format!("{}/web", repository(&registry));
    for (wanted, expected) in [
        (Wanted::Tag("stable".to_owned()), "stable with tag: stable"),
        (Wanted::Digest(digest.clone()), "4.0.0 with tag: stable"),
        (Wanted::Tag("gone".to_owned()), "None, near "),
    ] {
        let request = Request { wanted, ..request(&whole, "", "") };
        let answer = find_anew(&request).await;
        assert!(line(&answer).starts_with(expected), "{}", line(&answer));
        if let Answer::Found(chart) = answer {
            assert_eq!((chart.digest, chart.notices), (digest.clone(), vec![]));
        }
    }
}

#[tokio::test]
async fn an_index_may_name_a_registry() {
    let registry = filled();
    let host = registry.host();
    let server = testkit::http::Server::new(move |_| {
        let address = format!("oci://{host}/charts/web:1.2.0");
        testkit::http::said(200, format!("entries:\n  web:\n  - version: 1.2.0\n    urls: [\"{address}\"]\n"))
    });
    assert_eq!(line(&find_anew(&request(&server.url(""), "web", "1.x")).await), "1.2.0 with tag: 1.2.0");
}

#[tokio::test]
async fn passwords_of_an_index_are_not_shown() {
    let server = testkit::http::Server::new(|_| {
        let address = "oci://me:secret@ghcr.io/charts/web:1.2.0";
        testkit::http::said(200, format!("entries:\n  web:\n  - version: 1.2.0\n    urls: [\"{address}\"]\n"))
    });
    let answer = line(&find_anew(&request(&server.url(""), "web", "1.2.0")).await);
    assert_eq!(answer, "Unreachable: the address of version 1.2.0 in a registry cannot be read");
}

#[tokio::test]
async fn what_is_denied() {
    let registry = Registry::builder().auth(Auth::basic("me", "x")).start();
    push(&registry, "charts/web", "1.2.0", "1.2.0");
    let answer = find_anew(&request(&repository(&registry), "web", "1.2.0")).await;
    assert!(matches!(answer, Answer::Unauthorized(_)), "{}", line(&answer));
    let open = filled();
    open.private("charts/secret", Denial::Forbidden);
    let answer = find_anew(&request(&repository(&open), "secret", "1.2.0")).await;
    assert!(matches!(answer, Answer::Unverified(_)), "{}", line(&answer));
}

#[tokio::test]
async fn an_artifact_that_is_no_chart() {
    let registry = Registry::start();
    registry.push("charts/web", "1.2.0");
    let answer = line(&find_anew(&request(&repository(&registry), "web", "1.2.0")).await);
    assert_eq!(answer, "1.2.0: the archive is not compressed with gzip");
}

/// A range needs the list of tags: a chart is missing only if the registry reports that there is no repository.
#[tokio::test]
async fn a_range_without_a_list_of_tags() {
    let registry = filled();
    let url = repository(&registry);
    assert_eq!(line(&find_anew(&request(&url, "wob", "^1")).await), "no chart, near None");
    registry.fault(Matcher::any("charts/web/tags/list"), Reply::status(400));
    let answer = line(&find_anew(&request(&url, "web", "^1")).await);
    assert!(answer.starts_with("RegistryError: ") && answer.contains("400"), "{answer}");
    registry.clear_faults();
    // The newest version may be on a page that is not read.
    let page = Reply::status(200)
        .header("Link", "<https://elsewhere.example/x>; rel=\"next\"")
        .body(r#"{"name":"charts/web","tags":["1.2.0"]}"#);
    registry.fault(Matcher::any("charts/web/tags/list"), page);
    for range in ["^1", "^9"] {
        let answer = line(&find_anew(&request(&url, "web", range)).await);
        assert!(answer.ends_with("/charts/web has more tags than are read"), "{range}: {answer}");
    }
    let no_version = line(&find_anew(&request(&url, "web", "no range")).await);
    assert_eq!(no_version, "NotAVersion, near 1.2.0");
}

#[tokio::test]
async fn names_and_sizes_that_no_chart_has() {
    let registry = filled();
    let url = repository(&registry);
    let answer = line(&find_anew(&request(&url, "We b", "1.2.0")).await);
    assert!(answer.ends_with("/charts/We b is not the name of an OCI repository"), "{answer}");
    // The size in a manifest decides before anything is fetched.
    let layer = registry.push_blob("charts/huge", "x");
    let size = u64::MAX;
    let body = format!(
        r#"{{"schemaVersion":2,"config":{{}},"layers":[{{"mediaType":"{CHART_LAYER}","digest":"{layer}","size":{size}}}]}}"#
    );
    registry.push_raw("charts/huge", "1.2.0", MANIFEST, body);
    registry.clear_requests();
    let answer = line(&find_anew(&request(&url, "huge", "1.2.0")).await);
    assert!(answer.starts_with("1.2.0: "), "{answer}");
    assert_eq!(registry.count("GET", "/blobs/"), 0, "{answer}");
}

/// The manifest is there when the registry is asked a second time: nothing is known.
#[tokio::test]
async fn a_chart_that_appears_between_two_queries_is_not_missing() {
    let registry = filled();
    let once = Matcher::get("charts/web/manifests/1.2.0").times(1);
    registry.fault(once, Reply::error(404, "MANIFEST_UNKNOWN", "gone"));
    let answer = line(&find_anew(&request(&repository(&registry), "web", "1.2.0")).await);
    assert!(answer.ends_with("/charts/web:1.2.0 was not found at first, and is there now"), "{answer}");
}
