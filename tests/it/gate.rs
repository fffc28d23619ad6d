//! Runs `check` on one file of images, in a separate folder and environment.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tempfile::TempDir;
use testkit::environment::Scrubbed as _;
use testkit::registry::Registry;

use crate::support::{PULLABLE, Run, pod, run};

/// A home, and the environment that a run gets.
pub struct Gate {
    home: TempDir,
    env: Vec<(String, String)>,
}

impl Gate {
    pub fn new() -> Self {
        Self { home: TempDir::new().unwrap(), env: Vec::new() }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Logs in by `DOCKER_AUTH_CONFIG`, to all of these keys.
    pub fn login(self, logins: &[(&str, &str)]) -> Self {
        self.env("DOCKER_AUTH_CONFIG", &auths(logins))
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes a file below the home, and the folders above it.
    pub fn write(self, path: &str, content: &str) -> Self {
        let path = self.home().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// Checks a Pod with these images; the report is JSON unless the arguments say otherwise.
    pub fn check(&self, images: &[impl AsRef<str>], args: &[&str]) -> Run {
        let images: Vec<&str> = images.iter().map(AsRef::as_ref).collect();
        self.check_file("pod.yaml", &pod(&images), args)
    }

    /// Runs another command in the home.
    pub fn command(&self, args: &[&str]) -> Run {
        let mut command = Command::new(PULLABLE);
        command.current_dir(self.home()).scrubbed().env("LC_ALL", "C.UTF-8").env("HOME", self.home());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        run(command.args(args))
    }

    /// Checks a file of this name.
    pub fn check_file(&self, name: &str, content: &str, args: &[&str]) -> Run {
        std::fs::write(self.home().join(name), content).unwrap();
        let mut command = Command::new(PULLABLE);
        command.current_dir(self.home()).scrubbed().env("LC_ALL", "C.UTF-8").env("HOME", self.home());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.args(["check", name]).args(args);
        if !args.contains(&"--format") {
            command.args(["--format", "json"]);
        }
        run(&mut command)
    }
}

/// Checks images without credentials.
pub fn check(images: &[impl AsRef<str>], args: &[&str]) -> Run {
    Gate::new().check(images, args)
}

/// A configuration in Docker's form, with `user:password` for each key.
pub fn auths(logins: &[(&str, &str)]) -> String {
    let entries = logins
        .iter()
        .map(|(key, login)| ((*key).to_owned(), serde_json::json!({ "auth": STANDARD.encode(login) })));
    serde_json::json!({ "auths": entries.collect::<serde_json::Map<_, _>>() }).to_string()
}

/// A registry's images, with its host in front.
pub fn at(registry: &Registry, images: &[&str]) -> Vec<String> {
    images.iter().map(|image| format!("{}/{image}", registry.host())).collect()
}

/// The one finding of a report: its rule and its message.
pub fn only(run: &Run) -> (String, String) {
    let json = run.json();
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{}", run.stdout);
    let text = |key: &str| findings[0][key].as_str().unwrap().to_owned();
    (text("rule"), text("message"))
}

/// Exit code and rules.
pub fn outcome(run: &Run) -> (i32, Vec<String>) {
    (run.code, run.rules())
}

/// The verdicts of a report, in the order of its references.
pub fn verdicts(run: &Run) -> Vec<String> {
    let json = run.json();
    let references = json["references"].as_array().unwrap();
    references.iter().map(|reference| reference["verdict"].as_str().unwrap().to_owned()).collect()
}

/// The suggestions of the only finding.
pub fn suggestions(run: &Run) -> Vec<String> {
    let json = run.json();
    let suggested = json["findings"][0]["suggestions"].as_array().unwrap();
    suggested.iter().map(Value::as_str).map(|tag| tag.unwrap().to_owned()).collect()
}

/// The result of some work, with its time.
pub fn timed<T>(what: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let outcome = what();
    (outcome, start.elapsed())
}
