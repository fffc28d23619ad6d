//! The steps that set up the gate: files to create, lines to add manually, and files that need no change.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use source::RepoPath;
use source::create::{CreateError, create, test};
use thiserror::Error;

use super::found::{Forge, Found};
use super::templates::{self, BASELINE};

const CONFIGURATION: &str = ".pullable.yaml";
const WORKFLOWS: &str = ".github/workflows";
const WORKFLOW: &str = ".github/workflows/pullable.yml";
const PIPELINE: &str = ".gitlab-ci.yml";
const PRE_COMMIT: [&str; 2] = [".pre-commit-config.yaml", ".pre-commit-config.yml"];
const LEFTHOOK: [&str; 4] = ["lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml"];
const HUSKY: &str = ".husky";
const HUSKY_HOOK: &str = ".husky/pre-push";
/// Text of a file that uses the Action, the component or the hook.
const USES: &str = "pullable/pullable";
const RUNS: &str = "pullable hook";
/// Maximum size of a file that is searched for an existing set-up, in bytes.
const LARGEST: u64 = 1 << 20;

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A file that does not exist.
    Create {
        /// The file.
        path: RepoPath,
        /// Its purpose, in a few words.
        purpose: &'static str,
        /// Its text.
        text: String,
    },
    /// Lines to add to a file that exists.
    Add {
        /// The file.
        path: RepoPath,
        /// The purpose of the lines.
        purpose: &'static str,
        /// The lines.
        text: String,
    },
    /// A file that exists, and needs no change.
    Keep {
        /// The file.
        path: RepoPath,
        /// The reason.
        reason: &'static str,
    },
}

/// The steps for a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps, in their order.
    pub steps: Vec<Step>,
}

/// A file that cannot be written.
#[derive(Debug, Error)]
#[error("cannot write {path}: {why}{}", written(.created))]
pub struct InitError {
    /// The file.
    pub path: RepoPath,
    /// The reason.
    pub why: CreateError,
    /// The files that were written before it.
    pub created: Vec<RepoPath>,
}

/// The files that were written before one that could not be.
fn written(created: &[RepoPath]) -> String {
    let names: Vec<&str> = created.iter().map(RepoPath::as_str).collect();
    if names.is_empty() {
        "; nothing was written".to_owned()
    } else {
        format!("; written: {}", names.join(", "))
    }
}

impl Plan {
    /// The steps for the inspected repository.
    pub fn new(found: &Found) -> Self {
        let mut plan = Self::default();
        let broken = found.broken.as_ref().filter(|broken| !broken.is_empty());
        let has_baseline = broken.is_some() || exists(&found.top, BASELINE);
        for forge in &found.forges {
            plan.steps.push(match forge {
                Forge::GitHub => workflow(&found.top, has_baseline),
                Forge::GitLab | Forge::OwnGitLab => pipeline(&found.top, *forge, has_baseline),
            });
        }
        plan.steps.push(configuration(found));
        if exists(&found.top, BASELINE) {
            plan.keep(BASELINE, "it exists");
        } else if let Some(broken) = broken {
            plan.steps.push(Step::Create {
                path: RepoPath::new(BASELINE),
                purpose: "the references that are broken already, which the gate ignores",
                text: broken.to_json(),
            });
        }
        plan.steps.extend(hook(&found.top));
        plan
    }

    fn keep(&mut self, path: &str, reason: &'static str) {
        self.steps.push(Step::Keep { path: RepoPath::new(path), reason });
    }

    /// The files to create, with their texts.
    pub fn files(&self) -> Vec<(&RepoPath, &str)> {
        let created = self.steps.iter().filter_map(|step| match step {
            Step::Create { path, text, .. } => Some((path, text.as_str())),
            Step::Add { .. } | Step::Keep { .. } => None,
        });
        created.collect()
    }

    /// Tests if every file can be created, before any is.
    ///
    /// # Errors
    /// [`InitError`] for the first that cannot.
    pub fn test(&self, top: &Path) -> Result<(), InitError> {
        for (path, _) in self.files() {
            test(top, path).map_err(|why| InitError { path: path.clone(), why, created: Vec::new() })?;
        }
        Ok(())
    }

