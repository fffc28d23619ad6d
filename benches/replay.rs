//! Replays a repository's commits, each against its parent, with the real program: what `images` finds,
//! and whether `check` calls missing exactly what is missing. A folder that is no repository is checked as
//! a whole, once.
//!
//!     cargo bench --bench replay -- PATH/TO/REPOSITORY [COMMITS [PROGRAM]]
//!     cargo bench --bench replay -- PATH/TO/FOLDER
//!
//! Another program can be given, for example one that is built already.
//!
//! The registry is a scripted one on this machine, reached as a proxy for all hosts. It knows every
//! reference of the replay but those of the newest commit that brings one in (of a folder, but the first):
//! those have to be missing, and all others present.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a benchmark talks, and stops where it cannot go on"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::registry::Registry;

/// A change, and what was found in it.
struct Change {
    took: Duration,
    report: Value,
}

impl Change {
    fn references(&self) -> &[Value] {
        self.report["references"].as_array().map_or(&[], Vec::as_slice)
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(path) = arguments.first() else {
        println!("usage: cargo bench --bench replay -- PATH/TO/REPOSITORY [COMMITS [PROGRAM]]");
        return;
    };
    let path = PathBuf::from(path);
    let most = arguments.get(1).map_or(300, |n| n.parse().unwrap());
    // Of a folder there is one change: all of it.
    let commits = if path.join(".git").exists() { commits(&path, most) } else { vec![String::new()] };

    let program = arguments.get(2).map_or(env!("CARGO_BIN_EXE_pullable"), String::as_str);

    let none = BTreeMap::new();
    let images: Vec<Change> =
        commits.iter().map(|commit| run(program, &path, commit, &["images"], &none)).collect();
    tell("images", &images);

    let registry = Registry::start();
    let newest =
        images.iter().position(|change| !change.references().is_empty()).expect("a change with an image");
    let all = names(&images[newest]);
    let unknown: BTreeSet<&str> =
        if commits[newest].is_empty() { all.take(1).collect() } else { all.collect() };
    let mut hosts = BTreeSet::new();
    for name in images.iter().flat_map(names) {
        hosts.insert(name.split('/').next().unwrap().replace("docker.io", DOCKER_HUB));
        if !unknown.contains(name) {
            know(&registry, name);
        }
    }
    let proxy = format!("http://{}", registry.host());
    let env: BTreeMap<&str, &str> =
        ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"].map(|name| (name, proxy.as_str())).into();
    let insecure: Vec<String> =
        hosts.iter().flat_map(|host| ["--insecure-registry".to_owned(), host.clone()]).collect();
    let mut check = vec!["check"];
    check.extend(insecure.iter().map(String::as_str));
    let checks: Vec<Change> =
        commits.iter().map(|commit| run(program, &path, commit, &check, &env)).collect();
    tell("check", &checks);

    judge(&images, &checks, newest, &unknown);
}

/// Compares the results of `check` with the content of the registry.
fn judge(images: &[Change], checks: &[Change], newest: usize, unknown: &BTreeSet<&str>) {
    let count = |change: &Change, key: &str| change.report["summary"][key].as_u64().unwrap();
    let sum = |key: &str| checks.iter().map(|change| count(change, key)).sum::<u64>();
    let expected = names(&images[newest]).filter(|name| unknown.contains(name)).count() as u64;
    // Values without a registry are not reported as missing, but as unknown.
    let told = ["missing", "unverified"].map(|key| count(&checks[newest], key)).iter().sum::<u64>();
    let elsewhere = sum("missing") + sum("unverified") - told;
    println!("unknown to the registry: {expected}, told: {told}, false alarms: {elsewhere}");
    assert_eq!((told, elsewhere), (expected, 0));
}

/// The host of Docker Hub's registry.
const DOCKER_HUB: &str = "registry-1.docker.io";

/// The newest commits that have one parent, newest first.
fn commits(path: &Path, most: usize) -> Vec<String> {
    let args = ["rev-list", "--no-merges", "--min-parents=1", &format!("-n{most}"), "HEAD"];
    let output = Command::new("git").arg("-C").arg(path).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn run(program: &str, path: &Path, commit: &str, arguments: &[&str], env: &BTreeMap<&str, &str>) -> Change {
    let start = Instant::now();
    let output = Command::new(program)
        .args(arguments)
        .args(["--format", "json", "-C"])
        .arg(path)
        .args(if commit.is_empty() {
            vec![".".to_owned()]
        } else {
            vec![format!("--base={commit}^"), format!("--head={commit}")]
        })
        .envs(env)
        .output()
        .unwrap();
    let took = start.elapsed();
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{commit}: {}", String::from_utf8_lossy(&output.stderr)));
    Change { took, report }
}

/// The full names of a change's references.
fn names(change: &Change) -> impl Iterator<Item = &str> {
    change.references().iter().filter_map(|reference| reference["image"].as_str())
}

/// Pushes an image to the registry.
fn know(registry: &Registry, name: &str) {
    let name = name.strip_prefix("docker.io/").map_or(name.to_owned(), |rest| format!("{DOCKER_HUB}/{rest}"));
    let (rest, digest) =
        name.split_once('@').map_or((name.as_str(), None), |(rest, digest)| (rest, Some(digest)));
    let slash = rest.rfind('/').unwrap();
    let (repository, tag) = match rest[slash..].find(':') {
        Some(colon) => (&rest[..slash + colon], Some(&rest[slash + colon + 1..])),
        None => (rest, None),
    };
    match (tag, digest) {
        (_, Some(digest)) => {
            registry.pretend(repository, digest);
            if let Some(tag) = tag {
                registry.tag(repository, tag, digest);
            }
        }
        (Some(tag), None) => _ = registry.push(repository, tag),
        // A repository without a tag would not be a test.
        (None, None) => _ = registry.push(repository, "1"),
    }
}

fn tell(command: &str, changes: &[Change]) {
    let mut took: Vec<Duration> = changes.iter().map(|change| change.took).collect();
    took.sort_unstable();
    let references: usize = changes.iter().map(|change| change.references().len()).sum();
    let with = changes.iter().filter(|change| !change.references().is_empty()).count();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!(
        "{command}: {} changes, {with} with images, {references} references; {:.1} ms median, {:.1} ms at 95 %, {:.1} ms at most",
        changes.len(),
        at(50),
        at(95),
        at(100),
    );
    let mut rules: BTreeMap<(String, String), usize> = BTreeMap::new();
    for finding in
        changes.iter().flat_map(|change| change.report["findings"].as_array().into_iter().flatten())
    {
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        *rules.entry((text("rule"), text("message").chars().take(90).collect())).or_default() += 1;
    }
    for ((rule, message), count) in rules {
        println!("  {count:>4} {rule}: {message}");
    }
}
