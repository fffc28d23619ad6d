//! Wall time against the latency bound: 500 images in 50 repositories behind bearer tokens, 40 ms a request,
//! 64 at a time, with the real program. The bound is one challenge, one round of tokens, and the HEADs in
//! rounds of 64; no program that asks for each image can be faster.
//!
//!     cargo bench --bench latency
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark talks, and stops where it cannot go on"
)]

use std::process::Command;
use std::time::{Duration, Instant};

use testkit::registry::{Auth, Registry};

const IMAGES: usize = 500;
const REPOSITORIES: usize = 50;
const AT_A_TIME: usize = 64;
const LATENCY: Duration = Duration::from_millis(40);
const RUNS: usize = 5;

fn main() {
    let registry = Registry::builder().auth(Auth::bearer()).latency(LATENCY).start();
    let mut manifest = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n".to_owned();
    for n in 0..IMAGES {
        let (repository, tag) = (format!("shop/web{}", n % REPOSITORIES), format!("1.{n}"));
        registry.push(&repository, &tag);
        manifest.push_str(&format!("  - image: {}/{repository}:{tag}\n", registry.host()));
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pod.yaml"), manifest).unwrap();

    let mut took: Vec<Duration> = (0..RUNS).map(|_| run(&registry, folder.path())).collect();
    took.sort_unstable();
    let rounds = 2 + IMAGES.div_ceil(AT_A_TIME);
    let bound = LATENCY * u32::try_from(rounds).unwrap();
    let median = took.get(RUNS / 2).copied().unwrap_or_default();
    let ratio = median.as_secs_f64() / bound.as_secs_f64();
    println!(
        "{IMAGES} images, {REPOSITORIES} repositories: median {median:.0?}, bound {bound:.0?}, ratio {ratio:.2}; \
         {} requests, {} challenges, {} tokens, {} HEADs, {} at a time at most",
        registry.requests().len(),
        registry.requests().iter().filter(|request| request.path == "/v2/").count(),
        registry.count("GET", "/token"),
        registry.count("HEAD", "/manifests/"),
        registry.max_in_flight(),
    );
}

fn run(registry: &Registry, folder: &std::path::Path) -> Duration {
    registry.clear_requests();
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_pullable"))
        .args(["check", "pod.yaml", "--quiet", "--concurrency", &AT_A_TIME.to_string()])
        .current_dir(folder)
        .output()
        .unwrap();
    let took = start.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    took
}