    /// Creates the files.
    ///
    /// # Errors
    /// [`InitError`] for the first that cannot be written, with those that were.
    pub fn write(&self, top: &Path) -> Result<(), InitError> {
        self.test(top)?;
        let mut created = Vec::new();
        for (path, text) in self.files() {
            if let Err(why) = create(top, path, text.as_bytes()) {
                return Err(InitError { path: path.clone(), why, created });
            }
            created.push(path.clone());
        }
        Ok(())
    }
}

/// The workflow, unless one of the workflows uses the Action already.
fn workflow(top: &Path, has_baseline: bool) -> Step {
    for path in workflows(top) {
        if mentions(top, path.as_str(), USES) {
            return Step::Keep { path, reason: "it uses the Action already" };
        }
    }
    let purpose = "the gate of every pull request and merge queue";
    let text = templates::github(has_baseline);
    created_or_added(top, WORKFLOW, purpose, (text.clone(), text))
}

/// The workflows of a repository, sorted.
fn workflows(top: &Path) -> Vec<RepoPath> {
    let entries = fs::read_dir(top.join(WORKFLOWS)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut workflows: Vec<RepoPath> = names
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "yml" || end == "yaml"))
        .map(|name| RepoPath::new(&format!("{WORKFLOWS}/{name}")))
        .collect();
    workflows.sort();
    workflows
}

fn pipeline(top: &Path, forge: Forge, has_baseline: bool) -> Step {
    if mentions(top, PIPELINE, USES) {
        return Step::Keep { path: RepoPath::new(PIPELINE), reason: "it includes the template already" };
    }
    let texts = (templates::gitlab(forge, has_baseline), templates::gitlab_include(forge, has_baseline));
    created_or_added(top, PIPELINE, "the gate of every merge request", texts)
}

fn configuration(found: &Found) -> Step {
    let path = RepoPath::new(CONFIGURATION);
    if exists(&found.top, CONFIGURATION) {
        return Step::Keep { path, reason: "it exists" };
    }
    let text = templates::configuration(&found.registries.unreachable);
    Step::Create { path, purpose: "the configuration", text }
}

/// The entry of the tool that runs hooks, if there is one.
fn hook(top: &Path) -> Option<Step> {
    let purpose = "the check before each push";
    let is_there = |path: &&str| exists(top, path);
    if let Some(path) = PRE_COMMIT.into_iter().find(is_there) {
        return Some(entry(top, path, purpose, (USES, &templates::pre_commit())));
    }
    if let Some(path) = LEFTHOOK.into_iter().find(is_there) {
        return Some(entry(top, path, purpose, (RUNS, templates::lefthook())));
    }
    exists(top, HUSKY).then(|| entry(top, HUSKY_HOOK, purpose, (RUNS, templates::husky())))
}

/// A file of a tool: created, or lines to add unless it has them already.
fn entry(top: &Path, path: &str, purpose: &'static str, (sign, text): (&str, &str)) -> Step {
    if mentions(top, path, sign) {
        return Step::Keep { path: RepoPath::new(path), reason: "it has the hook already" };
    }
    created_or_added(top, path, purpose, (text.to_owned(), text.to_owned()))
}

/// A file to create with the first text, or an existing file to which the second one is added.
fn created_or_added(top: &Path, path: &str, purpose: &'static str, (whole, part): (String, String)) -> Step {
    let is_there = exists(top, path);
    let path = RepoPath::new(path);
    if is_there {
        Step::Add { path, purpose, text: part }
    } else {
        Step::Create { path, purpose, text: whole }
    }
}

/// True if a file, a folder or a link of that name exists, even a link without a target.
fn exists(top: &Path, path: &str) -> bool {
    fs::symlink_metadata(top.join(path)).is_ok()
}

/// True if a regular file contains a text.
fn mentions(top: &Path, path: &str, text: &str) -> bool {
    let file = top.join(path);
    if !fs::symlink_metadata(&file).is_ok_and(|metadata| metadata.is_file()) {
        return false;
    }
    let mut bytes = Vec::new();
    let read = fs::File::open(&file).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
    read.is_ok() && String::from_utf8_lossy(&bytes).contains(text)
}
