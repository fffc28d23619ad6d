//! The introducing commit.

use super::*;

#[test]
fn a_bump_under_other_commits() {
    let repo = shop("1.4.7");
    set(&repo, "1.4.8");
    let bad = set(&repo, "1.5.0");
    repo.write("README.md", "x").commit("unrelated");
    repo.write("prod/kustomization.yaml", format!("# a comment\n{}", overlay("1.5.0"))).commit("same");
    let found = introducing(&repo, &prod()).unwrap();
    assert_eq!((found.commit.as_str(), found.unit_before), (bad.as_str(), Some(prod())));
    assert_eq!(found.evaluated, 2, "commits that touch none of its files are not read");
    let by_git = repo.git(&["log", "--format=%H", "-S1.5.0", "--", "prod/kustomization.yaml"]);
    assert_eq!(by_git, bad);
}

#[test]
fn values_that_go_back_and_forth() {
    let repo = shop("1");
    set(&repo, "2");
    set(&repo, "1");
    let again = set(&repo, "2");
    assert_eq!(introducing(&repo, &prod()).unwrap().commit, again);
    repo.git(&["revert", "--no-edit", "HEAD"]);
    repo.git(&["revert", "--no-edit", "HEAD"]);
    let reapplied = repo.head();
    assert_eq!(introducing(&repo, &prod()).unwrap().commit, reapplied);
}

#[test]
fn an_overlay_that_was_added_later() {
    let repo = shop("1");
    repo.write("ring/kustomization.yaml", "resources: [../base]\n");
    let added = repo.commit("a new ring");
    set(&repo, "2");
    let ring = UnitId::Kustomization(RepoPath::new("ring"));
    let found = introducing(&repo, &ring).unwrap();
    assert_eq!((found.commit, found.unit_before), (added, None));
    assert_eq!(earlier(&repo, &ring), []);
}

#[test]
fn a_deployer_that_was_added_later() {
    let repo = shop("1");
    let bad = set(&repo, "2");
    let deployer = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: prod}\nspec: {path: prod}\n";
    repo.write("flux/prod.yaml", deployer).commit("Flux deploys it now");
    let by = model::Deployer { system: model::System::Flux, name: None, file: None };
    let unit = UnitId::Deployed { folder: RepoPath::new("prod"), by };
    let found = introducing(&repo, &unit).unwrap();
    assert_eq!((found.commit, found.unit), (bad, prod()));
    let values: Vec<String> = earlier(&repo, &unit).into_iter().map(|(image, _)| image).collect();
    assert_eq!(values, ["docker.io/shop/web:1"]);
}

#[test]
fn a_folder_that_was_renamed_since() {
    let repo = shop("1");
    let bad = set(&repo, "2");
    repo.rename("prod", "production").commit("renamed");
    let unit = UnitId::Kustomization(RepoPath::new("production"));
    let found = introducing(&repo, &unit).unwrap();
    assert_eq!((found.commit, found.unit, found.unit_before), (bad, prod(), Some(prod())));
    let values: Vec<String> = earlier(&repo, &unit).into_iter().map(|(image, _)| image).collect();
    assert_eq!(values, ["docker.io/shop/web:1"]);
}

#[test]
fn a_renamed_file_and_a_base_that_moved() {
    let repo = Repo::new();
    repo.write("web.yaml", deployment("shop/web:1")).commit("1");
    let bad = repo.write("web.yaml", deployment("shop/web:2")).commit("2");
    repo.rename("web.yaml", "app.yaml").commit("renamed");
    let unit = UnitId::File(RepoPath::new("app.yaml"));
    assert_eq!(introducing(&repo, &unit).unwrap().commit, bad);
}

#[test]
fn a_merge_names_what_the_merge_brought() {
    let repo = shop("1");
    repo.branch("bump");
    set(&repo, "2");
    set(&repo, "3");
    repo.checkout("main");
    repo.write("other", "x").commit("meanwhile");
    let merge = repo.merge("bump");
    let found = introducing(&repo, &prod()).unwrap();
    assert_eq!(found.commit, merge);
    let values: Vec<String> = earlier(&repo, &prod()).into_iter().map(|(image, _)| image).collect();
    assert_eq!(values, ["docker.io/shop/web:1"], "the branch's own values were never deployed");
}

#[test]
fn squash_and_rebase_merges_are_ordinary_commits() {
    let repo = shop("1");
    repo.branch("bump");
    set(&repo, "2");
    let last = set(&repo, "3");
    repo.checkout("main");
    repo.git(&["merge", "-q", "--ff-only", "bump"]);
    assert_eq!(introducing(&repo, &prod()).unwrap().commit, last);
    repo.branch("more");
    set(&repo, "4");
    set(&repo, "5");
    repo.checkout("main");
    repo.git(&["merge", "-q", "--squash", "more"]);
    let squashed = repo.commit("squashed");
    assert_eq!(introducing(&repo, &prod()).unwrap().commit, squashed);
}

#[test]
fn the_first_commit_is_compared_with_nothing() {
    let repo = shop("1");
    let first = repo.head();
    repo.write("README.md", "x").commit("unrelated");
    let found = introducing(&repo, &prod()).unwrap();
    assert_eq!((found.commit, found.parent), (first, None));
    assert_eq!(earlier(&repo, &prod()), []);
}

#[test]
fn a_patch_that_stopped_to_decide() {
    let repo = shop("1");
    let patched = format!("{}patches: [{{path: patch.yaml}}]\n", "resources: [../base]\n");
    repo.write("prod/kustomization.yaml", &patched);
    repo.write("prod/patch.yaml", deployment("shop/web:9")).commit("a patch");
    repo.write("base/web.yaml", deployment("shop/web:2")).commit("base, without effect");
    let plain = deployment("x").replace("\n        image: x", "");
    let exposed = repo.write("prod/patch.yaml", plain).commit("the patch sets no image now");
    repo.write("base/web.yaml", format!("# comment\n{}", deployment("shop/web:2"))).commit("a comment");
    let found = introducing(&repo, &prod()).unwrap();
    assert_eq!(found.commit, exposed, "no file that decides the image at head was touched by it");
}

#[test]
fn a_shallow_clone_blames_no_commit() {
    let repo = shop("1");
    set(&repo, "2");
    repo.write("README.md", "x").commit("unrelated");
    let clone = repo.clone_shallow(1);
    let error = introducing(&clone, &prod()).unwrap_err();
    let HistoryError::Git(GitError::ShallowBoundary { fetch, .. }) = error else { panic!("{error}") };
    assert_eq!(fetch, "git fetch --no-tags --unshallow origin");
    let deeper = repo.clone_shallow(3);
    assert_eq!(introducing(&deeper, &prod()).unwrap().commit, repo.git(&["rev-parse", "HEAD~1"]));
}

#[test]
fn a_reference_that_is_not_there() {
    let repo = shop("1");
    let repository = open(&repo);
    let mut history = History::new(&repository, "HEAD", LIMIT, &deploy::Repositories::default()).unwrap();
    let reference = only(&mut history, &prod());
    let error = history.introducing(&UnitId::File(RepoPath::new("absent")), &reference).unwrap_err();
    assert!(error.to_string().starts_with("absent has no reference to docker.io/shop/web:1 at "), "{error}");
}
