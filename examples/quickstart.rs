//! The main job on a fresh machine: a registry on this machine, a small GitOps repository with a pull
//! request that holds a typo, a repository that does not exist and a good bump, and the real gate on it.
//!
//!     cargo run --example quickstart
//!
//! No network is used. The exit code is 0 when the gate said what it should.

#![allow(
    clippy::print_stdout,
    clippy::panic,
    clippy::exit,
    reason = "an example talks, and stops where it cannot go on"
)]

use std::process::Command;

use testkit::registry::Registry;
use testkit::repo::Repo;

fn main() {
    let registry = Registry::start();
    for (repository, tags) in [
        ("shop/web", ["1.4.2", "1.5.0"]),
        ("shop/cart", ["2.0.1", "2.1.0"]),
        ("shop/search", ["0.8.0", "0.9.0"]),
    ] {
        for tag in tags {
            registry.push(repository, tag);
        }
    }
    let host = registry.host();

    let repo = Repo::new();
    write(&repo, &host, "1.4.2", "shop/cart", "2.0.1", "0.8.0");
    repo.commit("The shop as it runs");
    repo.branch("pull-request");
    write(&repo, &host, "1.5.O", "shop/crat", "2.1.0", "0.9.0");
    repo.commit("Bump everything");

    let pullable = build();
    println!("$ pullable check --base main\n");
    let mut gate = repo.command(&pullable);
    gate.args(["check", "--base", "main"]).env("LC_ALL", "C.UTF-8");
    // The repository's commands have an environment of their own.
    gate.envs(std::env::vars().filter(|(name, _)| name == "CLICOLOR_FORCE"));
    let status = gate.status();
    let status = status.unwrap_or_else(|error| panic!("{pullable} does not run: {error}"));
    println!("\n$ echo $?\n{}", status.code().unwrap_or(-1));
    if status.code() != Some(1) {
        std::process::exit(1);
    }
}

/// The repository: a Deployment, a HelmRelease and a kustomization, each with an image.
fn write(repo: &Repo, host: &str, web: &str, cart: &str, cart_tag: &str, search: &str) {
    repo.write(
        "apps/web.yaml",
        format!(
            "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: web
          image: {host}/shop/web:{web}
"
        ),
    );
    repo.write(
        "apps/cart.yaml",
        format!(
            "\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: cart
spec:
  values:
    image:
      repository: {host}/{cart}
      tag: {cart_tag}
"
        ),
    );
    repo.write(
        "apps/search/kustomization.yaml",
        format!(
            "\
resources:
  - deployment.yaml
images:
  - name: search
    newName: {host}/shop/search
    newTag: {search}
"
        ),
    );
}

/// The program itself, built if need be.
fn build() -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    // What cargo tells this example about itself would have the build start anew.
    for (name, _) in std::env::vars()
        .filter(|(name, _)| name.starts_with("CARGO_MANIFEST") || name.starts_with("CARGO_PKG"))
    {
        command.env_remove(name);
    }
    let built = command
        // Together with the example, so that nothing is built twice.
        .args(["build", "--quiet", "--bin", "pullable", "--example", "quickstart"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .status();
    assert!(built.is_ok_and(|status| status.success()), "pullable does not build");
    let mut path = std::env::current_exe().unwrap_or_default();
    path.pop();
    path.pop();
    path.join("pullable").display().to_string()
}
