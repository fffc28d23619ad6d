//! Histories made by git itself, and the walks through them.

use std::time::Duration;

use git::{GitError, Repository};
use model::{Reference, UnitId};
use run::Deadline;
use source::RepoPath;
use testkit::repo::Repo;

use crate::{History, HistoryError, Introduced};

mod completed;
mod earlier;
mod introducing;

const LIMIT: u64 = 1 << 20;

fn open(repo: &Repo) -> Repository {
    Repository::open(repo.path(), &Deadline::after(Duration::from_mins(2))).unwrap()
}

fn prod() -> UnitId {
    UnitId::Kustomization(RepoPath::new("prod"))
}

/// A Deployment with one container of this image.
fn deployment(image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  template:\n    spec:\n      \
         containers:\n      - name: web\n        image: {image}\n"
    )
}

/// An overlay of `../base` that sets the tag of `shop/web`.
fn overlay(tag: &str) -> String {
    format!("resources: [../base]\nimages:\n- name: shop/web\n  newTag: '{tag}'\n")
}

/// A base and an overlay `prod` with a tag.
fn shop(tag: &str) -> Repo {
    let repo = Repo::new();
    repo.write("base/kustomization.yaml", "resources: [web.yaml]\n");
    repo.write("base/web.yaml", deployment("shop/web:1"));
    repo.write("prod/kustomization.yaml", overlay(tag));
    repo.commit("first");
    repo
}

fn set(repo: &Repo, tag: &str) -> String {
    repo.write("prod/kustomization.yaml", overlay(tag)).commit(tag)
}

/// The only reference of a unit at head.
fn only(history: &mut History<'_>, unit: &UnitId) -> Reference {
    let references = history.references(unit).unwrap();
    assert_eq!(references.len(), 1, "{references:?}");
    (*references[0]).clone()
}

fn introducing(repo: &Repo, unit: &UnitId) -> Result<Introduced, HistoryError> {
    let repository = open(repo);
    let mut history = History::new(&repository, "HEAD", LIMIT, &deploy::Repositories::default()).unwrap();
    let reference = only(&mut history, unit);
    history.introducing(unit, &reference)
}

/// The values of the field of a unit's only reference before it was introduced, newest first, each with its commit.
fn earlier(repo: &Repo, unit: &UnitId) -> Vec<(String, String)> {
    let repository = open(repo);
    let mut history = History::new(&repository, "HEAD", LIMIT, &deploy::Repositories::default()).unwrap();
    let reference = only(&mut history, unit);
    let introduced = history.introducing(unit, &reference).unwrap();
    let mut values = history.earlier(&introduced).unwrap();
    let mut found = Vec::new();
    while let Some(value) = values.next(&mut history).unwrap() {
        found.push((value.reference.image_or_text(), value.commit));
    }
    found
}
