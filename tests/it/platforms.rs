//! The platforms of images and the kinds of manifests, the requests that they need, and the facts that the
//! next run knows.

use serde_json::json;
use testkit::registry::{Fault, INDEX, MANIFEST, Matcher, Registry, Reply};

use crate::gate::{Gate, at, check, only, outcome, verdicts};

const BOTH: [&str; 2] = ["--platform", "linux/amd64,linux/arm64"];
const CHART: &str = "application/vnd.cncf.helm.config.v1+json";

/// HEAD and GET of manifests, GET of blobs.
fn asked(registry: &Registry) -> [usize; 3] {
    let count = |method, path| registry.count(method, path);
    [count("HEAD", "/manifests/"), count("GET", "/manifests/"), count("GET", "/blobs/")]
}

fn push_artifact(registry: &Registry, repository: &str, tag: &str, kind: &str) -> String {
    let config = registry.push_blob(repository, "{}");
    let body = json!({"schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
        "config": {"mediaType": kind, "digest": config, "size": 2}});
    registry.push_raw(repository, tag, MANIFEST, body.to_string())
}

#[test]
fn what_an_image_runs_on() {
    let registry = Registry::start();
    registry.push_index("shop/web", "both", &["linux/amd64", "linux/arm64/v8"]);
    registry.push_index("shop/web", "three", &["linux/amd64", "linux/s390x", "windows/amd64"]);
    registry.push_index("shop/web", "noted", &["linux/amd64", "unknown/unknown"]);
    registry.push_index("shop/web", "nothing", &["unknown/unknown"]);
    registry.push_for("shop/web", "single", "linux/amd64");
    registry.push_for("shop/web", "odd", "linux/arm64/v9");
    registry.push_for("shop/web", "silent", "/");
    for (tag, says, requests) in [
        ("both", "", [0, 1, 0]),
        (
            "three",
            "has no build for linux/arm64; it has builds for linux/amd64, linux/s390x, windows/amd64",
            [0, 1, 0],
        ),
        ("noted", "has no build for linux/arm64; it has builds for linux/amd64", [0, 1, 0]),
        ("nothing", "has no runnable platform, and linux/amd64, linux/arm64 is required", [0, 1, 0]),
        ("single", "has no build for linux/arm64; it has builds for linux/amd64", [0, 1, 1]),
        ("odd", "has no build for linux/amd64, linux/arm64; it has builds for linux/arm64/v9", [0, 1, 1]),
        ("silent", "", [0, 1, 1]),
    ] {
        registry.clear_requests();
        let run = check(&at(&registry, &[&format!("shop/web:{tag}")]), &BOTH);
        assert_eq!(asked(&registry), requests, "{tag}");
        if says.is_empty() {
            assert_eq!(outcome(&run), (0, vec![]), "{tag}: {}", run.stdout);
            continue;
        }
        assert_eq!(outcome(&run), (1, vec!["missing-platform".to_owned()]), "{tag}: {}", run.stdout);
        assert_eq!(only(&run).1, format!("{}/shop/web:{tag} {says}", registry.host()));
        assert_eq!(verdicts(&run), ["missing"]);
    }
    // The platform is not requested, so it is not queried.
    registry.clear_requests();
    assert_eq!(check(&at(&registry, &["shop/web:nothing"]), &[]).code, 0);
    assert_eq!(asked(&registry), [1, 0, 0]);
}

