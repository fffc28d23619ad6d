//! Cases of the audit: files at base, files at head, and the outcome of the gate. In all texts `REP` is a
//! repository that has the tags 1.0 and 1.1, `HOST` is its registry, and `BAD` is the tag under test.

use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::{Run, pullable};

/// The tag that the registry lacks.
const MISSING: &str = "9.9-bad";

/// A tag that the registry has, put in its place for the good twin of a case.
const PRESENT: &str = "1.1";

/// A repository with a change of it.
#[derive(Clone, Default)]
pub struct Case {
    base: Vec<Step>,
    head: Vec<Step>,
    args: Vec<&'static str>,
}

/// A step on the work tree before the commit of a side.
#[derive(Clone)]
enum Step {
    Write(String, String),
    Link(String, String),
    Remove(String),
    Rename(String, String),
}

/// The outcome of a case.
pub struct Outcome {
    pub run: Run,
    /// `severity rule path:line`, the line where there is one.
    pub findings: Vec<String>,
    /// `path:line image verdict`.
    pub references: Vec<String>,
}

impl Case {
    pub fn new() -> Self {
        Self::default()
    }

    /// A file at base.
    pub fn base(mut self, path: &str, text: &str) -> Self {
        self.base.push(Step::Write(path.to_owned(), text.to_owned()));
        self
    }

    /// A symbolic link at base.
    pub fn base_link(mut self, path: &str, target: &str) -> Self {
        self.base.push(Step::Link(path.to_owned(), target.to_owned()));
        self
    }

    /// A file that head adds or replaces.
    pub fn head(mut self, path: &str, text: &str) -> Self {
        self.head.push(Step::Write(path.to_owned(), text.to_owned()));
        self
    }

    /// A symbolic link that head adds.
    pub fn head_link(mut self, path: &str, target: &str) -> Self {
        self.head.push(Step::Link(path.to_owned(), target.to_owned()));
        self
    }

    /// A file that head removes.
    pub fn remove(mut self, path: &str) -> Self {
        self.head.push(Step::Remove(path.to_owned()));
        self
    }

    /// A file that head moves.
    pub fn rename(mut self, from: &str, to: &str) -> Self {
        self.head.push(Step::Rename(from.to_owned(), to.to_owned()));
        self
    }

    /// Further arguments of `check`.
    pub fn args(mut self, args: &[&'static str]) -> Self {
        self.args.extend(args);
        self
    }

    /// Commits both sides with `tag` in place of `BAD`; on the branch `change` then, from `main`.
    pub fn commit(&self, registry: &Registry, tag: &str) -> Repo {
        let repo = Repo::new();
        repo.write("README.md", "A shop.\n");
        apply(&repo, &self.base, registry, tag);
        repo.commit("before");
        repo.branch("change");
        apply(&repo, &self.head, registry, tag);
        repo.commit("after");
        repo
    }

    /// Checks the change with `tag` in place of `BAD`.
    pub fn check(&self, tag: &str) -> Outcome {
        let registry = shop();
        let repo = self.commit(&registry, tag);
        self.check_in(&repo)
    }

    /// Checks the change of a repository.
    pub fn check_in(&self, repo: &Repo) -> Outcome {
        let all = self.args.contains(&"--all");
        let range: &[&str] = if all { &[] } else { &["--base", "main"] };
        let fixed = [&["check", "--head", "HEAD", "--format", "json"], range].concat();
        outcome(pullable(repo, &[fixed, self.args.clone()].concat()))
    }

    /// The missing tag is reported at `place`, `path:line`; the same change with a tag that is present passes
    /// without an error or a warning.
    #[track_caller]
    pub fn is_missing_at(&self, place: &str) {
        self.fails_with("missing-tag", place);
        self.twin_passes();
    }

    /// The change fails for `rule` at `place`.
    #[track_caller]
    pub fn fails_with(&self, rule: &str, place: &str) {
        self.ends_with(1, &format!("error {rule} {place}"));
    }

    /// The change with a tag that is present passes without an error or a warning.
    #[track_caller]
    pub fn twin_passes(&self) {
        let good = self.check(PRESENT);
        let alarms = good.findings.iter().filter(|finding| !finding.starts_with("notice"));
        assert_eq!(alarms.count(), 0, "a false alarm in {}", good.shown());
        assert_eq!(good.run.code, 0, "a false alarm in {}", good.shown());
    }

    /// The run with the missing tag ends with this code, and has the finding `severity rule place`.
    #[track_caller]
    pub fn ends_with(&self, code: i32, finding: &str) {
        let bad = self.check(MISSING);
        let found = bad.findings.iter().any(|it| it == finding);
        assert!(found, "no {finding:?} in {}\n{}", bad.shown(), self.whole_head());
        assert_eq!(bad.run.code, code, "{}", bad.shown());
    }

    /// The outcome of the whole head, for the message of an assertion.
    fn whole_head(&self) -> String {
        if self.args.contains(&"--all") {
            return String::new();
        }
        let whole = self.clone().args(&["--all"]).check(MISSING);
        format!("the whole head: {}", whole.shown())
    }

    /// The run cannot happen, for a reason that holds all of these words.
    #[track_caller]
    pub fn is_refused(&self, words: &[&str]) {
        self.check(MISSING).run.refused(words);
    }
}

impl Outcome {
    /// Everything about it, for the message of an assertion.
    pub fn shown(&self) -> String {
        format!(
            "exit {}\nfindings {:#?}\nreferences {:#?}\n{}",
            self.run.code, self.findings, self.references, self.run.stderr
        )
    }

    /// Whether a finding of this rule is at this place.
    pub fn has(&self, rule: &str, place: &str) -> bool {
        self.findings.iter().any(|finding| finding.ends_with(&format!(" {rule} {place}")))
    }
}

/// A registry with the repository of all cases.
pub fn shop() -> Registry {
    let registry = Registry::start();
    registry.push("shop/web", "1.0");
    registry.push("shop/web", "1.1");
    registry
}

/// The outcome of a run with `--format json`.
pub fn outcome(run: Run) -> Outcome {
    if run.stdout.is_empty() {
        return Outcome { run, findings: Vec::new(), references: Vec::new() };
    }
    let json = run.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let place = |item: &serde_json::Value| match item["line"].as_u64() {
        Some(line) => format!("{}:{line}", text(&item["path"])),
        None => text(&item["path"]),
    };
    let findings = json["findings"].as_array().unwrap().iter();
    let findings =
        findings.map(|it| format!("{} {} {}", text(&it["severity"]), text(&it["rule"]), place(it))).collect();
    let references = json["references"].as_array().unwrap().iter();
    let references = references
        .map(|it| format!("{} {} {}", place(it), text(&it["image"]), text(&it["verdict"])))
        .collect();
    Outcome { run, findings, references }
}

/// A Deployment whose image is on line 10.
pub fn deployment(image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      \
         containers:\n      - name: web\n        image: {image}\n"
    )
}

fn apply(repo: &Repo, steps: &[Step], registry: &Registry, tag: &str) {
    let host = registry.host();
    for step in steps {
        match step {
            Step::Write(path, text) => {
                let text = text.replace("REP", &format!("{host}/shop/web"));
                repo.write(path, text.replace("HOST", &host).replace("BAD", tag));
            }
            Step::Link(path, target) => {
                repo.symlink(path, target);
            }
            Step::Remove(path) => {
                repo.remove(path);
            }
            Step::Rename(from, to) => {
                repo.rename(from, to);
            }
        }
    }
}
