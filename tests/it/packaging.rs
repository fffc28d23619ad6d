//! The entries of package managers for a release: every address and checksum is one of the release's own files.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// The targets that the release workflow builds, in its order.
fn targets() -> Vec<String> {
    let workflow = fs::read_to_string(root().join(".github/workflows/release.yml")).unwrap();
    let builds = workflow.lines().filter(|line| line.contains("- { target: "));
    builds
        .map(|line| line.split(['{', ',']).nth(1).unwrap().trim().trim_start_matches("target: ").to_owned())
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Lines as `sha256sum` writes them; the checksum of a target is its number, in 64 digits.
fn sums(version: &str, targets: &[String]) -> String {
    let lines = targets.iter().enumerate();
    lines.map(|(number, target)| format!("{number:064}  pullable-{version}-{target}.tar.gz\n")).collect()
}

fn generate(version: &str, sums: &str, folder: &Path) -> Output {
    let list = folder.join("SHA256SUMS");
    fs::write(&list, sums).unwrap();
    let mut command = Command::new("bash");
    command.arg(root().join("packaging/generate.sh")).arg(version).arg(&list).arg(folder.join("packages"));
    command.output().unwrap()
}

#[test]
fn each_checksum_is_beside_the_address_of_its_own_file() {
    let folder = tempfile::tempdir().unwrap();
    let targets = targets();
    assert_eq!(targets.len(), 5, "{targets:?}");
    let output = generate("1.2.3", &sums("1.2.3", &targets), folder.path());
    assert!(output.status.success(), "{output:?}");
    let formula = fs::read_to_string(folder.path().join("packages/pullable.rb")).unwrap();
    let lines: Vec<_> = formula.lines().map(str::trim).collect();
    let pairs: Vec<_> = lines.windows(2).filter(|pair| pair[0].starts_with("url ")).collect();
    assert_eq!(pairs.len(), 4, "{formula}");
    for (number, target) in targets.iter().enumerate().filter(|(_, target)| !target.contains("windows")) {
        let address = format!("/releases/download/v1.2.3/pullable-1.2.3-{target}.tar.gz\"");
        let pair = pairs
            .iter()
            .find(|pair| pair[0].ends_with(&address))
            .unwrap_or_else(|| panic!("{target}: {formula}"));
        assert_eq!(pair[1], format!("sha256 \"{number:064}\""));
    }
}

#[test]
fn the_names_that_aqua_makes_are_those_of_the_release() {
    let folder = tempfile::tempdir().unwrap();
    let targets = targets();
    assert!(generate("1.2.3", &sums("1.2.3", &targets), folder.path()).status.success());
    let entry = fs::read_to_string(folder.path().join("packages/aqua/registry.yaml")).unwrap();
    assert!(entry.contains("asset: pullable-{{trimV .Version}}-{{.Arch}}-{{.OS}}.tar.gz"), "{entry}");
    let replaced = |word: &str| {
        let line = entry.lines().find_map(|line| line.trim().strip_prefix(&format!("{word}: "))).unwrap();
        line.to_owned()
    };
    let systems = [
        ("amd64", "linux"),
        ("arm64", "linux"),
        ("amd64", "darwin"),
        ("arm64", "darwin"),
        ("amd64", "windows"),
    ];
    let mut made = systems.map(|(processor, system)| format!("{}-{}", replaced(processor), replaced(system)));
    let mut known = targets;
    made.sort();
    known.sort();
    assert_eq!(made.as_slice(), known);
}

#[test]
fn a_release_that_lacks_a_file_gives_no_formula() {
    let folder = tempfile::tempdir().unwrap();
    let targets = targets();
    let output = generate("1.2.3", &sums("1.2.3", &targets[1..]), folder.path());
    assert!(!output.status.success());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains(&format!("has no checksum of pullable-1.2.3-{}.tar.gz", targets[0])),
        "{message}"
    );
    assert!(!folder.path().join("packages").exists());
}

#[test]
fn a_version_in_another_form_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = generate("v1.2.3", &sums("1.2.3", &targets()), folder.path());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "a version is written X.Y.Z, not v1.2.3\n");
}
