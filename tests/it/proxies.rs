//! Proxies of the environment: a request never bypasses one because its address is malformed.

#[cfg(unix)]
use std::{ffi::OsString, os::unix::ffi::OsStringExt as _, process::Command};

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use testkit::environment::Scrubbed as _;
use testkit::registry::Registry;

use crate::gate::{Gate, only, outcome, verdicts};
use crate::real_registries::behind_tls;
#[cfg(unix)]
use crate::support::{PULLABLE, pod, run};

/// A proxy that replaces the registry `reg.example`, over plain HTTP.
fn proxy() -> Registry {
    let proxy = Registry::start();
    proxy.push("reg.example/shop/web", "1");
    proxy
}

const IMAGE: [&str; 1] = ["reg.example/shop/web:1"];
const INSECURE: [&str; 2] = ["--insecure-registry", "reg.example"];

#[test]
fn a_malformed_proxy_ends_the_run() {
    let proxy = proxy();
    let good = format!("http://{}", proxy.host());
    for variable in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"] {
        for (value, shown) in [
            ("http://robot:hunter2@proxy.example:port", r#""http://***@proxy.example:***""#),
            ("http//proxy.example:3128", r#""http//proxy.example:3128""#),
            ("ftp://proxy.example", r#""ftp://proxy.example""#),
            ("socks5h://robot:hunter2@proxy.example:1080", r#""socks5h://***@proxy.example:1080""#),
        ] {
            let gate = Gate::new().env("HTTP_PROXY", &good).env("HTTPS_PROXY", &good).env(variable, value);
            let run = gate.check(&IMAGE, &INSECURE);
            run.refused(&[&format!("{variable} is not the address of a proxy: {shown}"), "http://HOST:PORT"]);
            assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
        }
    }
    assert_eq!(proxy.requests().len(), 0);
}

/// The HTTP client does not see such a variable, and would bypass the proxy.
#[cfg(unix)]
#[test]
fn a_proxy_that_is_not_utf8_ends_the_run() {
    let proxy = proxy();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pod.yaml"), pod(&IMAGE)).unwrap();
    for variable in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"] {
        for end in [&b"/\xff"[..], &b"\xff"[..]] {
            let mut value = format!("http://{}", proxy.host()).into_bytes();
            value.extend_from_slice(end);
            let mut command = Command::new(PULLABLE);
            command.current_dir(folder.path()).scrubbed().env("HOME", folder.path());
            command.env(variable, OsString::from_vec(value)).args(["check", "pod.yaml"]).args(INSECURE);
            run(&mut command).refused(&[&format!("{variable} is not the address of a proxy")]);
        }
    }
    assert_eq!(proxy.requests().len(), 0);
}

#[test]
fn a_proxy_may_lack_its_scheme_and_hosts_may_be_exempt() {
    let proxy = proxy();
    let gate = Gate::new().env("HTTP_PROXY", &proxy.host()).env("HTTPS_PROXY", &proxy.host());
    let run = gate.check(&IMAGE, &INSECURE);
    assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
    assert!(!proxy.requests().is_empty());

    proxy.clear_requests();
    let run = gate.env("NO_PROXY", "reg.example").check(&IMAGE, &INSECURE);
    assert_eq!(outcome(&run), (3, vec!["unreachable".to_owned()]), "{}", run.stdout);
    assert_eq!(proxy.requests().len(), 0, "a host of NO_PROXY is reached without the proxy");
}

#[test]
fn an_empty_variable_names_no_proxy() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    let gate = Gate::new().env("HTTPS_PROXY", "").env("all_proxy", "");
    let run = gate.check(&[format!("{}/shop/web:1", registry.host())], &[]);
    assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
}

/// A proxy that keeps the head of the first request of each connection.
struct Recorder {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    /// `upstream` gets the requests that are not for a tunnel; a tunnel is answered with `status`.
    fn start(upstream: &str, status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let (kept, upstream) = (Arc::clone(&heads), upstream.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (client, kept, upstream) = (stream.unwrap(), Arc::clone(&kept), upstream.clone());
                std::thread::spawn(move || serve(client, &kept, &upstream, status));
            }
        });
        Self { address, heads }
    }

    fn heads(&self) -> Vec<String> {
        std::mem::take(&mut self.heads.lock().unwrap())
    }
}

