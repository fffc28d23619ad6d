//! Proxies of the environment: a request never bypasses one because its address is malformed.

#[cfg(unix)]
use std::{ffi::OsString, os::unix::ffi::OsStringExt as _, process::Command};

use testkit::registry::Registry;

use crate::gate::{Gate, outcome};
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
            command.current_dir(folder.path()).env_clear().env("HOME", folder.path());
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
