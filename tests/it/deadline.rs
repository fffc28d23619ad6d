//! `--deadline` limits the whole run: a part that does not answer is named afterwards, and the run never
//! hangs.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use testkit::registry::{Auth, Registry};
use testkit::repo::Repo;

use crate::repository_programs::{OF_ORIGIN, clone_without_blobs, script};
use crate::support::{PULLABLE, Run, pod};

/// A hanging program is killed after this time; no run comes near it.
const WATCHDOG: Duration = Duration::from_mins(1);

/// Runs a command whose standard input stays open and silent. Panics if it does not end by itself.
fn watched(command: &mut Command) -> Run {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let silent = child.stdin.take();
    let end = Instant::now() + WATCHDOG;
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() < end => thread::sleep(Duration::from_millis(10)),
            None => killed(&mut child),
        }
    };
    drop(silent);
    let mut run = Run { code: status.code().unwrap_or(-1), stdout: String::new(), stderr: String::new() };
    child.stdout.unwrap().read_to_string(&mut run.stdout).unwrap();
    child.stderr.unwrap().read_to_string(&mut run.stderr).unwrap();
    run
}

fn killed(child: &mut Child) -> ! {
    child.kill().unwrap();
    panic!("the run did not end within {WATCHDOG:?}");
}

fn command(repo: &Repo, args: &[&str]) -> Command {
    let mut command = repo.command(PULLABLE);
    command.args(args);
    command
}

/// A named pipe without a writer.
fn pipe(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

#[test]
fn silent_standard_input() {
    let repo = Repo::new();
    for args in [["check", "-", "--deadline", "300ms"], ["images", "-", "--deadline", "300ms"]] {
        let run = watched(&mut command(&repo, &args));
        run.refused(&["cannot read standard input: the deadline of 300ms passed"]);
    }
}

#[test]
fn pipes_in_place_of_files() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["127.0.0.1:1/a/b:1"]));
    pipe(repo.path(), "pipe");
    for option in ["--config", "--registries-conf", "--baseline"] {
        let run = watched(&mut command(&repo, &["check", "a.yaml", option, "pipe", "--deadline", "300ms"]));
        run.refused(&["pipe: it was still being read when the deadline of 300ms passed"]);
    }
    let run = watched(&mut command(&repo, &["check", "a.yaml", "--ca-file", "pipe", "--deadline", "300ms"]));
    let says =
        "the certificates in pipe cannot be used: it was still being read when the deadline of 300ms passed";
    run.refused(&[says]);
}

/// The file of certificates that a variable names for the whole system.
#[test]
fn a_pipe_in_place_of_the_certificates_of_the_system() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["127.0.0.1:1/a/b:1"]));
    let pipe = pipe(repo.path(), "pipe");
    let mut command = command(&repo, &["check", "a.yaml", "--deadline", "300ms"]);
    let run = watched(command.env("SSL_CERT_FILE", &pipe));
    run.refused(&["it was still being read when the deadline of 300ms passed"]);
}

/// Reports, baselines and the files of a step, in pipes without a reader.
#[test]
fn pipes_that_nobody_reads() {
    let repo = Repo::new();
    repo.write("a.yaml", "kind: ConfigMap\napiVersion: v1\n");
    let pipe = pipe(repo.path(), "pipe");
    let report = ["check", "a.yaml", "--deadline", "300ms", "--report", "json=pipe"];
    let run = watched(&mut command(&repo, &report));
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("pipe: nothing took it before the deadline"), "{}", run.stderr);
    let baseline = ["check", "a.yaml", "--deadline", "300ms", "--write-baseline", "pipe"];
    let run = watched(&mut command(&repo, &baseline));
    run.refused(&["nothing took it before the deadline"]);
    for variable in ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"] {
        let mut command = command(&repo, &["check", "a.yaml", "--deadline", "300ms"]);
        let run = watched(command.env("GITHUB_ACTIONS", "true").env(variable, &pipe));
        assert_eq!(run.code, 0, "{}", run.stderr);
        let note = format!("{variable} cannot be written, {}: nothing took it", pipe.display());
        assert!(run.stderr.contains(&note), "{}", run.stderr);
    }
}

/// A report in a pipe reaches its reader, as a whole.
#[test]
fn a_pipe_with_a_reader() {
    let repo = Repo::new();
    repo.write("a.yaml", "kind: ConfigMap\napiVersion: v1\n");
    let pipe = pipe(repo.path(), "pipe");
    let reader = thread::spawn(move || std::fs::read_to_string(pipe).unwrap());
    let run = watched(&mut command(&repo, &["check", "a.yaml", "--report", "json=pipe"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let report: serde_json::Value = serde_json::from_str(&reader.join().unwrap()).unwrap();
    assert_eq!(report["schema_version"], 1);
}

#[test]
fn a_silent_remote_of_a_partial_clone() {
    let (_origin, clone) = clone_without_blobs();
    let folder = tempfile::tempdir().unwrap();
    let silent = script(folder.path(), "silent", "exec sleep 600");
    clone.git(&["config", "remote.origin.url", "ssh://127.0.0.1/x.git"]);
    let args = [&["check", "--format", "json", "--deadline", "500ms"], OF_ORIGIN.as_slice()].concat();
    let run = watched(command(&clone, &args).env("GIT_SSH_COMMAND", silent));
    let message = run.json()["findings"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("left out of this partial clone"), "{message}");
    assert!(message.ends_with("git was stopped: the deadline of 500ms passed"), "{message}");
    assert_eq!((run.code, run.rules()), (3, vec!["unreadable-file".to_owned()]));
}

/// A registry that gives tokens to everybody, and an image of it.
fn registry_with_tokens() -> (Registry, Repo) {
    let registry = Registry::builder().auth(Auth::bearer()).start();
    registry.push("shop/web", "1");
    let repo = Repo::new();
    repo.write("a.yaml", pod(&[&format!("{}/shop/web:1", registry.host())]));
    (registry, repo)
}

/// The registry is queried without credentials, and a warning names the place where they are kept.
#[test]
fn silent_credentials() {
    let (_registry, repo) = registry_with_tokens();
    let folder = tempfile::tempdir().unwrap();
    pipe(folder.path(), "config.json");
    let args = ["check", "a.yaml", "--format", "json", "--deadline", "4s"];
    let run = watched(command(&repo, &args).env("DOCKER_CONFIG", folder.path()));
    assert_eq!((run.code, run.rules()), (0, Vec::new()), "{}", run.stderr);
    let warning = "warning: $DOCKER_CONFIG/config.json did not answer in time\n";
    assert_eq!(run.stderr, warning);

    let helper = script(folder.path(), "docker-credential-silent", "exec sleep 600");
    let path = format!("{}:/usr/bin:/bin", helper.parent().unwrap().display());
    let config = r#"{"credsStore": "silent"}"#;
    let run = watched(command(&repo, &args).env("DOCKER_AUTH_CONFIG", config).env("PATH", path));
    assert_eq!((run.code, run.rules()), (0, Vec::new()), "{}", run.stderr);
    assert_eq!(run.stderr, "warning: DOCKER_AUTH_CONFIG: docker-credential-silent did not answer in time\n");
}
