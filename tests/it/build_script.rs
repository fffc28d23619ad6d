//! The commit in `pullable --version`: the build script itself, compiled and run as cargo runs it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use tempfile::TempDir;
use testkit::repo::Repo;

use crate::support::run;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// The script, compiled once.
static SCRIPT: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let script = folder.path().join("build-script");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs");
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "-o"]).arg(&script).arg(source);
    assert!(command.status().unwrap().success());
    (folder, script)
});

/// The lines that the script writes for cargo in a folder.
fn lines(folder: &Path, variables: &[(&str, &str)]) -> Vec<String> {
    let mut command = Command::new(&SCRIPT.1);
    command.env_remove("PULLABLE_COMMIT").env("CARGO_PKG_VERSION", "1.2.3").env("CARGO_MANIFEST_DIR", folder);
    command.env("PROFILE", "release").envs(variables.iter().copied());
    let ended = run(&mut command);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended.stdout.lines().map(str::to_owned).collect()
}

fn version(lines: &[String]) -> &str {
    lines.iter().find_map(|line| line.strip_prefix("cargo:rustc-env=PULLABLE_VERSION=")).unwrap()
}

#[test]
fn the_commit_of_a_release_is_the_one_that_it_sets() {
    let nowhere = TempDir::new().unwrap();
    let release = lines(nowhere.path(), &[("PULLABLE_COMMIT", COMMIT)]);
    assert_eq!(version(&release), "1.2.3 (0123456789)");
    assert!(release.contains(&format!("cargo:rustc-env=PULLABLE_RELEASE_COMMIT={COMMIT}")), "{release:?}");
    for wrong in ["", "0123456", "v1.2.3", &format!("{COMMIT}\ncargo:rustc-env=X=1")] {
        let lines = lines(nowhere.path(), &[("PULLABLE_COMMIT", wrong)]);
        assert_eq!(version(&lines), "1.2.3");
        assert!(
            !lines.iter().any(|line| line.contains("RELEASE_COMMIT") || line.contains("=X=")),
            "{lines:?}"
        );
    }
}

#[test]
fn the_commit_of_a_checkout_and_of_a_package() {
    let repo = Repo::new();
    repo.write("crate/a", "").commit("first");
    let shown = format!("1.2.3 ({:.10})", repo.head());
    let of_checkout = lines(repo.path(), &[]);
    assert_eq!(version(&of_checkout), shown);
    let watched = of_checkout.iter().filter(|line| line.starts_with("cargo:rerun-if-changed=/"));
    for path in watched.map(|line| line.trim_start_matches("cargo:rerun-if-changed=")) {
        assert!(
            Path::new(path).is_file(),
            "cargo runs the script each time for a file that is absent: {path}"
        );
    }
    let debug = lines(repo.path(), &[("PROFILE", "debug")]);
    assert_eq!((version(&debug), debug.len()), ("1.2.3", 3), "nothing of git is watched: {debug:?}");
    assert_eq!(version(&lines(&repo.path().join("crate"), &[])), "1.2.3", "the commit is another project's");
    repo.write(
        "crate/.cargo_vcs_info.json",
        format!("{{\n  \"git\": {{\n    \"sha1\": \"{COMMIT}\"\n  }}\n}}"),
    );
    assert_eq!(version(&lines(&repo.path().join("crate"), &[])), "1.2.3 (0123456789)");
}
