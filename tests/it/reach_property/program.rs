//! The three runs through the real program, on git repositories with symbolic links.

use testkit::repo::Repo;

use super::model::{Entry, Tree};
use super::oracle::{Item, Items, Runs};
use crate::support::pullable;

/// Commits both sides, and evaluates them and the change between them.
pub fn runs(base: &Tree, head: &Tree) -> Runs {
    let repo = Repo::new();
    repo.write("README.md", "A shop.\n");
    write(&repo, base);
    repo.commit("base");
    repo.branch("change");
    repo.git(&["rm", "-rq", "."]);
    repo.write("README.md", "A shop.\n");
    write(&repo, head);
    repo.commit("head");
    let all = |side| items(&repo, &["--all", "--head", side]);
    let introduced = items(&repo, &["--base", "main", "--head", "change"]);
    Runs { base: all("main"), head: all("change"), introduced }
}

fn write(repo: &Repo, tree: &Tree) {
    for (path, entry) in tree {
        match entry {
            Entry::File(text) => repo.write(path, text),
            Entry::Link(target) => repo.symlink(path, target),
        };
    }
}

fn items(repo: &Repo, args: &[&str]) -> Items {
    let run = pullable(repo, &[&["images", "--format", "json"], args].concat());
    assert_eq!(run.code, 0, "{args:?}: {}", run.stderr);
    let json = run.json();
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let mut items = Items::new();
    for reference in json["references"].as_array().unwrap() {
        let Some(image) = text(&reference["image"]) else { continue };
        let also_in = reference["also_in"].as_array().cloned().unwrap_or_default();
        for unit in std::iter::once(&reference["unit"]).chain(&also_in) {
            let (unit, kind) = (text(unit).unwrap(), text(&reference["kind"]).unwrap());
            items.insert(Item { unit, image: image.clone(), kind });
        }
    }
    items
}
