//! Tests with other programs instead of helm: their environment, and the processes and files that remain.

#![cfg(unix)]

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::*;
use crate::Unusable;

/// A folder for PATH with a helm that is a shell script, and the standard folders for the shell's own programs.
fn with_script(script: &str) -> (TempDir, OsString) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("helm");
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    (folder, path.into())
}

fn find(path: &OsString, repository: &Path) -> Result<Option<Helm>, Unusable> {
    Helm::find(path, repository, &Limits::default(), &long())
}

const REPORTS: &str = "if [ \"$1\" = version ]; then echo v3.99.1; exit; fi";

#[test]
fn versions_other_than_3_and_4_are_refused() {
    let elsewhere = Path::new("/nonexistent");
    for (script, expected) in [
        ("echo v3.22.0", Ok("3.22.0")),
        ("echo v4.3", Ok("4.3")),
        ("echo v2.17.0", Err("is version \"2.17.0\"; Helm 3 and 4 are supported")),
        ("echo", Err("is version \"\"; Helm 3 and 4 are supported")),
        ("echo no shim >&2; exit 1", Err("does not report its version: helm: no shim")),
    ] {
        let (_folder, path) = with_script(script);
        let found = find(&path, elsewhere);
        match expected {
            Ok(version) => assert_eq!(found.unwrap().unwrap().version(), version),
            Err(message) => assert!(found.unwrap_err().to_string().ends_with(message), "{message}"),
        }
    }
}

#[test]
fn the_repositorys_own_helm_is_none() {
    let (folder, path) = with_script("echo v3.22.0");
    assert!(find(&path, Path::new("/nonexistent")).unwrap().is_some());
    let inside = format!("{}:relative", folder.path().display());
    assert!(find(&inside.into(), folder.path()).unwrap().is_none());
}

#[test]
fn it_runs_with_nothing_of_the_user() {
    let (_folder, path) = with_script(&format!(
        "{REPORTS}\necho \"---\n# Source: a/templates/env\n\"; env | sed 's/^/- \"/; s/$/\"/'; echo \"- '$(pwd) $* $(find . | sort | tr '\\n' ' ')$(cat)'\""
    ));
    let helm = find(&path, Path::new("/nonexistent")).unwrap().unwrap();
    let chart = chart(&[("values.yaml", "a: 1\n")]);
    let output = rendered(&helm, &chart, &release("b: 2\n")).unwrap();
    let lines: Vec<&str> = output.documents[0].root.items().iter().filter_map(Node::scalar).collect();
    let home = lines.iter().find_map(|line| line.strip_prefix("HOME=")).unwrap();
    let sandbox = home.strip_suffix("/home").unwrap();
    let mut names: Vec<&str> =
        lines.iter().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    names.retain(|name| !["PWD", "SHLVL", "_", "OLDPWD"].contains(name) && !name.contains(' '));
    names.sort_unstable();
    assert_eq!(
        names.join(" "),
        "APPDATA GOMAXPROCS GOTRACEBACK HELM_CACHE_HOME HELM_CONFIG_HOME HELM_DATA_HOME HELM_NO_PLUGINS HELM_PLUGINS HELM_REGISTRY_CONFIG HELM_REPOSITORY_CACHE HELM_REPOSITORY_CONFIG HOME KUBECONFIG MALLOC_ARENA_MAX PATH TEMP TMP TMPDIR USERPROFILE"
    );
    let last = lines.last().unwrap().strip_prefix(sandbox).unwrap();
    assert_eq!(
        last,
        " template rel chart --namespace=shop --kube-version=1.33.0 --values=- --skip-tests . ./chart ./chart/Chart.yaml ./chart/values.yaml ./home {\"b\": 2}"
    );
    assert!(!Path::new(sandbox).exists(), "the folder vanishes");
}

#[test]
fn it_writes_no_file_and_leaves_no_process() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    let script = format!(
        "{REPORTS}\n(exec >&- 2>&- <&-; sleep 1; mkdir {0}.late) &\necho x > {0}\necho 'wrote: '$? >&2\nexit 1",
        file.display()
    );
    let (_folder, path) = with_script(&script);
    let helm = find(&path, Path::new("/nonexistent")).unwrap().unwrap();
    let failure = rendered(&helm, &chart(&[]), &release("")).unwrap_err();
    if helm.is_limited() {
        assert_ne!(failure, Failure::Helm("wrote: 0".into()));
        assert_eq!(fs::read(&file).unwrap_or_default(), b"");
    }
    std::thread::sleep(Duration::from_millis(1500));
    assert!(!place.path().join("file.late").exists(), "the process in the background was killed");
}

/// The limits of a helm that is found in this `PATH`: processor time, size of files, and address space in KiB.
fn limits_of(path: &OsString) -> Vec<String> {
    let helm = find(path, Path::new("/nonexistent")).unwrap().unwrap();
    assert!(helm.is_limited());
    let limits = Limits { processor: Duration::from_secs(7), memory: 1 << 30, ..Limits::default() };
    let output = crate::render(&helm, &chart(&[]), &release(""), &limits, &long()).unwrap();
    output.documents[0].root.items().iter().filter_map(Node::scalar).map(ToOwned::to_owned).collect()
}

const LIMITS: &str =
    "echo '---'; echo '# Source: a/limits'; echo \"[$(ulimit -t), $(ulimit -f), $(ulimit -v)]\"";

#[test]
fn the_shell_limits_it_where_there_is_no_prlimit() {
    let (folder, _) = with_script(&format!("{REPORTS}\n{LIMITS}"));
    std::os::unix::fs::symlink("/bin/sh", folder.path().join("sh")).unwrap();
    let found = limits_of(&folder.path().as_os_str().to_owned());
    assert_eq!(found[..2], ["7", "0"]);
    if cfg!(target_os = "linux") {
        assert_eq!(found[2], "2621440");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn processor_time_files_and_memory_are_limited() {
    let (_folder, path) = with_script(&format!("{REPORTS}\n{LIMITS}"));
    assert_eq!(limits_of(&path), ["7", "0", "2621440"]);
}

#[test]
fn time_and_the_missing_program_are_failures_of_their_own() {
    let (folder, path) = with_script(&format!("{REPORTS}\nsleep 60"));
    let helm = find(&path, Path::new("/nonexistent")).unwrap().unwrap();
    let limits = Limits { time: Duration::from_millis(300), ..Limits::default() };
    let failure = crate::render(&helm, &chart(&[]), &release(""), &limits, &long()).unwrap_err();
    assert_eq!(failure, Failure::Time(Duration::from_millis(300)));
    drop(folder);
    let failure = rendered(&helm, &chart(&[]), &release("")).unwrap_err();
    assert!(matches!(failure, Failure::NotStarted(_) | Failure::Helm(_)), "{failure}");
}
