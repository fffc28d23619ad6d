//! The main job on a fresh machine: a registry on this machine, the repository of `examples/gitops` with a pull
//! request that holds a typo, a repository that does not exist and a good bump, and the real gate on it.
//!
//!     cargo run --example quickstart
//!
//! No network is used. The exit code is 0 if the gate fails for the two bad references.

#![allow(
    clippy::print_stdout,
    clippy::panic,
    clippy::exit,
    reason = "an example prints, and stops where it cannot go on"
)]

use std::fs;
use std::process::Command;

use testkit::gitops;
use testkit::registry::Registry;
use testkit::repo::Repo;

/// The edits of the pull request: file, text, and its replacement.
const EDITS: [(&str, &str, &str); 3] = [
    ("apps/production/kustomization.yaml", "newTag: 6.7.0", "newTag: 6.8.O"),
    ("apps/staging/kustomization.yaml", "newTag: 6.7.1", "newTag: 6.8.0"),
    ("infrastructure/status/release.yaml", "stefanprodan/podinfo", "stefanprodan/podinof"),
];

fn main() {
    let registry = Registry::start();
    let repo = gitops::repository_at(&registry);
    repo.branch("pull-request");
    for (path, before, after) in EDITS {
        edit(&repo, path, before, after);
    }
    repo.commit("Bump podinfo");

    let pullable = build();
    println!("$ pullable check --base main\n");
    let mut gate = repo.command(&pullable);
    gate.args(["check", "--base", "main"]).env("LC_ALL", "C.UTF-8");
    // The commands of the repository have a separate environment.
    gate.envs(std::env::vars().filter(|(name, _)| name == "CLICOLOR_FORCE"));
    let status = gate.status();
    let status = status.unwrap_or_else(|error| panic!("{pullable} does not run: {error}"));
    println!("\n$ echo $?\n{}", status.code().unwrap_or(-1));
    if status.code() != Some(1) {
        std::process::exit(1);
    }
}

/// Replaces a text of a file.
fn edit(repo: &Repo, path: &str, before: &str, after: &str) {
    let text = fs::read_to_string(repo.path().join(path)).unwrap_or_default();
    assert!(text.contains(before), "{path} has no {before}");
    repo.write(path, text.replace(before, after));
}

/// The program itself, built if necessary.
fn build() -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    // Cargo's own variables in the environment of this example would cause a new build.
    for (name, _) in std::env::vars()
        .filter(|(name, _)| name.starts_with("CARGO_MANIFEST") || name.starts_with("CARGO_PKG"))
    {
        command.env_remove(name);
    }
    let built = command
        // The program is built together with the example, so that nothing is built twice. The first build
        // takes minutes: cargo shows its progress.
        .args(["build", "--bin", "pullable", "--example", "quickstart"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .status();
    assert!(built.is_ok_and(|status| status.success()), "pullable does not build");
    let mut path = std::env::current_exe().unwrap_or_default();
    path.pop();
    path.pop();
    path.join("pullable").display().to_string()
}
