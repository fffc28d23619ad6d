//! The writing of corrections: the result for programs, links, files elsewhere, and a kill at any moment.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use model::correction::document::Document;
use serde_json::Value;
use testkit::environment::Scrubbed as _;
use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::{PULLABLE, change, pod, pullable, pullable_in};

/// A change with one mistyped tag in a folder.
fn mistake(registry: &Registry) -> Repo {
    registry.push("shop/web", "1.5.0");
    let image = |tag: &str| pod(&[&format!("{}/shop/web:{tag}", registry.host())]);
    change("apps/é/web.yaml", &image("1.5.0"), &image("1.5.O"))
}

fn is_corrected(path: &Path) -> bool {
    fs::read_to_string(path).unwrap().ends_with("/shop/web:1.5.0\n")
}

#[test]
fn the_result_for_programs_is_valid_and_its_edits_are_those_that_are_written() {
    let registry = Registry::start();
    let repo = mistake(&registry);
    let schema: Value = serde_json::from_str(include_str!("../../schemas/corrections.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let place = repo.path().join("apps/é/web.yaml");
    let before = fs::read(&place).unwrap();
    let mut documents = Vec::new();
    for args in [
        &["fix", "--base", "main", "--check", "--format", "json"][..],
        &["fix", "--base", "main", "--diff", "--format", "json"],
        &["fix", "--base", "main", "--format", "json"],
        &["fix", "--base", "main", "--format", "json"],
        &["pin", "--all", "--format", "json"],
        &["pin", "apps", "--format", "json"],
    ] {
        let json = pullable(&repo, args).json();
        let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?} in {json:#}");
        documents.push(serde_json::from_value::<Document>(json).unwrap());
    }
    let edit = &documents[0].corrections[0].edits[0];
    let mut by_hand = before.clone();
    by_hand.splice(edit.byte_start..edit.byte_end, edit.replacement.bytes());
    assert!(String::from_utf8(by_hand).unwrap().ends_with("/shop/web:1.5.0\n"));
    let written: Vec<usize> = documents.iter().map(|document| document.summary.corrections).collect();
    assert_eq!(written, [1, 1, 1, 0, 1, 0]);
    assert!(!documents[0].corrections[0].written && documents[2].corrections[0].written);
}

/// The result names the file and the reason, and no correction in it is reported as written.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_is_named_in_the_result_for_programs() {
    use std::os::unix::fs::PermissionsExt as _;

    let registry = Registry::start();
    registry.push("shop/web", "1.5.0");
    let schema: Value = serde_json::from_str(include_str!("../../schemas/corrections.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (command, tag) in [("fix", "1.5.O"), ("pin", "1.5.0")] {
        let image = pod(&[&format!("{}/shop/web:{tag}", registry.host())]);
        let repo = Repo::new();
        repo.write("apps/open.yaml", &image).write("apps/shut.yaml", &image).commit("first");
        let path = |name: &str| repo.path().join("apps").join(name);
        fs::set_permissions(path("shut.yaml"), fs::Permissions::from_mode(0o444)).unwrap();
        let run = pullable(&repo, &[command, "apps", "--format", "json"]);
        assert_eq!(run.code, 2, "{}", run.said());
        let json = run.json();
        let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?} in {json:#}");
        let document: Document = serde_json::from_value(json).unwrap();
        let written: Vec<(&str, bool)> =
            document.corrections.iter().map(|entry| (entry.path.as_str(), entry.written)).collect();
        assert_eq!(written, [("apps/open.yaml", true), ("apps/shut.yaml", false)], "{command}");
        let failed: Vec<(&str, &str)> =
            document.failed.iter().map(|entry| (entry.path.as_str(), entry.reason.as_str())).collect();
        assert_eq!(failed, [("apps/shut.yaml", "it is read-only")], "{command}");
        assert_eq!((document.summary.corrections, document.summary.files), (2, 2));
        assert_eq!(fs::read_to_string(path("shut.yaml")).unwrap(), image);
        assert_ne!(fs::read_to_string(path("open.yaml")).unwrap(), image);
    }
}

#[test]
fn paths_are_those_of_the_repository_from_a_folder_too() {
    let registry = Registry::start();
    let repo = mistake(&registry);
    let run = pullable(&repo, &["fix", "--base", "main", "-C", "apps"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(is_corrected(&repo.path().join("apps/é/web.yaml")));
}

#[test]
fn crlf_and_a_mark_stay_in_a_diff_that_git_applies() {
    let registry = Registry::start();
    let repo = mistake(&registry);
    let place = repo.path().join("apps/é/web.yaml");
    let text = format!("\u{feff}{}", fs::read_to_string(&place).unwrap().replace('\n', "\r\n"));
    fs::write(&place, &text).unwrap();
    let run = pullable(&repo, &["fix", "apps", "--diff"]);
    repo.git_stdin(&["apply", "-"], run.stdout.as_bytes());
    assert_eq!(fs::read_to_string(&place).unwrap(), text.replace("1.5.O", "1.5.0"));
}

#[test]
fn standard_input_is_refused() {
    let run = pullable_in(tempfile::tempdir().unwrap().path(), &["fix", "-"]);
    run.refused(&["standard input cannot be corrected"]);
}

#[test]
#[cfg(unix)]
fn nothing_is_written_through_a_link_or_outside_of_the_folder() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let registry = Registry::start();
    registry.push("shop/web", "1.5.0");
    let text = pod(&[&format!("{}/shop/web:1.5.O", registry.host())]);
    let root = tempfile::tempdir().unwrap();
    let inside = root.path().join("inside");
    fs::create_dir(&inside).unwrap();
    fs::write(root.path().join("outside.yaml"), &text).unwrap();
    symlink("../outside.yaml", inside.join("link.yaml")).unwrap();
    fs::write(inside.join("read-only.yaml"), &text).unwrap();
    fs::set_permissions(inside.join("read-only.yaml"), fs::Permissions::from_mode(0o444)).unwrap();
    for (path, code, reason) in [
        ("../outside.yaml", 1, "it is outside of the folder that the run starts in"),
        ("link.yaml", 2, "link.yaml was not written: link.yaml is a symbolic link"),
        ("read-only.yaml", 2, "read-only.yaml was not written: it is read-only"),
    ] {
        let run = pullable_in(&inside, &["fix", path]);
        assert_eq!(run.code, code, "{path}: {}{}", run.stdout, run.stderr);
        assert!(format!("{}{}", run.stdout, run.stderr).contains(reason), "{}{}", run.stdout, run.stderr);
    }
    assert_eq!(fs::read_to_string(root.path().join("outside.yaml")).unwrap(), text);
    assert_eq!(fs::read_to_string(inside.join("read-only.yaml")).unwrap(), text);
    assert!(fs::symlink_metadata(inside.join("link.yaml")).unwrap().is_symlink());
}

/// Files of the run that is killed.
const FILES: usize = 200;

#[test]
#[cfg(unix)]
fn each_file_is_old_or_new_after_a_kill() {
    let registry = Registry::start();
    let digest = registry.push("shop/web", "1.5.0");
    let old = pod(&[&format!("{}/shop/web:1.5.0", registry.host())]);
    let new = old.replace("1.5.0", &format!("1.5.0@{digest}"));
    // A run may end before it is killed; of several, one does not.
    for pause in [0, 3, 0, 1, 0, 0, 0, 0] {
        let folder = tempfile::tempdir().unwrap();
        for n in 0..FILES {
            fs::write(folder.path().join(format!("{n:03}.yaml")), &old).unwrap();
        }
        let files = || {
            let paths = (0..FILES).map(|n| folder.path().join(format!("{n:03}.yaml")));
            paths.map(|path| fs::read_to_string(path).unwrap()).collect::<Vec<_>>()
        };
        killed(folder.path(), &old, pause);
        let found = files();
        assert!(found.iter().all(|text| *text == old || *text == new), "a file is neither old nor new");
        if found.contains(&old) && found.contains(&new) {
            let run = pullable_in(folder.path(), &["pin", ".", "-q"]);
            assert_eq!(run.code, 0, "{}", run.stderr);
            assert!(files().iter().all(|text| *text == new));
            return;
        }
    }
    panic!("no run was killed between its first and its last file");
}

/// Pins the files of a folder, and kills the program some milliseconds after it has written the first one.
#[cfg(unix)]
fn killed(folder: &Path, old: &str, pause: u64) {
    let mut command = std::process::Command::new(PULLABLE);
    command.current_dir(folder).scrubbed().args(["pin", ".", "-q"]).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while fs::read_to_string(folder.join("000.yaml")).unwrap() == old && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    std::thread::sleep(Duration::from_millis(pause));
    child.kill().unwrap();
    child.wait().unwrap();
}
