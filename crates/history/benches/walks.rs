//! Walks through real histories: `cargo bench -p pullable-history --bench walks -- REPOSITORY [COUNT]`. For references
//! all over the head of a repository, the introducing commit, the time of the walk, and the newest commit that
//! `git log -S` names for the same text and file.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench prints, and may stop"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use deploy::{Input, Selection, extract};
use git::Repository;
use history::History;
use model::{Reference, Target};
use run::Deadline;

const LIMIT: u64 = 16 << 20;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let Some(folder) = arguments.next() else { return };
    let count = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(40);
    let repository = Repository::open(Path::new(&folder), &Deadline::after(Duration::from_hours(1))).unwrap();
    let references = spread(references(&repository), count);
    let (mut times, mut same, mut evaluated) = (Vec::new(), 0, Vec::new());
    for reference in &references {
        let start = Instant::now();
        let mut history = History::new(&repository, "HEAD", LIMIT, &deploy::Repositories::default()).unwrap();
        let found = history.introducing(&reference.unit, reference);
        times.push(start.elapsed());
        let by_git = by_git(&folder, reference);
        match found {
            Ok(found) => {
                evaluated.push(found.evaluated);
                let commit = found.commit.clone();
                if by_git.as_deref() == Some(commit.as_str()) {
                    same += 1;
                } else {
                    let older = if found.unit_before.is_none() { "the unit is new" } else { "" };
                    let (image, path) = (reference.image_or_text(), reference.site.file.path());
                    println!("{image} {path}: {commit} and by git {by_git:?} {older}");
                }
            }
            Err(error) => println!("{}: {error}", reference.image_or_text()),
        }
    }
    times.sort();
    evaluated.sort_unstable();
    let middle = |list: &[usize]| list.get(list.len() / 2).copied().unwrap_or_default();
    println!(
        "{} references, {same} as git log -S; commits evaluated: median {}, most {}; time: median {:?}, 95 % {:?}, most {:?}",
        references.len(),
        middle(&evaluated),
        evaluated.last().copied().unwrap_or_default(),
        times[times.len() / 2],
        times[times.len() * 95 / 100],
        times[times.len() - 1],
    );
}

fn references(repository: &Repository) -> Vec<Box<Reference>> {
    let files = repository.files_of("HEAD").unwrap();
    let input = Input {
        head: &*files,
        base: None,
        selection: Selection::Candidates,
        max_file_size: LIMIT,
        renders: false,
        repositories: deploy::Repositories::default(),
        ignores: &[],
        excluded: None,
    };
    let mut references = extract(&input).unwrap().references;
    references.retain(|reference| matches!(reference.target, Target::Known(_)));
    references
}

/// `count` of them, one of each file first, evenly distributed.
fn spread(references: Vec<Box<Reference>>, count: usize) -> Vec<Box<Reference>> {
    let mut by_file: BTreeMap<String, Box<Reference>> = BTreeMap::new();
    for reference in references {
        by_file.entry(reference.site.file.path().to_string()).or_insert(reference);
    }
    let step = (by_file.len() / count.max(1)).max(1);
    by_file.into_values().step_by(step).take(count).collect()
}

/// The newest commit on the line of first parents that adds the text of the deciding scalar to its file.
fn by_git(folder: &str, reference: &Reference) -> Option<String> {
    let text = format!("-S{}", reference.site.text());
    let path = reference.site.file.path().to_string();
    let arguments = ["log", "--first-parent", "-m", "--format=%H", "-1", &text, "--", &path];
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output().ok()?;
    let commit = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!commit.is_empty()).then_some(commit)
}
