//! Hostile registries with the real program: requests, time and memory are bounded, the fault is reported,
//! and no credential is sent to another host.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use testkit::environment::Scrubbed as _;
use testkit::registry::{Auth, Fault, Matcher, Registry, Reply};

use crate::gate::{Gate, at, check, only, outcome, suggestions, timed, verdicts};

const OCI: &str = "application/vnd.oci.image.manifest.v1+json";

fn web() -> Registry {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    registry
}

/// A misbehaviour, its message, and the number of requests that it may cost.
struct Row {
    name: &'static str,
    path: &'static str,
    fault: Fault,
    rule: &'static str,
    says: &'static str,
    requests: usize,
}

/// A real gzip bomb, of so many times 2 KiB of zeros in 13 bytes each. Nothing here unpacks it: the client asks
/// for no encoding, and knows none.
fn bomb(times: usize) -> Fault {
    // The last block, with the fixed code, a zero; then 258 more of the same, which is the longest match.
    let bits = "11000110000".to_owned() + &"1100010100000".repeat(16);
    let mut body = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    body.extend(
        bits.as_bytes().chunks_exact(8).map(|byte| byte.iter().rfold(0, |all, bit| all << 1 | (bit & 1))),
    );
    let eight_matches = body[12..25].to_vec();
    body.truncate(12);
    body.extend(eight_matches.repeat(times));
    let headers = Reply::status(200).header("Content-Type", OCI).header("Content-Encoding", "gzip");
    headers.body(body).into()
}

fn redirect(to: &str) -> Fault {
    Fault::Redirect(to.to_owned())
}

#[test]
#[rustfmt::skip]
fn what_a_registry_may_answer() {
    let long_header = "x".repeat(60_000);
    let colours = "\u{1b}[2J##[error]::error::\u{202e}gone";
    let rows = [
        Row { name: "an endless answer to the ping", path: "/v2/", fault: Fault::EndlessBody,
            rule: "registry-error", says: "", requests: 3 },
        Row { name: "an endless manifest", path: "/manifests/", fault: Fault::EndlessBody,
            rule: "registry-error", says: "longer than 8 MiB", requests: 3 },
        Row { name: "an endless error", path: "/manifests/",
            fault: Reply::status(403).body("x".repeat(10 << 20)).into(),
            rule: "missing-or-private", says: "403 Forbidden", requests: 3 },
        Row { name: "a gzip bomb", path: "/manifests/", fault: bomb(10_000),
            rule: "registry-error", says: "200 with a body that is not a manifest", requests: 3 },
        Row { name: "a redirect loop", path: "/manifests/", fault: redirect("{path}"),
            rule: "registry-error", says: "redirects more than 5 times", requests: 7 },
        Row { name: "a redirect to a file", path: "/manifests/", fault: redirect("file:///etc/passwd"),
            rule: "registry-error", says: "redirects to the scheme file", requests: 2 },
        Row { name: "a redirect with a login in it", path: "/manifests/", fault: redirect("http://u:p@127.0.0.1/x"),
            rule: "registry-error", says: "with credentials in it", requests: 2 },
        Row { name: "a redirect to nothing", path: "/manifests/", fault: redirect("http://"),
            rule: "registry-error", says: "redirects to a text that is not an address", requests: 2 },
        Row { name: "control characters in an error", path: "/manifests/",
            fault: Reply::error(403, colours, colours).into(),
            rule: "missing-or-private", says: "(403 [2J##[error]::error::gone: [2J##[error]::error::gone)",
            requests: 3 },
        Row { name: "an error of a megabyte", path: "/manifests/",
            fault: Reply::error(403, &"E".repeat(1 << 20), "no").into(),
            rule: "missing-or-private", says: "(403 Forbidden)", requests: 3 },
        Row { name: "a header of 60 kB", path: "/manifests/",
            fault: Reply::status(200).header("Content-Type", &long_header).header("Docker-Content-Digest", &long_header).into(),
            rule: "registry-error", says: "is not a type of a manifest", requests: 3 },
        Row { name: "a header of 1 MB", path: "/manifests/",
            fault: Reply::status(200).header("Content-Type", OCI).header("X-Pad", &"x".repeat(1_000_000)).into(),
            rule: "registry-error", says: "sends a head of more than 256 KiB", requests: 2 },
        Row { name: "a scheme that nobody knows", path: "/v2/",
            fault: Reply::status(401).header("WWW-Authenticate", "Negotiate").into(),
            rule: "unauthorized", says: "a login that is not supported (negotiate)", requests: 1 },
        Row { name: "a realm on another host", path: "/v2/",
            fault: Reply::status(401).header("WWW-Authenticate", "Bearer realm=\"http://127.0.0.2/token\"").into(),
            rule: "registry-error", says: "names the token server of another host, 127.0.0.2", requests: 1 },
        Row { name: "a realm that is a file", path: "/v2/",
            fault: Reply::status(401).header("WWW-Authenticate", "Bearer realm=\"file:///etc/passwd\"").into(),
            rule: "registry-error", says: "its token server", requests: 1 },
    ];
    std::thread::scope(|scope| {
        for row in rows {
            scope.spawn(move || {
                let registry = web();
                registry.fault(Matcher::any(row.path), row.fault);
                let login = Gate::new().login(&[(&registry.host(), "robot:hunter2")]);
                let run = login.check(&at(&registry, &["shop/web:1"]), &["--timeout", "10s"]);
                let name = row.name;
                assert_eq!(outcome(&run), (3, vec![row.rule.to_owned()]), "{name}: {}", run.stdout);
                let message = only(&run).1;
                assert!(message.contains(row.says), "{name}: {message}");
                assert!(message.chars().count() < 600 && !message.contains(char::is_control), "{name}: {message}");
                assert_eq!(registry.requests().len(), row.requests, "{name}: {:?}", registry.requests());
                assert!(registry.requests().iter().all(|request| request.authorization.is_none()), "{name}");
            });
        }
    });
}