#[test]
fn the_configuration_may_ask_for_platforms() {
    let registry = Registry::start();
    registry.push_for("shop/web", "1", "linux/arm/v6");
    let gate = Gate::new().write(".pullable.yaml", "platforms: [linux/arm/v7, linux/amd64]\n");
    let images = at(&registry, &["shop/web:1"]);
    let run = gate.check(&images, &[]);
    let said = "/shop/web:1 has no build for linux/amd64; it has builds for linux/arm/v6";
    assert!(only(&run).1.ends_with(said), "{}", run.stdout);
    assert_eq!(gate.check(&images, &["--platform", "linux/arm/v7"]).code, 0, "the flag wins");
    let run = gate.check(&images, &["--platform", "linux/amd46"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("did you mean linux/amd64?"), "{}", run.stderr);
}

#[test]
fn a_configuration_that_cannot_be_read_is_no_verdict() {
    type Break = (&'static str, Fault, &'static str);
    let faults: [Break; 4] = [
        ("gone", Reply::error(404, "BLOB_UNKNOWN", "").into(), "is not there (404 BLOB_UNKNOWN)"),
        ("another", Reply::status(200).body("{}").into(), "has another digest than the manifest lists"),
        ("endless", Fault::EndlessBody, "is longer than 4 MiB"),
        ("unwell", Reply::status(500).into(), "answers 500"),
    ];
    for (name, fault, says) in faults {
        let registry = Registry::start();
        registry.push("shop/web", "1");
        registry.fault(Matcher::any("/blobs/"), fault);
        let run = check(&at(&registry, &["shop/web:1"]), &BOTH);
        assert_eq!(outcome(&run), (3, vec!["registry-error".to_owned()]), "{name}");
        assert!(only(&run).1.contains(says), "{name}: {}", run.stdout);
    }
}

#[test]
fn a_digest_that_would_lead_elsewhere_is_not_followed() {
    let registry = Registry::start();
    let config = "application/vnd.oci.image.config.v1+json";
    let body = json!({"schemaVersion": 2, "layers": [],
        "config": {"mediaType": config, "digest": "sha256:../../../../admin", "size": 2}});
    registry.push_raw("shop/web", "1", MANIFEST, body.to_string());
    let run = check(&at(&registry, &["shop/web:1"]), &BOTH);
    assert_eq!(outcome(&run), (3, vec!["registry-error".to_owned()]), "{}", run.stdout);
    assert_eq!(asked(&registry), [0, 1, 0]);
}

#[test]
fn charts_and_images_in_each_others_place() {
    let registry = Registry::start();
    push_artifact(&registry, "charts/web", "1.0.0", CHART);
    push_artifact(&registry, "shop/wasm", "1", "application/vnd.wasm.config.v0+json");
    registry.push("shop/web", "1.0.0");
    let host = registry.host();
    // The kind of an image costs another request, and is queried only if it is needed.
    assert_eq!(check(&at(&registry, &["charts/web:1.0.0"]), &[]).code, 0);
    for args in [&BOTH[..], &["--deep"]] {
        let run = check(&at(&registry, &["charts/web:1.0.0"]), args);
        assert_eq!(outcome(&run), (1, vec!["wrong-kind".to_owned()]));
        assert_eq!(
            only(&run).1,
            format!("this is a Helm chart, where an image is expected: {host}/charts/web:1.0.0")
        );
        assert_eq!(check(&at(&registry, &["shop/wasm:1"]), args).code, 0);
    }
    let chart = |name: &str, folder: &str| {
        format!(
            "apiVersion: v2\nname: all\nversion: 1.0.0\ndependencies:\n  - name: {name}\n    version: 1.0.0\n    \
             repository: oci://{host}/{folder}\n"
        )
    };
    registry.clear_requests();
    let run = Gate::new().check_file("Chart.yaml", &chart("web", "charts"), &[]);
    assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
    assert_eq!(asked(&registry), [0, 1, 0], "a GET in place of the HEAD");
    let run = Gate::new().check_file("Chart.yaml", &chart("web", "shop"), &BOTH);
    assert_eq!(outcome(&run), (1, vec!["wrong-kind".to_owned()]), "{}", run.stdout);
    assert_eq!(
        only(&run).1,
        format!("this is a container image, where a Helm chart is expected: {host}/shop/web:1.0.0")
    );
}

#[test]
fn an_index_whose_child_is_gone() {
    let registry = Registry::start();
    registry.push_index("shop/web", "1", &["linux/amd64", "linux/arm64"]);
    let arm = registry.push_for("shop/web", "1", "linux/arm64");
    registry.push_index("shop/web", "1", &["linux/amd64", "linux/arm64"]);
    let images = at(&registry, &["shop/web:1"]);
    assert_eq!(outcome(&check(&images, &["--deep"])), (0, vec![]));
    registry.delete("shop/web", &arm);
    assert_eq!(check(&images, &[]).code, 0, "nobody looks");
    registry.clear_requests();
    let run = check(&images, &["--deep"]);
    assert_eq!(outcome(&run), (1, vec!["missing-digest".to_owned()]), "{}", run.stdout);
    let host = registry.host();
    let said = format!(
        "the index of {host}/shop/web:1 lists {arm} for linux/arm64, which {host}/shop/web does not have"
    );
    assert_eq!(only(&run).1, said);
    // The child is missing only after a GET, whose answer has the registry's error code.
    assert_eq!(asked(&registry), [2, 2, 0]);
    // A platform that is not required may be missing.
    assert_eq!(check(&images, &["--deep", "--platform", "linux/amd64"]).code, 0);
}

/// An index of these, each with more than a digest and a size.
fn push_children(registry: &Registry, tag: &str, children: &[(String, serde_json::Value)]) {
    let children: Vec<_> = children
        .iter()
        .map(|(digest, more)| {
            let mut child = json!({"mediaType": MANIFEST, "digest": digest, "size": 2});
            child.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            child
        })
        .collect();
    let body = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": children});
    registry.push_raw("shop/web", tag, INDEX, body.to_string());
}

/// The image specification lets a descriptor of an image say the type of its configuration.
#[test]
fn an_image_that_says_that_it_is_one() {
    let registry = Registry::start();
    let image = registry.push("shop/web", "one");
    let platform = json!({"os": "linux", "architecture": "amd64"});
    let said = json!({"artifactType": "application/vnd.oci.image.config.v1+json", "platform": platform});
    push_children(&registry, "1", &[(image.clone(), said)]);
    let artifact = json!({"artifactType": "application/vnd.example.sbom", "platform": platform});
    push_children(&registry, "2", &[(image, artifact)]);
    let amd = ["--platform", "linux/amd64"];
    assert_eq!(outcome(&check(&at(&registry, &["shop/web:1"]), &amd)), (0, vec![]));
    let run = check(&at(&registry, &["shop/web:2"]), &amd);
    assert_eq!(outcome(&run), (1, vec!["missing-platform".to_owned()]));
}

#[test]
fn an_index_that_nothing_can_be_pulled_of() {
    let registry = Registry::start();
    registry.push_index("shop/web", "notes", &["unknown/unknown"]);
    registry.push_index("shop/web", "empty", &[]);
    for tag in ["notes", "empty"] {
        let images = at(&registry, &[&format!("shop/web:{tag}")]);
        let run = check(&images, &["--deep"]);
        assert_eq!(outcome(&run), (1, vec!["missing-platform".to_owned()]), "{tag}");
        assert_eq!(only(&run).1, format!("{} has no runnable platform", images[0]));
    }
}

#[test]
fn an_index_of_more_than_is_looked_for_is_no_verdict() {
    let registry = Registry::start();
    let image = registry.push("shop/web", "one");
    let gone = format!("sha256:{}", "0".repeat(64));
    let mut children = vec![(image, json!({})); 64];
    push_children(&registry, "64", &children);
    children.push((gone, json!({})));
    push_children(&registry, "65", &children);
    assert_eq!(outcome(&check(&at(&registry, &["shop/web:64"]), &["--deep"])), (0, vec![]));
    let run = check(&at(&registry, &["shop/web:65"]), &["--deep"]);
    assert_eq!(outcome(&run), (3, vec!["registry-error".to_owned()]), "{}", run.stdout);
    assert!(only(&run).1.ends_with("/shop/web names 65 manifests, more than the limit"));
}

#[test]
fn what_one_run_learns_of_a_digest_the_next_one_knows() {
    let registry = Registry::start();
    let digest = registry.push("shop/web", "1");
    registry.push_index("shop/all", "1", &["linux/amd64", "linux/arm64"]);
    let pinned = format!("shop/web@{digest}");
    let images = at(&registry, &[&pinned, "shop/all:1"]);
    let gate = Gate::new();
    let home = gate.home().join("cache");
    let gate = gate.env("XDG_CACHE_HOME", &home.display().to_string());
    let args = ["--platform", "linux/amd64"];
    assert_eq!(gate.check(&images, &["--platform", "linux/amd64", "--no-cache"]).code, 0);
    assert!(!home.exists(), "nothing is written");
    assert_eq!(gate.check(&images, &args).code, 0);
    registry.clear_requests();
    assert_eq!(gate.check(&images, &args).code, 0);
    assert_eq!(asked(&registry), [1, 1, 0], "that it is there is asked each time");
    // Another platform needs no more requests: all are known.
    registry.clear_requests();
    let run = gate.check(&images, &["--platform", "linux/s390x"]);
    assert_eq!(outcome(&run), (1, vec!["missing-platform".to_owned(); 2]));
    assert_eq!(asked(&registry), [1, 1, 0]);
    // A deleted tag is missing, independent of the cache.
    registry.untag("shop/all", "1");
    assert_eq!(verdicts(&gate.check(&images, &args)), ["present", "missing"]);
    std::fs::write(home.join("pullable/digests-1.json"), "{broken").unwrap();
    registry.clear_requests();
    assert_eq!(verdicts(&gate.check(&images, &args)), ["present", "missing"]);
    assert_eq!(registry.count("GET", "/blobs/"), 1);
}

/// Docker Hub counts GETs: there the digest comes by HEAD, and the body only where it is not known.
#[test]
fn docker_hub_is_spared_gets() {
    let hub = Registry::start();
    hub.push_index("registry-1.docker.io/acme/web", "1", &["linux/amd64"]);
    let proxy = format!("http://{}", hub.host());
    let gate = Gate::new().env("HTTP_PROXY", &proxy).env("HTTPS_PROXY", &proxy);
    let args = ["--insecure-registry", "registry-1.docker.io", "--platform", "linux/amd64"];
    assert_eq!(outcome(&gate.check(&["acme/web:1"], &args)), (0, vec![]));
    assert_eq!(asked(&hub), [1, 1, 0]);
    hub.clear_requests();
    assert_eq!(outcome(&gate.check(&["acme/web:1"], &args)), (0, vec![]));
    assert_eq!(asked(&hub), [1, 0, 0], "~/.cache is the usual place");
}

#[test]
fn runs_side_by_side_share_a_cache() {
    let registry = Registry::start();
    let images: Vec<String> = (0..40)
        .map(|n| {
            registry.push("shop/web", &n.to_string());
            format!("{}/shop/web:{n}", registry.host())
        })
        .collect();
    let home = tempfile::TempDir::new().unwrap();
    let cache = home.path().display().to_string();
    std::thread::scope(|scope| {
        for part in images.chunks(10) {
            let cache = &cache;
            scope.spawn(move || {
                let run =
                    Gate::new().env("XDG_CACHE_HOME", cache).check(part, &["--platform", "linux/amd64"]);
                assert_eq!(outcome(&run), (0, vec![]));
            });
        }
    });
    let kept = std::fs::read(home.path().join("pullable/digests-1.json")).unwrap();
    let kept: serde_json::Value = serde_json::from_slice(&kept).unwrap();
    assert!(kept.as_object().unwrap().len() >= 10);
    assert_eq!(std::fs::read_dir(home.path().join("pullable")).unwrap().count(), 1);
}
