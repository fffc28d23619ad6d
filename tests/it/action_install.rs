//! The installation of the Action runs no code of the checkout that it checks.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn script(path: &Path, text: &str) {
    write(path, text);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The files of the action beside the source of a program that builds quickly.
fn action(folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["install.sh", "checksums.txt"] {
        let text = fs::read_to_string(root.join(".github/action").join(name)).unwrap();
        write(&folder.join(".github/action").join(name), &text);
    }
    let manifest = "[package]\nname = \"pullable\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    write(&folder.join("Cargo.toml"), manifest);
    write(
        &folder.join("Cargo.lock"),
        "version = 4\n\n[[package]]\nname = \"pullable\"\nversion = \"0.0.0\"\n",
    );
    write(&folder.join("src/main.rs"), "fn main() { println!(\"pullable 0.0.0\") }\n");
}

/// Whatever cargo or rustup would run of a checkout leaves `marker` behind.
fn hostile_checkout(folder: &Path, marker: &Path) {
    let run = format!("#!/bin/sh\ntouch {}\nexec \"$@\"\n", marker.display());
    script(&folder.join("wrapper.sh"), &run);
    write(
        &folder.join(".cargo/config.toml"),
        &format!("[build]\nrustc-wrapper = \"{}\"\n", folder.join("wrapper.sh").display()),
    );
    for program in ["cargo", "rustc"] {
        script(
            &folder.join("toolchain/bin").join(program),
            &format!("#!/bin/sh\ntouch {}\nexit 1\n", marker.display()),
        );
    }
    let toolchain = format!("[toolchain]\npath = \"{}\"\n", folder.join("toolchain").display());
    write(&folder.join("rust-toolchain.toml"), &toolchain);
}

fn install(action: &Path, checkout: &Path, temporary: &Path) -> Output {
    fs::create_dir_all(temporary).unwrap();
    let mut command = Command::new("bash");
    command.arg(action.join(".github/action/install.sh")).current_dir(checkout);
    for inherited in ["RUSTUP_TOOLCHAIN", "CARGO", "CARGO_TARGET_DIR"] {
        command.env_remove(inherited);
    }
    // A folder of the change that other settings name for builds.
    command.env("CARGO_TARGET_DIR", checkout.join("target"));
    command.env("INPUT_INSTALL_FROM", "source").env("RUNNER_TEMP", temporary);
    command.env("GITHUB_OUTPUT", temporary.join("output")).output().unwrap()
}

#[test]
fn a_checkout_runs_nothing_while_the_action_is_built() {
    let folder = tempfile::tempdir().unwrap();
    let (checkout, temporary) = (folder.path().join("checkout"), folder.path().join("temporary"));
    let marker = folder.path().join("ran");
    hostile_checkout(&checkout, &marker);
    // Beside the checkout as runners place actions, and inside of it as a submodule would be.
    for place in [folder.path().join("actions/pullable"), checkout.join("vendor/pullable")] {
        action(&place);
        let output = install(&place, &checkout, &temporary);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{text}");
        assert!(!marker.exists(), "the checkout's code ran: {text}");
        assert!(!checkout.join("target").exists(), "the build went to a folder of the checkout");
        let outputs = fs::read_to_string(temporary.join("output")).unwrap();
        let program = outputs.lines().find_map(|line| line.strip_prefix("path=")).unwrap();
        assert!(Path::new(program).starts_with(&temporary), "{outputs}");
    }
}

/// Code of others is compiled there: a build script would read what is in its environment.
#[test]
fn the_step_that_builds_has_no_token() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml")).unwrap();
    let (_, runs) = text.split_once("\nruns:\n").unwrap();
    let mut parts = runs.split("\n    - name: ");
    let shared = parts.next().unwrap();
    let steps: Vec<&str> =
        parts.filter(|step| step.contains("install.sh") || step.contains("helm.sh")).collect();
    assert_eq!(steps.len(), 2, "{runs}");
    for step in [shared, steps[0], steps[1]] {
        let step = step.to_ascii_lowercase();
        assert!(!step.contains("token") && !step.contains("secrets"), "{step}");
    }
}
