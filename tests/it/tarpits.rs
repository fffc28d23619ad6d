//! Many hosts, some of which do not answer: the verdict of one does not depend on the others.

use std::collections::BTreeSet;
use std::process::Command;

use testkit::environment::Scrubbed as _;
use testkit::registry::{Fault, Matcher, Registry};

use crate::gate::{Gate, verdicts};
use crate::support::{PULLABLE, pod, run};

/// More than all requests that may be under way: 64 in places, and 256 that have left theirs.
const HOSTS: usize = 400;

/// Names of hosts that come before 127.0.0.1 in the order of requests.
fn hosts() -> Vec<String> {
    (0..HOSTS).map(|n| format!("0{n:03}.example")).collect()
}

/// Checks some tags of each host behind a proxy, and a tag of an honest registry that it does not have. The honest
/// registry is the last one that is queried.
fn check_with(proxy: &Registry, hosts: &[String], tags: usize, args: &[&str]) {
    let honest = Registry::start();
    honest.push("shop/web", "1.27");
    let mut images = Vec::new();
    for host in hosts {
        images.extend((0..tags).map(|tag| format!("{host}/web:{tag}")));
    }
    images.push(format!("{}/shop/web:1.28", honest.host()));
    let address = format!("http://{}", proxy.host());
    let gate = Gate::new().env("HTTPS_PROXY", &address).env("HTTP_PROXY", &address);
    // No request to a silent host ends before the run does.
    let limits = ["--timeout", "5m", "--deadline", "15s", "--on-unverified", "warn"];
    let run = gate.check(&images, &[&limits[..], args].concat());
    let found = verdicts(&run);
    assert_eq!(found.iter().filter(|verdict| *verdict == "missing").count(), 1, "{}", run.stderr);
    assert_eq!(found.iter().filter(|verdict| *verdict == "unverified").count(), hosts.len() * tags);
    assert_eq!(run.code, 1);
    let queried: BTreeSet<String> = proxy.requests().into_iter().map(|request| request.host).collect();
    assert!(queried.len() >= hosts.len(), "every host was queried: {}", queried.len());
    assert!(proxy.max_in_flight() < hosts.len(), "{}", proxy.max_in_flight());
}

#[test]
fn hosts_that_never_answer_leave_places_to_one_that_does() {
    let proxy = Registry::start();
    proxy.fault(Matcher::any(""), Fault::Hang);
    check_with(&proxy, &hosts(), 1, &[]);
}

#[test]
fn hosts_that_answer_the_challenge_and_nothing_more_leave_places_as_well() {
    let proxy = Registry::start();
    proxy.fault(Matcher::any("/manifests/"), Fault::Hang);
    let hosts = hosts();
    let insecure: Vec<&str> = hosts.iter().flat_map(|host| ["--insecure-registry", host.as_str()]).collect();
    check_with(&proxy, &hosts, 8, &insecure);
}

/// Connections to hosts that were queried stay open for a while.
#[cfg(unix)]
#[test]
fn more_hosts_than_the_process_may_open_files() {
    let proxy = Registry::start();
    let (mut images, mut args) = (Vec::new(), Vec::new());
    for host in hosts() {
        proxy.push(&format!("{host}/web"), "1");
        images.push(format!("{host}/web:1"));
        args.extend(["--insecure-registry".to_owned(), host]);
    }
    let folder = tempfile::tempdir().unwrap();
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    std::fs::write(folder.path().join("pod.yaml"), pod(&images)).unwrap();
    let address = format!("http://{}", proxy.host());
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "ulimit -n 150 && exec \"$@\"",
        "sh",
        PULLABLE,
        "check",
        "pod.yaml",
        "--format",
        "json",
    ]);
    command.args(args).current_dir(folder.path()).scrubbed().env("HOME", folder.path());
    let run = run(command.env("HTTPS_PROXY", &address).env("HTTP_PROXY", &address));
    assert_eq!(verdicts(&run), vec!["present"; HOSTS], "{}", run.stderr);
}
