//! The registry as a client sees it, over plain sockets.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::*;

const BASIC: &str = "Authorization: Basic YWRhOnNlY3JldA==\r\n";

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(present, _)| present.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

fn send(registry: &Registry, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(registry.host()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

fn exchange(registry: &Registry, request: &str) -> Answer {
    let mut bytes = Vec::new();
    send(registry, request).read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

fn ask_with(registry: &Registry, method: &str, path: &str, headers: &str) -> Answer {
    let host = registry.host();
    exchange(
        registry,
        &format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n"),
    )
}

fn get(registry: &Registry, path: &str) -> Answer {
    ask_with(registry, "GET", path, "")
}

fn head(registry: &Registry, path: &str) -> Answer {
    ask_with(registry, "HEAD", path, "")
}

fn token(registry: &Registry, scope: &str, headers: &str) -> String {
    let answer = ask_with(registry, "GET", &format!("/token?service=x&scope={scope}"), headers);
    let token = answer.json().get("token").unwrap().as_str().unwrap().to_owned();
    format!("Authorization: Bearer {token}\r\n")
}

#[test]
fn an_image_is_served_by_tag_and_digest() {
    let registry = Registry::start();
    let digest = registry.push("team/web", "1.0");
    let by_tag = get(&registry, "/v2/team/web/manifests/1.0");
    assert_eq!((by_tag.status, by_tag.header("Content-Type")), (200, Some(MANIFEST)));
    assert_eq!(by_tag.header("Docker-Content-Digest"), Some(digest.as_str()));
    let config = by_tag.json().pointer("/config/digest").unwrap().as_str().unwrap().to_owned();
    assert_eq!(get(&registry, &format!("/v2/team/web/blobs/{config}")).json()["architecture"], "amd64");

    let by_digest = head(&registry, &format!("/v2/team/web/manifests/{digest}"));
    assert_eq!((by_digest.status, by_digest.body.as_str()), (200, ""));
    assert_eq!(by_digest.header("Content-Length"), Some(by_tag.body.len().to_string().as_str()));

    assert_eq!(Registry::start().push("team/web", "1.0"), digest, "deterministic");
    assert_ne!(registry.push("team/web", "1.1"), digest);
    assert_eq!(get(&registry, "/v2/").header("Docker-Distribution-Api-Version"), Some("registry/2.0"));
}

#[test]
fn what_is_absent_is_answered_with_the_envelope() {
    let registry = Registry::start();
    let digest = registry.push("web", "1.0");
    let code = |path: &str| {
        let answer = get(&registry, path);
        (answer.status, answer.json().pointer("/errors/0/code").unwrap().as_str().unwrap().to_owned())
    };
    assert_eq!(code("/v2/web/manifests/2.0"), (404, "MANIFEST_UNKNOWN".to_owned()));
    assert_eq!(code("/v2/none/manifests/2.0"), (404, "MANIFEST_UNKNOWN".to_owned()));
    assert_eq!(code("/v2/none/tags/list"), (404, "NAME_UNKNOWN".to_owned()));
    assert_eq!(head(&registry, "/v2/web/manifests/2.0").body, "");

    registry.untag("web", "1.0");
    assert_eq!(head(&registry, "/v2/web/manifests/1.0").status, 404);
    assert_eq!(head(&registry, &format!("/v2/web/manifests/{digest}")).status, 200);
    registry.tag("web", "again", &digest);
    assert_eq!(head(&registry, "/v2/web/manifests/again").status, 200);
    registry.delete("web", &digest);
    assert_eq!(head(&registry, "/v2/web/manifests/again").status, 404);
    registry.create_repository("empty");
    assert_eq!(get(&registry, "/v2/empty/tags/list").json()["tags"], serde_json::json!([]));
}

#[test]
fn an_index_names_images_that_are_there() {
    let registry = Registry::start();
    registry.push_index("web", "1.0", &["linux/amd64", "linux/arm64/v8"]);
    let index = get(&registry, "/v2/web/manifests/1.0");
    assert_eq!(index.header("Content-Type"), Some(INDEX));
    let arm = index.json().pointer("/manifests/1").unwrap().clone();
    assert_eq!(arm["platform"], serde_json::json!({"os": "linux", "architecture": "arm64", "variant": "v8"}));
    let child = get(&registry, &format!("/v2/web/manifests/{}", arm["digest"].as_str().unwrap()));
    assert_eq!(Some(child.body.len() as u64), arm["size"].as_u64());
}

#[test]
fn tags_come_in_pages() {
    let registry = Registry::builder().page_size(2).start();
    for tag in ["c", "a", "e", "b", "d"] {
        registry.push("web", tag);
    }
    let mut path = "/v2/web/tags/list?n=1000".to_owned();
    let mut pages = Vec::new();
    loop {
        let page = get(&registry, &path);
        pages.push(page.json()["tags"].to_string());
        let Some(link) = page.header("Link") else { break };
        path = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
    }
    assert_eq!(pages, [r#"["a","b"]"#, r#"["c","d"]"#, r#"["e"]"#]);
}

#[test]
fn basic_authentication_is_checked() {
    let registry = Registry::builder().auth(Auth::basic("ada", "secret")).start();
    registry.push("web", "1.0");
    let refused = get(&registry, "/v2/");
    assert_eq!((refused.status, refused.header("WWW-Authenticate")), (401, Some("Basic realm=\"testkit\"")));
    let path = "/v2/web/manifests/1.0";
    assert_eq!(ask_with(&registry, "HEAD", path, BASIC).status, 200);
    assert_eq!(ask_with(&registry, "HEAD", path, "Authorization: Basic YWRhOndyb25n\r\n").status, 401);
}

#[test]
fn a_token_is_bound_to_its_scope() {
    let registry = Registry::builder().auth(Auth::bearer()).start();
    registry.push("web", "1.0");
    registry.push("other", "1.0");
    let host = registry.host();
    let challenge = |scope: &str, error: &str| {
        format!("Bearer realm=\"http://{host}/token\",service=\"{host}\"{scope}{error}")
    };
    let refused = head(&registry, "/v2/web/manifests/1.0");
    let scope = ",scope=\"repository:web:pull\"";
    assert_eq!(refused.header("WWW-Authenticate"), Some(challenge(scope, "").as_str()));
    assert_eq!(get(&registry, "/v2/").header("WWW-Authenticate"), Some(challenge("", "").as_str()));

    let token = token(&registry, "repository%3Aweb%3Apull", "");
    assert_eq!(ask_with(&registry, "HEAD", "/v2/web/manifests/1.0", &token).status, 200);
    let narrow = ask_with(&registry, "HEAD", "/v2/other/manifests/1.0", &token);
    let expected = challenge(",scope=\"repository:other:pull\"", ",error=\"insufficient_scope\"");
    assert_eq!((narrow.status, narrow.header("WWW-Authenticate")), (401, Some(expected.as_str())));
    registry.revoke_tokens();
    let revoked = ask_with(&registry, "HEAD", "/v2/web/manifests/1.0", &token);
    assert!(revoked.header("WWW-Authenticate").unwrap().ends_with("error=\"invalid_token\""));
}

#[test]
fn the_token_endpoint_knows_its_users() {
    let builder = Registry::builder().auth(Auth::bearer_for("ada", "secret")).identity_token("id/1");
    let status = |registry: &Registry, headers: &str| ask_with(registry, "GET", "/token", headers).status;
    let registry = builder.clone().start();
    assert_eq!(status(&registry, ""), 200);
    assert_eq!(status(&registry, BASIC), 200);
    assert_eq!(status(&registry, "Authorization: Basic YWRhOndyb25n\r\n"), 401);
    let closed = builder.anonymous_pull(false).start();
    assert_eq!((status(&closed, ""), status(&closed, BASIC)), (401, 200));

    closed.push("web", "1.0");
    let form = "grant_type=refresh_token&refresh_token=id%2F1&scope=repository:web:pull";
    let head = format!("POST /token HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", closed.host());
    let refreshed = exchange(&closed, &format!("{head}Content-Length: {}\r\n\r\n{form}", form.len()));
    let token = refreshed.json()["access_token"].as_str().unwrap().to_owned();
    let bearer = format!("Authorization: Bearer {token}\r\n");
    assert_eq!(ask_with(&closed, "HEAD", "/v2/web/manifests/1.0", &bearer).status, 200);
}

#[test]
fn a_private_repository_is_denied_with_a_valid_token() {
    let registry = Registry::builder().auth(Auth::bearer()).start();
    registry.push("hub", "1.0");
    registry.private("hub", Denial::Unauthorized);
    registry.private("ghcr", Denial::Forbidden);
    registry.private("closed", Denial::NoToken);
    let both = token(&registry, "repository:hub:pull&scope=repository:ghcr:pull", "");
    let hub = ask_with(&registry, "HEAD", "/v2/hub/manifests/1.0", &both);
    assert!(hub.status == 401 && hub.header("WWW-Authenticate").unwrap().contains("insufficient_scope"));
    let ghcr = ask_with(&registry, "GET", "/v2/ghcr/manifests/1.0", &both);
    assert!(ghcr.status == 403 && ghcr.body.contains("DENIED"));
    assert_eq!(get(&registry, "/token?scope=repository:closed:pull").status, 403);
}

#[test]
fn faults_follow_one_another_and_end() {
    let registry = Registry::start();
    registry.push("web", "1.0");
    registry.fault(Matcher::head("/web/").times(1), Reply::status(503));
    registry.fault(Matcher::any("/manifests/").times(1), Reply::status(429).header("Retry-After", "7"));
    let path = "/v2/web/manifests/1.0";
    assert_eq!(head(&registry, path).status, 503);
    let limited = head(&registry, path);
    assert_eq!((limited.status, limited.header("Retry-After")), (429, Some("7")));
    assert_eq!(head(&registry, path).status, 200);
    registry.fault(Matcher::any("web"), Reply::error(500, "UNKNOWN", "broken"));
    assert!(get(&registry, path).body.contains("broken"));
    registry.clear_faults();
    assert_eq!(get(&registry, path).status, 200);
}

#[test]
fn faults_change_the_answer() {
    let registry = Registry::start();
    registry.push("web", "1.0");
    let path = "/v2/web/manifests/1.0?ns=x";
    let with = |faults: Vec<Fault>| {
        registry.clear_faults();
        registry.fault(Matcher::any("/manifests/"), faults);
        let started = Instant::now();
        (get(&registry, path), started.elapsed())
    };
    let pause = Duration::from_millis(30);
    let (late, elapsed) = with(vec![Fault::Delay(pause), Fault::NoDigest]);
    assert_eq!((late.status, late.header("Docker-Content-Digest")), (200, None));
    assert!(elapsed >= pause && late.json()["schemaVersion"] == 2);
    let (html, _) = with(Fault::Html.into());
    assert!(html.status == 200 && html.header("Content-Type").unwrap().starts_with("text/html"));
    let (garbage, _) = with(Fault::Garbage.into());
    assert!(garbage.status == 200 && serde_json::from_str::<serde_json::Value>(&garbage.body).is_err());
    let (moved, _) = with(Fault::Redirect("http://elsewhere{path}".to_owned()).into());
    assert_eq!(
        (moved.status, moved.header("Location")),
        (307, Some(format!("http://elsewhere{path}").as_str()))
    );
    let (slow, elapsed) = with(vec![Reply::status(200).body("12345").into(), Fault::SlowDrip(pause)]);
    assert!(slow.body == "12345" && elapsed >= pause * 4);
}

#[test]
fn faults_break_the_connection() {
    let registry = Registry::start();
    let line = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    let mut buffer = [0; 16 * 1024];

    registry.fault(Matcher::get("/reset"), Fault::Reset);
    let reset = send(&registry, &line("/reset")).read(&mut buffer).unwrap_err();
    assert_eq!(reset.kind(), ErrorKind::ConnectionReset);

    registry.fault(Matcher::get("/hang"), Fault::Hang);
    let mut hanging = send(&registry, &line("/hang"));
    hanging.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    assert!(matches!(
        hanging.read(&mut buffer).unwrap_err().kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut
    ));

    registry.fault(Matcher::get("/endless"), Fault::EndlessBody);
    let mut endless = send(&registry, &line("/endless"));
    let mut received = 0;
    while received < 4 << 20 {
        received += endless.read(&mut buffer).unwrap();
    }
    drop(registry);
    hanging.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let end = hanging.read(&mut buffer).map_err(|error| error.kind());
    assert!(
        matches!(end, Ok(0) | Err(ErrorKind::ConnectionReset)),
        "connections end with the registry: {end:?}"
    );
}

#[test]
fn a_proxy_request_finds_the_repository_of_its_host() {
    let registry = Registry::builder().auth(Auth::bearer()).start();
    let of_host = registry.push("ghcr.io/owner/name", "1.0");
    let of_any = registry.push("owner/name", "1.0");
    let digest = |host: &str| {
        let target = |path: &str, header: &str| {
            let head = format!("GET http://{host}{path} HTTP/1.1\r\nHost: ignored\r\nConnection: close\r\n");
            exchange(&registry, &format!("{head}{header}\r\n"))
        };
        let refused = target("/v2/", "");
        assert!(refused.header("WWW-Authenticate").unwrap().contains(&format!("http://{host}/token")));
        let token = target("/token?scope=repository:owner/name:pull", "").json();
        let bearer = format!("Authorization: Bearer {}\r\n", token["token"].as_str().unwrap());
        target("/v2/owner/name/manifests/1.0", &bearer).header("Docker-Content-Digest").unwrap().to_owned()
    };
    assert_eq!((digest("ghcr.io"), digest("quay.io")), (of_host, of_any));
    assert!(registry.requests().iter().all(|request| request.host != "ignored"));

    let tunnel = exchange(&registry, "CONNECT ghcr.io:443 HTTP/1.1\r\nHost: ghcr.io:443\r\n\r\n");
    assert_eq!((tunnel.status, registry.count("CONNECT", "")), (405, 1));
}

#[test]
fn requests_are_recorded() {
    let registry = Registry::start();
    ask_with(&registry, "GET", "/v2/?a=b%2Fc", "User-Agent: me/1\r\nAuthorization: Bearer x\r\n");
    let expected = Request {
        method: "GET".to_owned(),
        path: "/v2/?a=b%2Fc".to_owned(),
        host: registry.host(),
        authorization: Some("Bearer x".to_owned()),
        user_agent: Some("me/1".to_owned()),
    };
    assert_eq!(registry.requests(), [expected]);
    assert_eq!((registry.count("GET", "a=b/c"), registry.count("HEAD", "/v2/")), (1, 0));
    registry.clear_requests();
    assert_eq!((registry.requests().len(), registry.max_in_flight()), (0, 0));
}

#[test]
fn latency_is_shared_and_connections_are_kept() {
    const LATENCY: Duration = Duration::from_millis(40);
    let registry = Registry::builder().latency(LATENCY).start();
    registry.push("web", "1.0");
    let request = format!("HEAD /v2/web/manifests/1.0 HTTP/1.1\r\nHost: {}\r\n\r\n", registry.host());
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let mut stream = send(&registry, &request);
                let mut buffer = [0; 4096];
                for round in 0..5 {
                    assert!(stream.read(&mut buffer).unwrap() > 0);
                    if round < 4 {
                        stream.write_all(request.as_bytes()).unwrap();
                    }
                }
            });
        }
    });
    let elapsed = started.elapsed();
    assert_eq!(registry.requests().len(), 320);
    assert!(registry.max_in_flight() > 16, "{} at once", registry.max_in_flight());
    assert!(elapsed < LATENCY * 320, "not one after the other: {elapsed:?}");
}