fn serve(mut client: TcpStream, kept: &Mutex<Vec<String>>, upstream: &str, status: &str) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if client.read(&mut byte).unwrap_or(0) == 0 {
            return;
        }
        head.push(byte[0]);
    }
    let text = String::from_utf8(head).unwrap();
    kept.lock().unwrap().push(text.clone());
    let tunnel = text.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next());
    if tunnel.is_some() {
        client.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).unwrap();
    }
    if tunnel.is_some() && !status.starts_with("200 ") {
        return;
    }
    let mut server = TcpStream::connect(tunnel.unwrap_or(upstream)).unwrap();
    if tunnel.is_none() {
        server.write_all(text.as_bytes()).unwrap();
    }
    let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
    let _ = std::io::copy(&mut server, &mut client);
}

/// `robot:hunter2`.
const PROXY_LOGIN: &str = "Basic cm9ib3Q6aHVudGVyMg==";

#[test]
fn a_tunnel_gets_the_login_of_the_proxy_and_the_registry_does_not() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    let Some((nginx, host)) = behind_tls(&registry.host()) else { return };
    let authority = nginx.file("ca.pem").display().to_string();
    let recorder = Recorder::start("127.0.0.1:1", "200 Connection established");
    let gate = Gate::new().env("HTTPS_PROXY", &format!("http://robot:hunter2@{}", recorder.address));
    let images = [format!("{host}/shop/web:1"), format!("{host}/shop/web:2")];
    let run = gate.check(&images, &["--ca-file", &authority]);
    assert_eq!(verdicts(&run), ["present", "missing"], "{}", run.stdout);
    let heads = recorder.heads();
    assert!(!heads.is_empty());
    for head in heads {
        let head = head.to_ascii_lowercase();
        assert!(head.starts_with(&format!("connect {host} http/1.1\r\n")), "{head}");
        assert!(
            head.contains(&format!("proxy-authorization: {}", PROXY_LOGIN.to_ascii_lowercase())),
            "{head}"
        );
        assert!(head.contains("user-agent: pullable/"), "{head}");
    }
    let log = std::fs::read_to_string(nginx.file("access.log")).unwrap();
    assert!(log.lines().all(|line| line.starts_with("HTTP/2.0 ")), "TLS is that of the registry: {log}");
    assert!(registry.requests().iter().all(|request| request.authorization.is_none()));
}

#[test]
fn a_proxy_that_refuses_a_tunnel_makes_nothing_missing() {
    for (status, reason) in [
        ("407 Proxy Authentication Required", "proxy authorization required"),
        ("403 Forbidden", "unsuccessful"),
    ] {
        let recorder = Recorder::start("127.0.0.1:1", status);
        let gate = Gate::new().env("HTTPS_PROXY", &recorder.address.to_string());
        let run = gate.check(&IMAGE, &["--timeout", "2s"]);
        assert_eq!(outcome(&run), (3, vec!["unreachable".to_owned()]), "{status}: {}", run.stdout);
        assert!(only(&run).1.contains(reason), "{status}: {}", only(&run).1);
    }
}

#[test]
fn a_proxy_of_plain_http_gets_whole_addresses_and_its_login() {
    let upstream = proxy();
    let recorder = Recorder::start(&upstream.host(), "");
    let gate = Gate::new().env("HTTP_PROXY", &format!("robot:hunter2@{}", recorder.address));
    // TLS is tried first, and has no proxy here.
    let run = gate.check(&IMAGE, &INSECURE);
    assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
    let heads = recorder.heads();
    assert!(!heads.is_empty());
    for head in heads {
        assert!(head.contains(" http://reg.example/v2/"), "{head}");
        assert!(head.to_ascii_lowercase().contains("proxy-authorization: "), "{head}");
        assert!(head.contains(PROXY_LOGIN), "{head}");
    }
}
