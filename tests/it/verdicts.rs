//! What a registry does, and what is said of the image: every way of answering, through the program.

use std::time::Duration;

use testkit::registry::{Fault, Matcher, Registry, Reply};

use crate::gate::{Gate, at, check, only, outcome, suggestions, verdicts};

const DIGEST: &str = "Docker-Content-Digest";
const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
const NOWHERE: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// One way for a registry to answer, and what has to come of it.
struct Row {
    name: &'static str,
    /// Behind the registry's host; `{1.5.0}` stands for that tag's digest.
    image: &'static str,
    set: fn(&Registry),
    exit: i32,
    /// Of the one finding; empty where there is none.
    rule: &'static str,
    /// A part of its message.
    says: &'static str,
    /// HEAD and GET of manifests, GET of tag lists.
    asked: [usize; 3],
}

impl Row {
    /// Sets the scene, runs the program, and holds what it says to the row.
    fn hold(&self, timeout: &str) {
        let registry = Registry::start();
        let digest = registry.push("shop/web", "1.5.0");
        registry.push("shop/web", "1.4.2");
        (self.set)(&registry);
        let image = format!("{}/{}", registry.host(), self.image.replace("{1.5.0}", &digest));
        let run = check(&[image], &["--timeout", timeout, "--deadline", "20s"]);
        let name = self.name;
        let (rule, message) = if run.rules().is_empty() { <_>::default() } else { only(&run) };
        assert_eq!((run.code, rule.as_str()), (self.exit, self.rule), "{name}: {}", run.stdout);
        assert!(message.contains(self.says), "{name}: {message}");
        let verdict = match (self.exit, self.rule) {
            (0, _) => "present",
            (1, _) => "missing",
            _ => "unverified",
        };
        assert_eq!(verdicts(&run), [verdict], "{name}");
        let asked = [
            registry.count("HEAD", "/manifests/"),
            registry.count("GET", "/manifests/"),
            registry.count("GET", "/tags/list"),
        ];
        assert_eq!(asked, self.asked, "{name}: {:?}", registry.requests());
        assert_eq!(registry.requests().len(), asked.iter().sum::<usize>() + 1, "{name}: one challenge");
    }
}

/// Holds all rows at once: those that are tried again spend their time waiting.
fn hold(rows: &[Row]) {
    hold_within("15s", rows);
}

/// The same, with a limit to each request that a busy machine keeps where nothing hangs.
fn hold_within(timeout: &str, rows: &[Row]) {
    std::thread::scope(|scope| {
        for row in rows {
            scope.spawn(|| row.hold(timeout));
        }
    });
}

fn heads(registry: &Registry, fault: impl Into<Vec<Fault>>) {
    registry.fault(Matcher::head("/manifests/"), fault);
}

fn manifests(registry: &Registry, fault: impl Into<Vec<Fault>>) {
    registry.fault(Matcher::any("/manifests/"), fault);
}

fn once(registry: &Registry, fault: impl Into<Vec<Fault>>) {
    registry.fault(Matcher::head("/manifests/").times(1), fault);
}

/// A manifest with this digest in its header.
fn manifest(digest: &str) -> Reply {
    let body = r#"{"schemaVersion":2,"config":{},"layers":[]}"#;
    Reply::status(200).header("Content-Type", OCI).header(DIGEST, digest).body(body)
}

