//! Runs the real program in a scrubbed environment, and makes what it prints comparable.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use regex::Regex;
use testkit::repo::Repo;

/// The program under test.
pub const PULLABLE: &str = env!("CARGO_BIN_EXE_pullable");

/// What a run printed, and how it ended.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Exit code, then what was printed, with ports, times and commits of every run alike.
    pub fn shown(&self) -> String {
        let lines = format!("exit {}\n{}{}", self.code, self.stdout, self.stderr);
        let text = scrub(&lines);
        // Snapshots keep no blanks at the ends of lines.
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    }

    /// The report as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in {}\n{}", self.stdout, self.stderr))
    }

    /// The rules of the JSON report's findings, in order.
    pub fn rules(&self) -> Vec<String> {
        let json = self.json();
        let findings = json["findings"].as_array().cloned().unwrap_or_default();
        findings.iter().map(|finding| finding["rule"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// Makes ports, times and object ids of every run alike; columns stay where they are.
pub fn scrub(text: &str) -> String {
    static PORT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"127\.0\.0\.1:\d{5}").unwrap());
    static TIME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d+\.\d\d s\b").unwrap());
    static OID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b[0-9a-f]{10}\b").unwrap());
    let text = PORT.replace_all(text, "127.0.0.1:PORT.");
    let text = TIME.replace_all(&text, "N s");
    OID.replace_all(&text, "COMMIT").into_owned()
}

/// Runs the program in a repository.
pub fn pullable(repo: &Repo, args: &[&str]) -> Run {
    run(repo.command(PULLABLE).env("LC_ALL", "C.UTF-8").args(args))
}

/// Runs the program in a folder that is no repository.
#[allow(dead_code, reason = "for tests without a repository")]
pub fn pullable_in(folder: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(PULLABLE);
    command.current_dir(folder).env_clear().env("LC_ALL", "C.UTF-8").env("HOME", folder);
    run(command.args(args))
}

/// Runs a command to its end, without input.
pub fn run(command: &mut Command) -> Run {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A Pod with these images.
pub fn pod(images: &[&str]) -> String {
    let head = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n".to_owned();
    images
        .iter()
        .enumerate()
        .fold(head, |text, (n, image)| format!("{text}  - name: c{n}\n    image: {image}\n"))
}

/// A repository with a branch `change` on `main`, whose one file differs.
pub fn change(path: &str, before: &str, after: &str) -> Repo {
    let repo = Repo::new();
    repo.write(path, before).commit("before");
    repo.branch("change").write(path, after).commit("after");
    repo
}