#[test]
fn slow_drips_end() {
    const BYTES: u32 = 2000;
    const PACE: Duration = Duration::from_millis(100);
    for path in ["/v2/", "/token", "/tags/list"] {
        let registry = Registry::builder().auth(Auth::bearer()).start();
        registry.push("shop/web", "1");
        let body =
            Reply::status(200).header("Content-Type", "application/json").body("x".repeat(BYTES as usize));
        registry.fault(Matcher::any(path), [body.into(), Fault::SlowDrip(PACE)]);
        let (run, took) = timed(|| check(&at(&registry, &["shop/web:2"]), &["--timeout", "500ms"]));
        // What drips is the list of tags in one case, and the manifest's own error bears that out.
        let expected = if path == "/tags/list" { 1 } else { 3 };
        assert_eq!(run.code, expected, "{path}: {}", run.stdout);
        assert_eq!(registry.count("GET", path), 3, "{path}: three attempts");
        assert!(took < PACE * BYTES, "{path}: no drip is read to its end: {took:?}");
    }
}

/// A server that answers each request with interim responses (1xx) without end.
fn flood(interim: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || {
                let mut stream = stream.unwrap();
                // The client closes a connection that answers before the request.
                let _ = stream.read(&mut [0; 4096]).unwrap();
                let responses = format!("HTTP/1.1 {interim}\r\n\r\n").repeat(1000);
                // Until the client closes the connection.
                while stream.write_all(responses.as_bytes()).is_ok() {}
            });
        }
    });
    address
}

/// Servers that send interim responses as fast as they are read delay no other registry.
#[test]
fn interim_responses_without_end() {
    for interim in ["100 Continue", "103 Early Hints\r\nLink: </a>"] {
        let registry = web();
        let mut images = at(&registry, &["shop/web:2"]);
        for _ in 0..8 {
            images.push(format!("{}/shop/web:1", flood(interim)));
        }
        let run = check(&images, &[]);
        assert_eq!(run.code, 1, "{interim}: {}", run.stdout);
        let found = verdicts(&run);
        assert_eq!(
            found.iter().filter(|verdict| *verdict == "missing").count(),
            1,
            "{interim}: {}",
            run.stdout
        );
        assert_eq!(
            run.stdout.matches("sends interim responses (1xx) without end").count(),
            8,
            "{}",
            run.stdout
        );
    }
}

/// Gateways announce with interim responses that a response takes time.
#[test]
fn some_interim_responses_are_skipped() {
    let registry = web();
    let image = registry.host();
    let gateway = interim_gateway(image, 16);
    let run = check(&[format!("{gateway}/shop/web:1"), format!("{gateway}/shop/web:2")], &[]);
    assert_eq!(verdicts(&run), ["present", "missing"], "{}", run.stdout);
}

/// A gateway that puts interim responses before each response.
fn interim_gateway(upstream: String, count: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut client, upstream) = (stream.unwrap(), upstream.clone());
            std::thread::spawn(move || {
                let mut server = TcpStream::connect(&upstream).unwrap();
                let mut request = vec![0; 16 << 10];
                while let Ok(length @ 1..) = client.read(&mut request) {
                    server.write_all(&request[..length]).unwrap();
                    client.write_all("HTTP/1.1 102 Processing\r\n\r\n".repeat(count).as_bytes()).unwrap();
                    let mut response = vec![0; 64 << 10];
                    let read = server.read(&mut response).unwrap();
                    client.write_all(&response[..read]).unwrap();
                }
            });
        }
    });
    address
}

#[test]
fn tokens_that_would_break_out_of_a_header() {
    for token in ["a\\r\\nX-Evil: 1", "a b", "\\u0000", "é", ""] {
        let registry = Registry::builder().auth(Auth::bearer()).start();
        registry.push("shop/web", "1");
        registry.fault(Matcher::any("/token"), Reply::status(200).body(format!("{{\"token\":\"{token}\"}}")));
        let run = check(&at(&registry, &["shop/web:1", "shop/web:2"]), &[]);
        assert_eq!(outcome(&run), (3, vec!["registry-error".to_owned()]), "{token}");
        assert_eq!(registry.requests().len(), 2, "{token}");
    }
}

