//! Earlier values.

use super::*;

fn values(repo: &Repo, unit: &UnitId) -> Vec<String> {
    earlier(repo, unit).into_iter().map(|(image, _)| image).collect()
}

#[test]
fn newest_first_and_each_once() {
    let repo = shop("1");
    set(&repo, "2");
    set(&repo, "3");
    let unrelated = repo.write("README.md", "x").commit("unrelated");
    set(&repo, "2");
    set(&repo, "4");
    let found = earlier(&repo, &prod());
    let images: Vec<&str> = found.iter().map(|(image, _)| image.as_str()).collect();
    assert_eq!(images, ["docker.io/shop/web:2", "docker.io/shop/web:3", "docker.io/shop/web:1"]);
    // The newest commit with the value: the parent of the one that replaced it.
    assert_eq!(found[1].1, unrelated);
}

#[test]
fn another_repository_in_the_same_place() {
    let repo = Repo::new();
    repo.write("web.yaml", deployment("shop/web:1")).commit("1");
    repo.write("web.yaml", deployment("registry.example/new/web:1")).commit("moved");
    let unit = UnitId::File(RepoPath::new("web.yaml"));
    assert_eq!(values(&repo, &unit), ["docker.io/shop/web:1"]);
}

#[test]
fn the_container_of_the_same_name() {
    let pod = |first: &str, second: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n  - {{name: {first}}}\n  - \
             {{name: {second}}}\n"
        )
    };
    let repo = Repo::new();
    repo.write("pod.yaml", pod("a, image: 'x/a:1'", "b, image: 'x/b:1'")).commit("1");
    repo.write("pod.yaml", pod("b, image: 'x/b:1'", "a, image: 'x/a:1'")).commit("other order");
    repo.write("pod.yaml", pod("b, image: 'x/b:2'", "a, image: 'x/a:1'")).commit("2");
    let repository = open(&repo);
    let mut history = History::new(&repository, "HEAD", LIMIT, &deploy::Repositories::default()).unwrap();
    let unit = UnitId::File(RepoPath::new("pod.yaml"));
    let references = history.references(&unit).unwrap();
    let bad = references.iter().find(|reference| reference.image_or_text().ends_with("b:2")).unwrap();
    let introduced = history.introducing(&unit, bad).unwrap();
    let mut walk = history.earlier(&introduced).unwrap();
    let first = walk.next(&mut history).unwrap().unwrap();
    assert_eq!(first.reference.image_or_text(), "docker.io/x/b:1");
    assert!(walk.next(&mut history).unwrap().is_none());
}

#[test]
fn a_resource_that_was_gone_for_a_while() {
    let repo = Repo::new();
    repo.write("prod/web.yaml", deployment("shop/web:1"))
        .write("prod/kustomization.yaml", "resources: [web.yaml]\n");
    repo.commit("1");
    repo.remove("prod/kustomization.yaml").remove("prod/web.yaml").write("keep", "").commit("gone");
    repo.write("prod/web.yaml", deployment("shop/web:2"))
        .write("prod/kustomization.yaml", "resources: [web.yaml]\n");
    repo.commit("back");
    assert_eq!(values(&repo, &prod()), ["docker.io/shop/web:1"]);
}

#[test]
fn a_shallow_clone_ends_the_walk_only_where_it_is_needed() {
    let repo = shop("1");
    set(&repo, "2");
    set(&repo, "3");
    let clone = repo.clone_shallow(2);
    let repository = open(&clone);
    let mut history = History::new(&repository, "HEAD", LIMIT, &deploy::Repositories::default()).unwrap();
    let reference = only(&mut history, &prod());
    let introduced = history.introducing(&prod(), &reference).unwrap();
    let mut walk = history.earlier(&introduced).unwrap();
    let first = walk.next(&mut history).unwrap().unwrap();
    assert_eq!(first.reference.image_or_text(), "docker.io/shop/web:2");
    assert!(matches!(walk.next(&mut history), Err(HistoryError::Git(GitError::ShallowBoundary { .. }))));
}
