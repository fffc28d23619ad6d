//! Runs the real program in a scrubbed environment, and makes what it prints comparable.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use regex::Regex;
use testkit::environment::Scrubbed as _;
use testkit::repo::Repo;

pub mod forge;
pub mod gitea;
pub mod hub;
pub mod machine;
pub mod server;
#[cfg(target_os = "linux")]
pub mod unprivileged;

/// The program under test.
pub const PULLABLE: &str = env!("CARGO_BIN_EXE_pullable");

/// Every format of the report that names findings: metrics count them.
pub const FORMATS: [&str; 9] =
    ["human", "concise", "json", "sarif", "github", "gitlab", "junit", "rdjsonl", "markdown"];

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

    /// Path and text of each reference of the JSON report, in order.
    pub fn references(&self) -> Vec<String> {
        let json = self.json();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let references = json["references"].as_array().unwrap().iter();
        references.map(|r| format!("{} {}", text(&r["path"]), text(&r["written"]))).collect()
    }

    /// What was printed to standard error, as one line without miette's frame.
    pub fn said(&self) -> String {
        let words = self.stderr.split_whitespace().filter(|word| !["│", "×", "|"].contains(word));
        words.collect::<Vec<_>>().join(" ")
    }

    /// Panics unless the run could not happen, for a reason that holds all of these.
    pub fn refused(&self, words: &[&str]) {
        let said = self.said();
        assert_eq!((self.code, self.stdout.as_str()), (2, ""), "{said}");
        for words in words {
            assert!(said.contains(words), "{words:?} in {said:?}");
        }
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
pub fn pullable_in(folder: &Path, args: &[&str]) -> Run {
    let mut command = Command::new(PULLABLE);
    command.current_dir(folder).scrubbed().env("LC_ALL", "C.UTF-8").env("HOME", folder);
    run(command.args(args))
}

/// Runs the program in a repository, with these variables.
pub fn pullable_with(repo: &Repo, variables: &[(&str, &str)], args: &[&str]) -> Run {
    run(repo.command(PULLABLE).env("LC_ALL", "C.UTF-8").envs(variables.iter().copied()).args(args))
}

/// Runs the program in a folder, with this input.
pub fn pullable_reads(folder: &Path, input: &[u8], args: &[&str]) -> Run {
    let mut command = Command::new(PULLABLE);
    command.current_dir(folder).scrubbed().env("LC_ALL", "C.UTF-8").args(args);
    let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = streams.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // A program that has read enough closes its input.
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().unwrap()
    });
    ended(output)
}

/// Runs a command to its end, without input.
pub fn run(command: &mut Command) -> Run {
    ended(command.stdin(Stdio::null()).output().unwrap())
}

fn ended(output: Output) -> Run {
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

/// True if the tests were started with a signal ignored, as `nohup` and a shell's `&` do: programs that they start ignore it
/// too.
#[expect(clippy::print_stderr, reason = "a test that is skipped tells so")]
pub fn is_ignored(signal: &str) -> bool {
    let number = match signal {
        "HUP" => 1,
        "INT" => 2,
        "TERM" => 15,
        other => panic!("{other} is no signal of these tests"),
    };
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or("0").trim();
    let ignored = u64::from_str_radix(mask, 16).unwrap() & (1 << (number - 1)) != 0;
    if ignored {
        eprintln!("SKIPPED: SIG{signal} is ignored where the tests run");
    }
    ignored
}

/// The names of all files below a folder.
pub fn files_below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    // A file may vanish in the meantime.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(files_below(&entry.path()));
        } else {
            found.insert(entry.path());
        }
    }
    found
}
