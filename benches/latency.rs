//! Wall time against the latency bound: 500 images in 50 repositories behind bearer tokens, at 40 ms and at 200 ms a
//! request, with the real program: at 64 at a time, and with the default width. The bound is one challenge, one round of
//! tokens, and the HEADs in rounds of 64; no program that sends a request for each image can be faster.
//!
//!     cargo bench --bench latency [-- [PROGRAM] MILLISECONDS...]
//!
//! Other latencies and another program (a path with a `/`) can be given.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark talks, and stops where it cannot go on"
)]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use testkit::registry::{Auth, Registry};

const IMAGES: usize = 500;
const REPOSITORIES: usize = 50;
const AT_A_TIME: usize = 64;
const LATENCIES: [u64; 2] = [40, 200];
const RUNS: usize = 5;

fn main() {
    let mut program = env!("CARGO_BIN_EXE_pullable").to_owned();
    let mut latencies = Vec::new();
    for arg in std::env::args().skip(1).filter(|arg| arg != "--bench") {
        match arg.parse() {
            Ok(milliseconds) => latencies.push(milliseconds),
            Err(_) => program = arg,
        }
    }
    if latencies.is_empty() {
        latencies.extend(LATENCIES);
    }
    let fixed = ["--concurrency".to_owned(), AT_A_TIME.to_string()];
    for latency in latencies.into_iter().map(Duration::from_millis) {
        measure(&program, latency, &fixed);
        measure(&program, latency, &[]);
    }
}

/// Prints the median of some runs with these arguments, and its ratio to the bound.
fn measure(program: &str, latency: Duration, args: &[String]) {
    let registry = Registry::builder().auth(Auth::bearer()).latency(latency).start();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pod.yaml"), pod(&registry)).unwrap();
    let mut took = Vec::new();
    for _ in 0..RUNS {
        took.push(run(program, &registry, folder.path(), args));
    }
    took.sort_unstable();
    let rounds = 2 + IMAGES.div_ceil(AT_A_TIME);
    let bound = latency * u32::try_from(rounds).unwrap();
    let median = took.get(RUNS / 2).copied().unwrap_or_default();
    let ratio = if bound.is_zero() { 0.0 } else { median.as_secs_f64() / bound.as_secs_f64() };
    let width = if args.is_empty() { "default width".to_owned() } else { args.join(" ") };
    println!(
        "{latency:?} a request, {width}: median {} ms, bound {} ms, ratio {ratio:.2}; \
         {} requests, {} challenges, {} tokens, {} HEADs, {} at a time at most",
        median.as_millis(),
        bound.as_millis(),
        registry.requests().len(),
        registry.requests().iter().filter(|request| request.path == "/v2/").count(),
        registry.count("GET", "/token"),
        registry.count("HEAD", "/manifests/"),
        registry.max_in_flight(),
    );
}

/// A Pod with all images, which are pushed to the registry.
fn pod(registry: &Registry) -> String {
    let mut manifest = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n".to_owned();
    for n in 0..IMAGES {
        let (repository, tag) = (format!("shop/web{}", n % REPOSITORIES), format!("1.{n}"));
        registry.push(&repository, &tag);
        manifest.push_str(&format!("  - image: {}/{repository}:{tag}\n", registry.host()));
    }
    manifest
}

fn run(program: &str, registry: &Registry, folder: &Path, args: &[String]) -> Duration {
    registry.clear_requests();
    let start = Instant::now();
    let output = Command::new(program)
        .args(["check", "pod.yaml", "--quiet"])
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    let took = start.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    took
}
