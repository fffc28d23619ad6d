//! The Helm of the Action: the tests use a mirror, and only the archive with the pinned checksum is unpacked.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use testkit::http::{Server, said};

/// The archive of a Helm for one platform.
fn archive(folder: &Path) -> Vec<u8> {
    fs::create_dir_all(folder.join("linux-amd64")).unwrap();
    fs::write(folder.join("linux-amd64/helm"), "a helm").unwrap();
    let tar = Command::new("tar").args(["-czf", "-", "linux-amd64"]).current_dir(folder).output().unwrap();
    assert!(tar.status.success());
    tar.stdout
}

fn checksum(bytes: &[u8], folder: &Path) -> String {
    let file = folder.join("bytes");
    fs::write(&file, bytes).unwrap();
    let sum = Command::new("sha256sum").arg(&file).output().unwrap();
    String::from_utf8(sum.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

struct Installed {
    output: Output,
    /// The outputs of the step.
    outputs: String,
    temporary: tempfile::TempDir,
}

/// Installs from a mirror, with this list of checksums. The current folder is a checkout of the change.
fn install(list: &str, mirror: &str, input: &str) -> Installed {
    let temporary = tempfile::tempdir().unwrap();
    let (action, checkout) = (temporary.path().join("action"), temporary.path().join("checkout"));
    for folder in [&action, &checkout] {
        fs::create_dir_all(folder).unwrap();
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/action/helm.sh");
    fs::copy(source, action.join("helm.sh")).unwrap();
    fs::write(action.join("helm.txt"), list).unwrap();
    let outputs = temporary.path().join("outputs");
    fs::write(&outputs, "").unwrap();
    let mut command = Command::new("bash");
    command.arg(action.join("helm.sh")).current_dir(&checkout).env("RUNNER_TEMP", temporary.path());
    command.envs([("RUNNER_OS", "Linux"), ("RUNNER_ARCH", "X64"), ("INPUT_HELM", input)]);
    command.env("GITHUB_OUTPUT", &outputs).env("PULLABLE_HELM_RELEASES", mirror).env("no_proxy", "*");
    let output = command.output().unwrap();
    let outputs = fs::read_to_string(outputs).unwrap();
    Installed { output, outputs, temporary }
}

#[test]
fn only_the_archive_with_the_pinned_checksum_is_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = archive(folder.path());
    let known = checksum(&bytes, folder.path());
    let server = Server::new(move |asked| match asked.path.as_str() {
        "/helm-v1.2.3-linux-amd64.tar.gz" => said(200, bytes.clone()),
        _ => said(404, Vec::new()),
    });
    let (mirror, old) = (server.url(""), "1.0.0 linux-amd64 00\n");
    let list = format!("# a comment\n{old}1.2.3 linux-amd64 {known}\n1.2.3 linux-arm64 11\n");
    let right = install(&list, &mirror, "pinned");
    assert!(right.output.status.success(), "{}", String::from_utf8_lossy(&right.output.stdout));
    let program = right.outputs.trim().strip_prefix("folder=").unwrap();
    assert!(Path::new(program).starts_with(right.temporary.path()), "{program}");
    assert_eq!(fs::read_to_string(Path::new(program).join("helm")).unwrap(), "a helm");

    let other = "0".repeat(64);
    let wrong = install(&format!("1.2.3 linux-amd64 {other}\n"), &mirror, "");
    assert_eq!((wrong.output.status.code(), wrong.outputs.as_str()), (Some(2), ""));
    assert!(!wrong.temporary.path().join("pullable-helm-1.2.3/linux-amd64").exists());
    let message = String::from_utf8_lossy(&wrong.output.stdout).into_owned();
    assert!(message.contains("::error title=pullable::the checksum of Helm 1.2.3"), "{message}");

    // If the server has no Helm, the check still runs, and the values of charts are read instead.
    let absent = install(&format!("9.9.9 linux-amd64 {other}\n"), &mirror, "pinned");
    assert_eq!((absent.output.status.code(), absent.outputs.as_str()), (Some(0), ""));
    assert!(String::from_utf8_lossy(&absent.output.stdout).contains("::warning title=pullable::"));
    let own = install("", &mirror, "path");
    assert_eq!((own.output.status.code(), own.outputs.as_str()), (Some(0), ""));
    let unknown = install("", &mirror, "newest");
    assert_eq!(unknown.output.status.code(), Some(2));
}

#[test]
fn the_list_has_a_checksum_for_each_platform() {
    let list = include_str!("../../.github/action/helm.txt");
    for platform in ["linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64"] {
        let line = list.lines().rfind(|line| line.split(' ').nth(1) == Some(platform)).unwrap();
        let sum = line.split(' ').nth(2).unwrap();
        assert!(sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
    }
}
