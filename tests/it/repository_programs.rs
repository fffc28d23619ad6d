//! Programs that a repository's configuration names are not run: neither where git fetches the blobs that a partial clone
//! left out, nor where the work tree is compared.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use testkit::repo::Repo;

use crate::support::{pod, pullable, pullable_with};

/// A change of `a.yaml`, and a clone of it without blobs. The branches are those of `origin`.
pub fn clone_without_blobs() -> (Repo, Repo) {
    let origin = Repo::new();
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    origin.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    origin.write("a.yaml", pod(&["127.0.0.1:1/shop/web:1"])).commit("before");
    origin.branch("change").write("a.yaml", pod(&["127.0.0.1:1/shop/web:2"])).commit("after");
    let clone = Repo::new();
    clone.add_remote("origin", &origin.url());
    clone.git(&["fetch", "-q", "--filter=blob:none", "origin"]);
    (origin, clone)
}

pub const OF_ORIGIN: [&str; 4] = ["--base", "origin/main", "--head", "origin/change"];

/// A program that runs these lines.
pub fn script(folder: &Path, name: &str, lines: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn blobs_are_fetched() {
    let (_origin, clone) = clone_without_blobs();
    let run = pullable(&clone, &[&["images", "--format", "json"], OF_ORIGIN.as_slice()].concat());
    assert_eq!(run.references(), ["a.yaml 127.0.0.1:1/shop/web:2"], "{}", run.stderr);
}

#[test]
fn programs_of_the_repository_are_not_run() {
    let (origin, clone) = clone_without_blobs();
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let program = script(folder.path(), "program", &format!("echo ran >>'{}'; exit 1", mark.display()));
    let program = program.to_str().unwrap();
    let settings = [
        ("ssh://127.0.0.1/x.git".to_owned(), "core.sshCommand", program.to_owned()),
        ("git://127.0.0.1:1/x.git".to_owned(), "core.gitProxy", program.to_owned()),
        (format!("ext::{program}"), "protocol.ext.allow", "always".to_owned()),
        (program.to_owned(), "remote.origin.vcs", "ext".to_owned()),
        // The last one: from here pullable can fetch.
        (origin.url(), "remote.origin.uploadpack", program.to_owned()),
    ];
    for (url, key, value) in settings {
        clone.git(&["config", "protocol.ext.allow", "always"]);
        clone.git(&["config", "remote.origin.url", &url]);
        clone.git(&["config", key, &value]);
        // git itself runs it.
        let git = clone.command("git").args(["cat-file", "-e", "origin/change:a.yaml"]).output().unwrap();
        assert!(mark.exists(), "{url} {key}: {git:?}");
        fs::remove_file(&mark).unwrap();
        let run = pullable(&clone, &[&["check", "--format", "json"], OF_ORIGIN.as_slice()].concat());
        assert!(!mark.exists(), "{url} {key}: {}{}", run.stdout, run.stderr);
        clone.git(&["config", "--unset", key]);
    }
}

/// git compares a changed file of the work tree with the index through these programs.
#[test]
fn filters_of_the_repository_are_not_run() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["127.0.0.1:1/shop/web:1"])).write(".gitattributes", "*.yaml filter=own\n");
    repo.commit("before");
    repo.write("a.yaml", pod(&["127.0.0.1:1/shop/web:2"]));
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let program = script(folder.path(), "program", &format!("echo ran >>'{}'; cat", mark.display()));
    for key in ["filter.own.clean", "filter.own.process", "core.fsmonitor"] {
        repo.git(&["config", key, program.to_str().unwrap()]);
        let args = ["images", "--base", "HEAD", "--head", "worktree", "--format", "json"];
        let run = pullable(&repo, &args);
        assert!(!mark.exists(), "{key}: {}{}", run.stdout, run.stderr);
        assert_eq!(run.references(), ["a.yaml 127.0.0.1:1/shop/web:2"]);
        // git itself runs it.
        let git = repo.command("git").args(["status"]).output().unwrap();
        assert!(mark.exists(), "{key}: {git:?}");
        fs::remove_file(&mark).unwrap();
        repo.git(&["config", "--unset", key]);
    }
}

#[test]
fn an_ssh_command_of_the_repository_is_named() {
    let (_origin, clone) = clone_without_blobs();
    clone.git(&["config", "remote.origin.url", "ssh://127.0.0.1/x.git"]);
    clone.git(&["config", "core.sshCommand", "ssh -i key"]);
    let folder = tempfile::tempdir().unwrap();
    let failing = script(folder.path(), "failing", "echo no key >&2; exit 1");
    let args = [&["check", "--format", "json"], OF_ORIGIN.as_slice()].concat();
    let run = pullable_with(&clone, &[("GIT_SSH_COMMAND", failing.to_str().unwrap())], &args);
    let message = run.json()["findings"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("no key; fatal: Could not read from remote repository"), "{message}");
    assert!(
        message.ends_with("(core.sshCommand of a repository is not run: set GIT_SSH_COMMAND)"),
        "{message}"
    );
    assert_eq!((run.code, run.rules()), (3, vec!["unreadable-file".to_owned()]));
}
