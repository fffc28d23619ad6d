//! A repository in which every command has something to do, and the faults of a machine around it.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;
use testkit::repo::Repo;

use super::{PULLABLE, Run, run, scrub};
use crate::sentry::{Scene, event, scene};

/// Commands that change nothing; `FILES/` is the folder of their files.
pub const READING: [&str; 14] = [
    "check --all --head HEAD",
    "check --base HEAD~2 --head HEAD~1",
    "check prod base",
    "images --all",
    "where **",
    "fix prod --diff",
    "pin base --diff",
    "revert --dry-run",
    "sentry --event FILES/event.json",
    "audit",
    "drift FILES/dump.json",
    "merge FILES/1.json FILES/2.json",
    "audit plot FILES/history.jsonl",
    "init --dry-run",
];

/// Commands that write.
pub const WRITING: [&str; 11] = [
    "check --all --head HEAD --report json=FILES/report.json",
    "check --all --head HEAD --write-baseline FILES/baseline.json",
    "fix prod",
    "pin base",
    "revert",
    "revert --dry-run --record FILES/record.json",
    "audit --history FILES/history.jsonl",
    "audit --keep-list FILES/keep.txt",
    "merge FILES/1.json FILES/2.json --history FILES/history.jsonl --keep-list FILES/keep.txt",
    "init --yes",
    "hook install",
];

/// A repository whose newest tag, `1.5.O`, is missing, its remote and its registry, and the files of the commands.
pub struct Machine {
    pub scene: Scene,
    pub files: TempDir,
    /// The files at the beginning.
    before: Vec<(String, Vec<u8>)>,
}

impl Machine {
    pub fn new() -> Self {
        let scene = scene(&["1.5.0"], &["'1.5.0'", "'1.5.O'"]);
        let files = TempDir::new().unwrap();
        let mut machine = Self { scene, files, before: Vec::new() };
        let web = format!("{}/shop/web:1.5.0", machine.scene.registry.host());
        machine.write("event.json", &event("apps").to_string());
        machine.write("dump.json", &dump(&web));
        for shard in ["1", "2"] {
            let report = machine
                .sound(&format!("audit --shard {shard}/2 --format json --history FILES/history.jsonl"));
            machine.write(&format!("{shard}.json"), &report.stdout);
        }
        machine.sound("audit --history FILES/history.jsonl --keep-list FILES/keep.txt");
        let read = |name: String| (name.clone(), fs::read(machine.file(&name)).unwrap());
        machine.before = names(machine.files.path()).into_iter().map(read).collect();
        machine
    }

    pub fn repo(&self) -> &Repo {
        &self.scene.repo
    }

    /// Undoes everything that commands wrote.
    pub fn reset(&self) {
        let repo = self.repo();
        repo.git(&["reset", "-q", "--hard"]);
        repo.git(&["clean", "-qfdx"]);
        for branch in repo.git(&["branch", "--list", "--format=%(refname:short)", "pullable/*"]).lines() {
            repo.git(&["branch", "-q", "-D", branch]);
        }
        let origin = &self.scene.origin;
        for branch in origin.git(&["branch", "--list", "--format=%(refname:short)", "pullable/*"]).lines() {
            origin.git(&["branch", "-q", "-D", branch]);
        }
        let hooks = repo.path().join(".git/hooks");
        if hooks.exists() {
            fs::remove_dir_all(&hooks).unwrap();
        }
        for name in names(self.files.path()) {
            fs::remove_file(self.file(&name)).unwrap();
        }
        for (name, bytes) in &self.before {
            fs::write(self.file(name), bytes).unwrap();
        }
    }

    /// The files of the work tree that git does not know or that differ, the branches, and the files of the commands,
    /// without what differs between two runs.
    pub fn written(&self) -> Vec<String> {
        let repo = self.repo();
        let mut all =
            vec![repo.git(&["status", "--porcelain", "--untracked-files=all"]), repo.git(&["diff"])];
        all.push(repo.git(&["for-each-ref", "--format=%(refname) %(objectname)"]));
        all.extend(
            fs::read_dir(repo.path().join(".git/hooks"))
                .into_iter()
                .flatten()
                .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()),
        );
        // The lock of a record stays.
        for name in names(self.files.path())
            .into_iter()
            .filter(|name| Path::new(name).extension().is_none_or(|end| end != "lock"))
        {
            let text = fs::read_to_string(self.file(&name)).unwrap();
            all.push(format!("{name}\n{}", without_times(&text)));
        }
        all
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).unwrap();
    }

    pub fn file(&self, name: &str) -> std::path::PathBuf {
        self.files.path().join(name)
    }

    /// The words of a command.
    pub fn words(&self, line: &str) -> Vec<String> {
        let folder = format!("{}/", self.files.path().display());
        line.split(' ').map(|word| word.replace("FILES/", &folder)).collect()
    }

    /// Runs a command.
    pub fn sound(&self, line: &str) -> Run {
        run(self.command(PULLABLE).args(self.words(line)))
    }

    /// Runs a command after a line of the shell, which sets a limit.
    pub fn after(&self, limit: &str, line: &str) -> Run {
        run(&mut self.shell(limit, line))
    }

    /// A command after a line of the shell.
    pub fn shell(&self, before: &str, line: &str) -> Command {
        let mut command = self.command("sh");
        command.args(["-c", &format!("{before}; exec \"$@\""), "sh", PULLABLE]).args(self.words(line));
        command
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.repo().command(program);
        command.env("LC_ALL", "C.UTF-8");
        command
    }
}

/// A dump of a cluster in which the Kustomization `apps` runs this image.
fn dump(image: &str) -> String {
    let prefix = "kustomize.toolkit.fluxcd.io";
    let labels = json!({format!("{prefix}/name"): "apps", format!("{prefix}/namespace"): "flux-system"});
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"namespace": "default", "name": "web", "labels": labels},
        "spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}},
    });
    json!({"apiVersion": "v1", "kind": "List", "items": [deployment]}).to_string()
}

/// The exit code and the output of a run, without times and ids.
pub fn shown(run: &Run) -> String {
    format!("exit {}\n{}", run.code, without_times(&run.stdout))
}

/// A text without times and without the ids of commits of the run.
fn without_times(text: &str) -> String {
    let times = regex::Regex::new(r"\b[0-9a-f]{12,64}\b|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    times.replace_all(&scrub(text), "…").into_owned()
}

/// The names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