#[test]
#[rustfmt::skip]
fn present_or_missing() {
    let nothing: fn(&Registry) = |_| {};
    hold(&[
        Row { name: "present", image: "shop/web:1.5.0", set: nothing,
            exit: 0, rule: "", says: "", asked: [1, 0, 0] },
        Row { name: "a tag that is not there", image: "shop/web:1.5.O", set: nothing,
            exit: 1, rule: "missing-tag", says: "/shop/web has no tag 1.5.O", asked: [1, 0, 1] },
        Row { name: "no tag means latest", image: "shop/web", set: nothing,
            exit: 1, rule: "missing-tag", says: "has no tag latest", asked: [1, 0, 1] },
        Row { name: "latest is there", image: "shop/web", set: |r| { r.push("shop/web", "latest"); },
            exit: 0, rule: "", says: "", asked: [1, 0, 0] },
        Row { name: "a repository that is not there", image: "shop/wob:1.5.0", set: nothing,
            exit: 1, rule: "missing-repository", says: "has no repository shop/wob", asked: [1, 0, 1] },
        Row { name: "a repository without tags", image: "shop/new:1", set: |r| r.create_repository("shop/new"),
            exit: 1, rule: "missing-tag", says: "/shop/new has no tag 1", asked: [1, 1, 1] },
        Row { name: "tags: null", image: "shop/web:9", exit: 1, rule: "missing-tag", says: "/shop/web has no tag 9",
            set: |r| r.fault(Matcher::get("/tags/list"), Reply::status(200).body(r#"{"name":"shop/web","tags":null}"#)),
            asked: [1, 1, 1] },
        Row { name: "tags are not listed", image: "shop/web:9",
            set: |r| r.fault(Matcher::get("/tags/list"), Reply::error(405, "UNSUPPORTED", "no")),
            exit: 1, rule: "missing-tag", says: "does not list the repository's tags", asked: [1, 1, 1] },
        Row { name: "a dangling tag", image: "shop/web:old", set: |r| r.tag("shop/web", "old", NOWHERE),
            exit: 1, rule: "missing-tag", says: "lists the tag old, and has no manifest for it", asked: [1, 1, 1] },
    ]);
}

#[test]
#[rustfmt::skip]
fn digests() {
    let nothing: fn(&Registry) = |_| {};
    let gone = "shop/web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let both = "shop/web:1.5.0@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    hold(&[
        Row { name: "digest alone", image: "shop/web@{1.5.0}", set: nothing,
            exit: 0, rule: "", says: "", asked: [1, 0, 0] },
        Row { name: "digest alone, gone", image: gone, set: nothing,
            exit: 1, rule: "missing-digest", says: "has no manifest sha256:0123", asked: [1, 1, 1] },
        Row { name: "tag and digest agree", image: "shop/web:1.5.0@{1.5.0}", set: nothing,
            exit: 0, rule: "", says: "", asked: [2, 0, 0] },
        Row { name: "the tag moved", image: "shop/web:1.4.2@{1.5.0}", set: nothing,
            exit: 0, rule: "moved-tag", says: "the tag 1.4.2 of ", asked: [2, 0, 0] },
        Row { name: "the tag is gone", image: "shop/web:1.5.0@{1.5.0}", set: |r| r.untag("shop/web", "1.5.0"),
            exit: 0, rule: "moved-tag", says: "the written digest still exists", asked: [2, 0, 0] },
        Row { name: "the digest is gone", image: both, set: nothing,
            exit: 1, rule: "missing-digest", says: "has no manifest sha256:0123", asked: [2, 1, 1] },
        Row { name: "digest and repository are gone", set: nothing,
            image: "shop/wob:1@{1.5.0}",
            exit: 1, rule: "missing-repository", says: "has no repository shop/wob", asked: [2, 0, 1] },
        Row { name: "another digest than was asked for", image: "shop/web@{1.5.0}",
            set: |r| heads(r, manifest(NOWHERE)),
            exit: 3, rule: "registry-error", says: "it answers with the manifest sha256:0123", asked: [1, 0, 0] },
    ]);
}

#[test]
#[rustfmt::skip]
fn what_is_no_manifest_is_never_present() {
    let web = "shop/web:1.5.0";
    hold(&[
        Row { name: "a login page", image: web, set: |r| manifests(r, Fault::Html),
            exit: 3, rule: "registry-error", says: "\"text/html\"", asked: [1, 1, 0] },
        Row { name: "garbage", image: web, set: |r| manifests(r, Fault::Garbage),
            exit: 3, rule: "registry-error", says: "200 with a body that is not a manifest", asked: [1, 1, 0] },
        Row { name: "an endless body", image: web, set: |r| manifests(r, Fault::EndlessBody),
            exit: 3, rule: "registry-error", says: "longer than 8 MiB", asked: [1, 1, 0] },
        Row { name: "another digest in the header than of the body", image: web,
            set: |r| {
                heads(r, Reply::status(405));
                manifests(r, manifest(NOWHERE));
            },
            exit: 3, rule: "registry-error", says: "another digest than its header gives", asked: [1, 1, 0] },
        Row { name: "a host that is no registry", image: web,
            set: |r| r.fault(Matcher::any("/"), Reply::status(404).header("Content-Type", "text/html").body("<h1>")),
            exit: 3, rule: "registry-error", says: "does not answer like a registry", asked: [1, 1, 1] },
        Row { name: "a redirect loop", image: web, set: |r| manifests(r, Fault::Redirect("{path}".into())),
            exit: 3, rule: "registry-error", says: "redirects more than 5 times", asked: [6, 0, 0] },
        Row { name: "a redirect to nothing like it", image: web,
            set: |r| manifests(r, Fault::Redirect("ftp://x/".into())),
            exit: 3, rule: "registry-error", says: "redirects to the scheme ftp", asked: [1, 0, 0] },
    ]);
}

#[test]
#[rustfmt::skip]
fn where_head_cannot_tell_get_does() {
    let web = "shop/web:1.5.0";
    hold(&[
        Row { name: "no digest in the header", image: web, set: |r| manifests(r, Fault::NoDigest),
            exit: 0, rule: "", says: "", asked: [1, 1, 0] },
        Row { name: "a malformed digest in the header", image: web, set: |r| heads(r, manifest("sha256:no")),
            exit: 0, rule: "", says: "", asked: [1, 1, 0] },
        Row { name: "405", image: web, set: |r| heads(r, Reply::error(405, "UNSUPPORTED", "")),
            exit: 0, rule: "", says: "", asked: [1, 1, 0] },
        Row { name: "405, and the tag is not there", image: "shop/web:9", set: |r| heads(r, Reply::status(405)),
            exit: 1, rule: "missing-tag", says: "has no tag 9", asked: [1, 1, 1] },
        Row { name: "403 to HEAD alone", image: web, set: |r| heads(r, Reply::status(403)),
            exit: 0, rule: "", says: "", asked: [1, 1, 0] },
        Row { name: "403", image: web, set: |r| manifests(r, Reply::error(403, "DENIED", "not for you")),
            exit: 3, rule: "missing-or-private",
            says: "does not exist, or is private: access is denied without credentials (403 DENIED: not for you)",
            asked: [1, 1, 0] },
        Row { name: "schema 1", image: "shop/old:1",
            set: |r| {
                let media_type = "application/vnd.docker.distribution.manifest.v1+prettyjws";
                r.push_raw("shop/old", "1", media_type, r#"{"schemaVersion":1,"fsLayers":[]}"#);
            },
            exit: 0, rule: "old-manifest", says: "schema 1", asked: [1, 0, 0] },
    ]);
}

/// A 404 without a body is a gateway's as likely as a registry's: missing is what the list of tags or the
/// manifest's own error bears out.
#[test]
#[rustfmt::skip]
fn a_bare_404_is_no_verdict() {
    let bare: fn(&Registry) = |r| heads(r, Reply::status(404));
    let (web, pinned) = ("shop/web:1.5.0", "shop/web@{1.5.0}");
    hold(&[
        Row { name: "to HEAD alone", image: web, set: bare,
            exit: 0, rule: "", says: "", asked: [1, 1, 1] },
        Row { name: "to HEAD alone, for a digest", image: pinned, set: bare,
            exit: 0, rule: "", says: "", asked: [1, 1, 1] },
        Row { name: "for a digest, of no registry's form", image: pinned, set: |r| manifests(r, Reply::status(404).body("<h1>")),
            exit: 3, rule: "registry-error", says: "404 without an error code of a registry", asked: [1, 1, 1] },
        Row { name: "beside an empty list of tags", image: web, set: |r| list(r, "", ""),
            exit: 0, rule: "", says: "", asked: [1, 1, 1] },
        Row { name: "beside a part of the list", image: web, set: |r| list(r, r#""1.4.2""#, "<http://other.example/>; rel=next"),
            exit: 0, rule: "", says: "", asked: [1, 1, 1] },
        Row { name: "beside a list that is limited", image: web,
            set: |r| {
                heads(r, Reply::status(404));
                r.fault(Matcher::get("/tags/list"), Reply::error(404, "TOO_MANY_REQUESTS", ""));
            },
            exit: 0, rule: "", says: "", asked: [1, 1, 1] },
        Row { name: "beside the whole list, without the tag", image: web, set: |r| list(r, r#""1.4.2""#, ""),
            exit: 1, rule: "missing-tag", says: "/shop/web has no tag 1.5.0", asked: [1, 0, 1] },
    ]);
}

/// Every HEAD is answered 404, and these tags are listed.
fn list(registry: &Registry, tags: &str, link: &str) {
    heads(registry, Reply::status(404));
    let body = format!(r#"{{"name":"shop/web","tags":[{tags}]}}"#);
    registry.fault(Matcher::get("/tags/list"), Reply::status(200).header("Link", link).body(body));
}

#[test]
#[rustfmt::skip]
fn what_heals_is_tried_again() {
    let web = "shop/web:1.5.0";
    hold(&[
        Row { name: "503 once", image: web, set: |r| once(r, Reply::status(503)),
            exit: 0, rule: "", says: "", asked: [2, 0, 0] },
        Row { name: "a reset once", image: web, set: |r| once(r, Fault::Reset),
            exit: 0, rule: "", says: "", asked: [2, 0, 0] },
        Row { name: "429 once", image: web, set: |r| once(r, Reply::status(429).header("Retry-After", "1")),
            exit: 0, rule: "", says: "", asked: [2, 0, 0] },
        Row { name: "429 until a time, by a clock that is ahead", image: web,
            set: |r| once(r, Reply::status(429).header("Date", "Fri, 20 Nov 2099 10:00:00 GMT")
                .header("Retry-After", "Fri, 20 Nov 2099 10:00:01 GMT")),
            exit: 0, rule: "", says: "", asked: [2, 0, 0] },
        Row { name: "429 until a time that is over", image: web,
            set: |r| once(r, Reply::status(429).header("Retry-After", "Fri, 20 Nov 1998 10:00:00 GMT")),
            exit: 0, rule: "", says: "", asked: [2, 0, 0] },
        Row { name: "429 until nobody knows", image: web, set: |r| once(r, Reply::status(429).header("Retry-After", "-5")),
            exit: 0, rule: "", says: "", asked: [2, 0, 0] },
        Row { name: "429", image: web, set: |r| manifests(r, Reply::error(429, "TOOMANYREQUESTS", "slow down")),
            exit: 3, rule: "rate-limited", says: "limits the rate of requests (429", asked: [3, 0, 0] },
        Row { name: "429 for an hour", image: web,
            set: |r| manifests(r, Reply::status(429).header("Retry-After", "3600")),
            exit: 3, rule: "rate-limited", says: "its Retry-After exceeds the run's deadline", asked: [1, 0, 0] },
        Row { name: "500", image: web, set: |r| manifests(r, Reply::error(500, "UNKNOWN", "the disk is full")),
            exit: 3, rule: "registry-error", says: "answers 500", asked: [3, 0, 0] },
        Row { name: "503", image: web, set: |r| manifests(r, Reply::status(503)),
            exit: 3, rule: "registry-error", says: "answers 503 Service Unavailable", asked: [3, 0, 0] },
        Row { name: "resets", image: web, set: |r| manifests(r, Fault::Reset),
            exit: 3, rule: "unreachable", says: "cannot be reached: ", asked: [3, 0, 0] },
    ]);
}

#[test]
#[rustfmt::skip]
fn what_takes_too_long() {
    let web = "shop/web:1.5.0";
    hold_within("500ms", &[
        Row { name: "silence once", image: web, set: |r| once(r, Fault::Hang),
            exit: 0, rule: "", says: "", asked: [2, 0, 0] },
        Row { name: "silence", image: web, set: |r| manifests(r, Fault::Hang),
            exit: 3, rule: "unreachable", says: "timed out after 500ms", asked: [3, 0, 0] },
        Row { name: "a slow drip", image: web,
            set: |r| manifests(r, [Fault::NoDigest, Fault::SlowDrip(Duration::from_millis(50))]),
            exit: 3, rule: "unreachable", says: "timed out after 500ms", asked: [1, 3, 0] },
    ]);
}

#[test]
fn suggestions_come_from_every_page() {
    let registry = Registry::builder().page_size(2).start();
    for tag in ["1.0.0", "1.1.0", "2.0.0", "2.1.0", "3.0.0"] {
        registry.push("shop/web", tag);
    }
    let run = check(&at(&registry, &["shop/web:2.l.0", "shop/web:9.9.9-rc.1"]), &[]);
    assert_eq!(outcome(&run), (1, vec!["missing-tag".to_owned(), "missing-tag".to_owned()]));
    assert_eq!(suggestions(&run), ["2.1.0"]);
    assert_eq!(registry.count("GET", "/tags/list"), 3, "each page once, for both tags");
}

#[test]
fn a_misspelt_repository_beside_the_right_one() {
    let registry = Registry::start();
    registry.push("shop/cart", "1");
    registry.push("shop/cart", "2");
    let said = |images: &[&str]| {
        let run = check(&at(&registry, images), &[]);
        assert_eq!((run.code, run.rules()), (1, vec!["missing-repository".to_owned()]), "{}", run.stdout);
        suggestions(&run)
    };
    assert_eq!(said(&["shop/cart:1", "shop/crat:2"]), ["shop/cart"]);
    // What is not there either is no suggestion, nor is what the change does not name.
    assert!(said(&["shop/cart:1", "shop/crat:3"]).is_empty());
    assert!(said(&["shop/crat:2"]).is_empty());
    assert!(said(&["shop/cart:1", "team/database:2"]).is_empty());
}

#[test]
fn a_hundred_thousand_tags_are_bounded() {
    let registry = Registry::start();
    let digest = registry.push("shop/web", "a");
    (0..100_000).for_each(|n| registry.tag("shop/web", &format!("b{n:06}"), &digest));
    registry.tag("shop/web", "c", &digest);
    let images = at(&registry, &["shop/web:b0O0007", "shop/web:c-1"]);
    let run = check(&images, &[]);
    assert_eq!((run.code, suggestions(&run)), (1, vec!["b000007".to_owned()]));
    assert_eq!(registry.count("GET", "/tags/list"), 20);

    let all: Vec<String> = (0..100_000).map(|n| format!("b{n:06}")).collect();
    let whole = serde_json::json!({ "name": "shop/web", "tags": all }).to_string();
    registry.clear_requests();
    registry.fault(Matcher::get("/tags/list"), Reply::status(200).body(whole));
    let run = check(&images, &[]);
    assert_eq!((run.code, suggestions(&run)), (1, vec!["b000007".to_owned()]));
    assert_eq!(registry.count("GET", "/tags/list"), 1);
}

#[test]
fn a_stopped_registry_is_one_finding() {
    let registry = Registry::start();
    let images = at(&registry, &["a:1", "a:2", "b:1", "c", "d:1"]);
    let host = registry.host();
    drop(registry);
    let run = check(&images, &[]);
    assert_eq!(outcome(&run), (3, vec!["unreachable".to_owned()]));
    let said = "cannot be reached: connection refused, 3 times (and 4 more references)";
    assert_eq!(only(&run).1, format!("{host} {said}"));
    assert_eq!(verdicts(&run), ["unverified"; 5]);
}

#[test]
fn a_deadline_ends_the_run_with_what_is_known() {
    let registry = Registry::builder().latency(Duration::from_millis(100)).start();
    let images: Vec<String> = (0..60)
        .map(|n| {
            registry.push("shop/web", &n.to_string());
            format!("{}/shop/web:{n}", registry.host())
        })
        .collect();
    let args = ["--deadline", "1s", "--concurrency", "2"];
    let run = check(&images, &args);
    assert_eq!(outcome(&run), (3, vec!["unreachable".to_owned()]));
    let verdicts = verdicts(&run);
    let count = |verdict: &str| verdicts.iter().filter(|known| *known == verdict).count();
    let (present, unverified) = (count("present"), count("unverified"));
    assert!(present > 0 && unverified > 30 && present + unverified == 60, "{present} {unverified}");
    let message = only(&run).1;
    assert!(message.starts_with("the run's deadline passed before "), "{message}");
}

#[test]
fn policy_decides_what_unverified_means() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    registry.fault(Matcher::any("/broken/manifests/"), Reply::error(403, "DENIED", ""));
    let broken = at(&registry, &["shop/broken:1", "shop/web:1"]);
    let both = at(&registry, &["shop/broken:1", "shop/web:2"]);
    let private = || "missing-or-private".to_owned();
    let warned = check(&broken, &["--on-unverified", "warn"]);
    assert_eq!(outcome(&warned), (0, vec![private()]));
    assert_eq!(warned.json()["findings"][0]["severity"], "warning");
    assert_eq!(verdicts(&warned), ["unverified", "present"]);
    assert_eq!(outcome(&check(&broken, &[])), (3, vec![private()]));
    assert_eq!(outcome(&check(&broken, &["--exit-zero"])), (0, vec![private()]));
    let missing = || vec![private(), "missing-tag".to_owned()];
    assert_eq!(outcome(&check(&both, &[])), (1, missing()));
    assert_eq!(outcome(&check(&both, &["--on-unverified", "warn"])), (1, missing()));
    assert_eq!(outcome(&check(&both, &["--exit-zero"])), (0, missing()));
}

/// Docker Hub, by a proxy that refuses to tunnel and answers plain HTTP for any host.
#[test]
fn docker_hub_by_a_proxy() {
    let hub = Registry::start();
    hub.push("registry-1.docker.io/library/nginx", "1.27.0");
    let proxy = format!("http://{}", hub.host());
    let gate = Gate::new().env("HTTP_PROXY", &proxy).env("HTTPS_PROXY", &proxy);
    let insecure = ["--insecure-registry", "registry-1.docker.io"];
    let run = gate.check(&["nginx:1.27.0", "docker.io/nginx:1.27.O"], &insecure);
    assert_eq!(outcome(&run), (1, vec!["missing-tag".to_owned()]), "{}", run.stdout);
    assert_eq!(only(&run).1, "docker.io/library/nginx has no tag 1.27.O");
    let values = "image:\n  repository: acme/web\n  tag: '1'\n";
    let run = gate.check_file("values.yaml", values, &insecure);
    assert_eq!(outcome(&run), (0, vec!["unknown-registry".to_owned()]), "{}", run.stdout);
    assert_eq!(verdicts(&run), ["skipped"]);
    // A name that is near is no word on a registry that only the chart knows.
    hub.push("registry-1.docker.io/acme/wab", "1");
    let both = "sidecar:\n  image:\n    repository: acme/wab\n    tag: '1'\n".to_owned() + values;
    let run = gate.check_file("values.yaml", &both, &insecure);
    assert_eq!(outcome(&run), (0, vec!["unknown-registry".to_owned(); 2]), "{}", run.stdout);
    assert!(run.stdout.contains("docker.io has no repository acme/web"), "{}", run.stdout);
    let run = gate.check_file("pod.yaml", &crate::support::pod(&["acme/web:1"]), &insecure);
    assert_eq!(outcome(&run), (1, vec!["missing-repository".to_owned()]), "{}", run.stdout);
}