/// A registry that gets a login sends it on: by a redirect, by a realm, by its list of tags.
#[test]
fn no_credential_leaves_for_another_host() {
    let victim = Registry::builder().auth(Auth::basic("robot", "hunter2")).start();
    victim.push("shop/web", "1");
    for place in ["/manifests/", "/tags/list", "/v2/", "/blobs/"] {
        let thief = Registry::start();
        thief.push("shop/web", "1");
        victim.clear_faults();
        victim.fault(Matcher::any(place), Fault::Redirect(format!("http://{}{{path}}", thief.host())));
        let gate = Gate::new().login(&[(&victim.host(), "robot:hunter2")]);
        gate.check(&at(&victim, &["shop/web:1", "shop/web:2"]), &["--platform", "linux/amd64"]);
        let told: Vec<_> = thief.requests().into_iter().filter_map(|request| request.authorization).collect();
        assert!(told.is_empty(), "{place}: {told:?}");
        assert!(place == "/blobs/" || !thief.requests().is_empty(), "{place}: the test has to get there");
    }
}

#[test]
fn a_token_stays_with_its_registry() {
    let registry = Registry::builder().auth(Auth::bearer()).start();
    let thief = Registry::start();
    registry.push("shop/web", "1");
    thief.push("shop/web", "1");
    registry.fault(Matcher::any("/manifests/"), Fault::Redirect(format!("http://{}{{path}}", thief.host())));
    let gate = Gate::new().login(&[(&registry.host(), "robot:hunter2")]);
    assert_eq!(outcome(&gate.check(&at(&registry, &["shop/web:1"]), &[])), (0, vec![]));
    assert!(thief.requests().iter().all(|request| request.authorization.is_none()));
    // The login itself follows nobody.
    registry.clear_faults();
    thief.clear_requests();
    registry.fault(Matcher::any("/token"), Fault::Redirect(format!("http://{}{{path}}", thief.host())));
    let run = gate.check(&at(&registry, &["shop/web:1"]), &[]);
    assert_eq!(outcome(&run), (3, vec!["registry-error".to_owned()]), "{}", run.stdout);
    assert!(only(&run).1.contains("redirects a login to another address"), "{}", run.stdout);
    assert_eq!(thief.requests().len(), 0);
}

/// Pages without an end, or that lead elsewhere.
#[test]
fn tag_lists_that_never_end() {
    let registry = web();
    let thief = web();
    let page = |next: &str| {
        let tags = r#"{"name":"shop/web","tags":["1","2","3"]}"#;
        Reply::status(200).header("Link", &format!("<{next}>; rel=\"next\"")).body(tags)
    };
    for n in 0..30 {
        registry
            .fault(Matcher::any("/tags/list").times(1), page(&format!("/v2/shop/web/tags/list?page={n}")));
    }
    let run = check(&at(&registry, &["shop/web:4"]), &[]);
    assert_eq!(outcome(&run), (1, vec!["missing-tag".to_owned()]), "{}", run.stdout);
    assert_eq!(registry.count("GET", "/tags/list"), 20);
    registry.clear_faults();
    registry.clear_requests();
    registry
        .fault(Matcher::any("/tags/list"), page(&format!("http://{}/v2/shop/web/tags/list", thief.host())));
    check(&at(&registry, &["shop/web:4"]), &[]);
    assert_eq!((registry.count("GET", "/tags/list"), thief.requests().len()), (1, 0));
}

/// Peak memory, in MiB.
#[cfg(target_os = "linux")]
#[test]
fn memory_is_bounded() {
    let registry = web();
    for n in 0..16 {
        registry.push(&format!("shop/big{n}"), "1");
    }
    let images: Vec<String> = (0..16).map(|n| format!("{}/shop/big{n}:1", registry.host())).collect();
    let home = tempfile::TempDir::new().unwrap();
    std::fs::write(
        home.path().join("pod.yaml"),
        crate::support::pod(&images.iter().map(String::as_str).collect::<Vec<_>>()),
    )
    .unwrap();
    let limited = format!("ulimit -v 1000000; exec {} check pod.yaml", crate::support::PULLABLE);
    // 1.2 GiB in 7.4 MiB.
    for fault in [Fault::EndlessBody, bomb(600_000)] {
        registry.clear_faults();
        registry.fault(Matcher::any("/manifests/"), fault);
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &limited]).current_dir(home.path()).scrubbed().env("HOME", home.path());
        let run = crate::support::run(&mut command);
        assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn a_tag_that_is_listed_often_is_suggested_once() {
    let registry = web();
    let page = Reply::status(200).header("Link", "</v2/shop/web/tags/list?again>; rel=\"next\"");
    let page = page.body(r#"{"name":"shop/web","tags":["1.27","1.27","1.27"]}"#);
    registry.fault(Matcher::get("/tags/list"), page);
    let run = check(&at(&registry, &["shop/web:1.28"]), &[]);
    assert_eq!(
        (outcome(&run), suggestions(&run)),
        ((1, vec!["missing-tag".to_owned()]), vec!["1.27".to_owned()])
    );
    assert_eq!(registry.count("GET", "/tags/list"), 2, "{:?}", registry.requests());
}
