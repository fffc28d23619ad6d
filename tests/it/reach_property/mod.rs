//! The gate as a property: a change introduces exactly the references that only head has. Small repositories
//! are generated together with changes of them, and evaluated three times: base as a whole, head as a whole,
//! and the change. `PULLABLE_PROPERTY_CASES` sets the number of cases, `PULLABLE_PROPERTY_SEED` runs one.

mod deployers;
mod elements;
mod library;
mod manifests;
mod model;
mod names;
mod oracle;
mod program;
mod regressions;
mod render;
mod strategy;
mod surveys;

use std::fmt::Write as _;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use model::{Content, DeployerKind, Entry, Form, Repository, Side, Tree};
use oracle::{Fault, Moves};
use strategy::{ALL, Features};

/// The number of cases of a test through the library, unless the environment sets another.
const CASES: u64 = 300;

/// The number of cases of a test through the program, which takes about a fifth of a second for each.
const PROGRAM_CASES: u64 = 20;

/// Most failing cases that are minimised and printed.
const MAX_SHOWN: usize = 4;

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The faults of a generated change.
type Check = fn(&Repository) -> Vec<Fault>;

/// Holds generated changes to the property, each from a seed of its own; panics with minimal cases.
fn holds(features: Features, cases: u64, check: Check) {
    let seeds = match number("PULLABLE_PROPERTY_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("PULLABLE_PROPERTY_CASES").unwrap_or(cases),
    };
    let most = number("PULLABLE_PROPERTY_SHOWN").map_or(MAX_SHOWN, |most| usize::try_from(most).unwrap());
    let mut failed = Vec::new();
    for seed in seeds {
        failed.extend(minimal(seed, features, check));
        if failed.len() >= most {
            break;
        }
    }
    assert!(failed.is_empty(), "{} cases fail\n\n{}", failed.len(), failed.join("\n"));
}

/// The minimal form of a seed's case, where that fails.
fn minimal(seed: u64, features: Features, check: Check) -> Option<String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases: 1, failure_persistence: None, max_shrink_iters: 3000, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let result = runner.run(&strategy::repository(features), |repository| {
        let faults = check(&repository);
        if faults.is_empty() { Ok(()) } else { Err(TestCaseError::fail(format!("{faults:#?}"))) }
    });
    match result {
        Ok(()) => None,
        Err(TestError::Fail(reason, repository)) => Some(shown(seed, reason.message(), &repository)),
        Err(TestError::Abort(reason)) => panic!("seed {seed}: {reason}"),
    }
}

fn by_library(repository: &Repository) -> Vec<Fault> {
    let (base, head) = (render::files(repository, Side::Base), render::files(repository, Side::Head));
    let moves = moves(repository, &base, &head);
    oracle::faults(&library::runs(&base, &head, &moves.renames), &moves)
}

fn by_surveys(repository: &Repository) -> Vec<Fault> {
    surveys::faults(&render::files(repository, Side::Base), &render::files(repository, Side::Head))
}

fn by_program(repository: &Repository) -> Vec<Fault> {
    let (base, head) = (render::files(repository, Side::Base), render::files(repository, Side::Head));
    oracle::faults(&program::runs(&base, &head), &moves(repository, &base, &head))
}

fn moves(repository: &Repository, base: &Tree, head: &Tree) -> Moves {
    let deployed = deployers::deployed(repository, Side::Head);
    let switched = deployers::switched(repository);
    Moves { renames: oracle::renames(base, head), deployed, switched }
}

/// A failing case: its faults, the files of base, and the differences of head.
fn shown(seed: u64, faults: &str, repository: &Repository) -> String {
    let (base, head) = (render::files(repository, Side::Base), render::files(repository, Side::Head));
    let mut text = format!("seed {seed}\n{faults}\n");
    for (path, entry) in &base {
        write_entry(&mut text, "base", path, entry);
    }
    for (path, entry) in head.iter().filter(|(path, entry)| base.get(*path) != Some(entry)) {
        write_entry(&mut text, "head", path, entry);
    }
    for path in base.keys().filter(|path| !head.contains_key(*path)) {
        _ = writeln!(text, "head {path}: deleted");
    }
    text
}

fn write_entry(text: &mut String, side: &str, path: &str, entry: &Entry) {
    let content = match entry {
        Entry::File(content) => content.split_whitespace().collect::<Vec<_>>().join(" "),
        Entry::Link(target) => format!("→ {target}"),
    };
    _ = writeln!(text, "{side} {path}: {content}");
}

/// The features without those of Flux, Argo CD and Helm.
const KUSTOMIZE: Features =
    Features { kinds: &[], contents: &[Content::Plain, Content::Kustomization, Content::Component], ..ALL };

#[test]
fn plain_manifests() {
    holds(Features { kinds: &[], contents: &[Content::Plain], forms: &[], ..ALL }, CASES, by_library);
}

#[test]
fn kustomizations() {
    holds(KUSTOMIZE, CASES, by_library);
}

#[test]
fn charts() {
    holds(Features { kinds: &[], contents: &[Content::Chart], forms: &[], ..ALL }, CASES, by_library);
}

#[test]
fn flux() {
    holds(Features { kinds: &[DeployerKind::Flux, DeployerKind::HelmRelease], ..ALL }, CASES, by_library);
}

#[test]
fn applications() {
    holds(Features { kinds: &[DeployerKind::Application], ..ALL }, CASES, by_library);
}

#[test]
fn application_sets() {
    let sets = &[DeployerKind::SetOfList, DeployerKind::SetOfDirectories, DeployerKind::SetOfFiles];
    holds(Features { kinds: sets, forms: &[Form::Images, Form::Patch], ..ALL }, CASES, by_library);
}

#[test]
fn everything() {
    holds(ALL, CASES, by_library);
}

#[test]
fn surveys_made_of_each_other() {
    holds(ALL, CASES, by_surveys);
}

#[test]
fn through_the_program() {
    holds(Features { links: true, ..ALL }, PROGRAM_CASES, by_program);
}
