//! Names the commit of a build for `pullable --version`. Debug builds name none, so that a commit causes no rebuild.
//!
//! The commit is that of `PULLABLE_COMMIT`, which releases set; else that of the package (`.cargo_vcs_info.json`); else that of
//! the checkout. Without any of them only the version is printed.

#![allow(clippy::print_stdout, reason = "a build script talks to cargo by its output")]

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Number of characters of a commit that are printed.
const SHOWN: usize = 10;
/// Lengths of a complete object id: SHA-1 and SHA-256.
const WHOLE: [usize; 2] = [40, 64];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=PULLABLE_COMMIT");
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let given = env::var("PULLABLE_COMMIT").ok().filter(|commit| is_commit(commit));
    if let Some(commit) = &given {
        println!("cargo:rustc-env=PULLABLE_RELEASE_COMMIT={commit}");
    }
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let found = || is_release.then(|| of_package(&folder).or_else(|| of_checkout(&folder))).flatten();
    let shown = given.or_else(found).and_then(|commit| Some(commit.get(..SHOWN)?.to_owned()));
    let shown = shown.map(|commit| format!(" ({commit})")).unwrap_or_default();
    println!("cargo:rustc-env=PULLABLE_VERSION={version}{shown}");
}

/// The commit that `cargo package` recorded.
fn of_package(folder: &str) -> Option<String> {
    let text = fs::read_to_string(Path::new(folder).join(".cargo_vcs_info.json")).ok()?;
    let (_, rest) = text.split_once("\"sha1\": \"")?;
    let (commit, _) = rest.split_once('"')?;
    is_commit(commit).then(|| commit.to_owned())
}

/// The commit that is checked out in this folder. A commit of a repository around it belongs to another project.
fn of_checkout(folder: &str) -> Option<String> {
    let top = git(folder, &["rev-parse", "--show-toplevel"])?;
    if fs::canonicalize(top).ok()? != fs::canonicalize(folder).ok()? {
        return None;
    }
    // Every checkout and every commit adds a line to the second.
    for name in ["HEAD", "logs/HEAD"] {
        let path = Path::new(folder).join(git(folder, &["rev-parse", "--git-path", name])?);
        if path.is_file() {
            println!("cargo:rerun-if-changed={}", path.display());
        }
    }
    git(folder, &["rev-parse", "HEAD"]).filter(|commit| is_commit(commit))
}

/// The output of git, without the line end; `None` if git fails or is not installed.
fn git(folder: &str, args: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(folder).args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end().to_owned())
}

fn is_commit(text: &str) -> bool {
    WHOLE.contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
