//! Tests of revisions, and of the errors for those that name no commit.

use super::*;

/// A history of three commits on `main`, and one on `topic` from the second on.
fn history() -> (Sandbox, [String; 4]) {
    let repo = Sandbox::new();
    let first = repo.write("a.yaml", "1").commit();
    let second = repo.write("b.yaml", "2").commit();
    let third = repo.write("c.yaml", "3").commit();
    repo.git(&["checkout", "-q", "-b", "topic", &second]);
    let topic = repo.write("topic.yaml", "t").commit();
    (repo, [first, second, third, topic])
}

#[test]
fn a_named_base_is_compared_through_the_merge_base() {
    let (repo, [_, second, third, topic]) = history();
    let compared = repo.open().compare(&merge_base("main"), head()).unwrap();
    assert_eq!(compared.comparison.base, second);
    assert_eq!(shown(&compared), ["+topic.yaml"]);
    assert_eq!(shown(&repo.compare("main", &head())), ["+topic.yaml", "-c.yaml"]);
    repo.write("untracked.yaml", "u");
    let compared = repo.open().compare(&merge_base(&third), Head::Worktree).unwrap();
    assert_eq!(shown(&compared), ["+topic.yaml", "+untracked.yaml"]);
    let range = Range { head: Some("main".into()), ..merge_base(&topic) };
    let compared = repo.open().compare(&range, Head::Worktree).unwrap();
    assert_eq!((shown(&compared), compared.comparison.head), (vec!["+c.yaml".into()], third));
    let range = Range { head: Some("worktree".into()), ..range };
    assert_eq!(repo.open().compare(&range, head()).unwrap().comparison.head, "worktree");
}

#[test]
fn every_kind_of_revision_works() {
    let (repo, [first, second, third, topic]) = history();
    repo.git(&["tag", "-a", "-m", "x", "v1", &second]);
    repo.git(&["tag", "light", &first]);
    for (rev, oid) in [
        ("HEAD", &topic),
        ("HEAD~1", &second),
        ("HEAD^", &second),
        ("topic~2", &first),
        ("HEAD^^", &first),
        ("v1", &second),
        ("v1^0", &second),
        ("v1^{commit}", &second),
        ("v1~1", &first),
        ("light", &first),
        ("refs/heads/main", &third),
        ("main@{0}", &third),
        (third.as_str(), &third),
        (third.get(..12).unwrap(), &third),
    ] {
        assert_eq!(&repo.compare(rev, &head()).comparison.base, oid, "{rev}");
    }
}

#[test]
fn unknown_names_are_told_with_similar_ones() {
    let (repo, _) = history();
    repo.git(&["tag", "v1.2.0"]);
    repo.git(&["update-ref", "refs/remotes/origin/production", "HEAD"]);
    repo.git(&["remote", "add", "origin", "file:///nonexistent"]);
    for (rev, similar) in [("mian", "main"), ("topik", "topic"), ("production", "origin/production")] {
        let error = repo.fails(&merge_base(rev));
        assert_eq!(error.to_string(), format!("unknown revision `{rev}`"));
        assert_eq!(error.help().unwrap(), format!("similar names: {similar}"));
    }
    // The name is not similar enough for a typing mistake, so it may also be a remote branch.
    let help = repo.fails(&merge_base("v1.2")).help().unwrap();
    let fetch = "git fetch --no-tags origin v1.2:refs/remotes/origin/v1.2";
    let remote = format!("if it is a branch of the remote, name it origin/v1.2, and fetch it: {fetch}");
    assert_eq!(help, format!("similar names: v1.2.0; {remote}"));
    for rev in [
        "",
        "-x",
        "HEAD~99",
        "HEAD^3",
        "HEAD^x",
        "zzz^{commit}",
        "no/such",
        "é^",
        "HEAD~18446744073709551616",
        ":/nothing",
        "a b",
    ] {
        let error = repo.fails(&direct(rev));
        assert!(matches!(error, GitError::UnknownRevision { .. }), "{rev}: {error:?}");
    }
    let GitError::UnknownRevision { nearest, fetch, .. } = repo.fails(&direct("origin/release")) else {
        panic!()
    };
    assert_eq!(nearest, [""; 0]);
    assert_eq!(fetch.unwrap(), "git fetch --no-tags origin release:refs/remotes/origin/release");
    for rev in ["HEAD:a.yaml", "HEAD^{tree}"] {
        assert_eq!(repo.fails(&direct(rev)), GitError::NotACommit { rev: rev.into() });
    }
    assert!(matches!(repo.fails(&direct("main..topic")), GitError::UnknownRevision { .. }));
}

#[test]
fn an_absent_commit_names_the_fetch() {
    let (repo, _) = history();
    let oid = "1".repeat(40);
    let error = repo.fails(&direct(&oid));
    assert_eq!(error.to_string(), format!("the commit {oid} is not in this clone"));
    assert_eq!(error.help().unwrap(), format!("fetch it: git fetch --no-tags origin {oid}"));
    repo.git(&["remote", "add", "upstream", "file:///nonexistent"]);
    let error = repo.fails(&direct(&oid));
    assert_eq!(error.help().unwrap(), format!("fetch it: git fetch --no-tags upstream {oid}"));
}

#[test]
fn depth_1_knows_the_parent_but_does_not_have_it() {
    let (origin, [_, second, _, topic]) = history();
    origin.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let clone = Sandbox::clone_of(&origin, &["--depth=1", "--branch=topic"]);
    for rev in ["HEAD^1", "HEAD~1", "HEAD~2", "topic^"] {
        let error = clone.fails(&direct(rev));
        let fetch = format!("git fetch --no-tags --depth=1 origin {second}");
        assert_eq!(error, GitError::AbsentCommit { rev: rev.into(), oid: second.clone(), fetch });
        assert!(error.to_string().contains(&format!("{second} (`{rev}`)")), "{error}");
    }
    clone.git(&["fetch", "-q", "--no-tags", "--depth=1", "origin", &second]);
    for rev in [second.as_str(), "HEAD^1"] {
        let compared = clone.compare(rev, &head());
        assert_eq!((shown(&compared), compared.comparison.head), (vec!["+topic.yaml".into()], topic.clone()));
    }
    assert_eq!(clone.open().compare(&merge_base(&second), head()).unwrap().comparison.base, second);
    let error = clone.fails(&merge_base(&"1".repeat(40)));
    assert!(error.help().unwrap().contains("git fetch --no-tags --unshallow origin 1111"));
}

#[test]
fn a_shallow_clone_may_lack_the_merge_base() {
    let (origin, [_, _, third, _]) = history();
    origin.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let clone = Sandbox::clone_of(&origin, &["--depth=1", "--branch=topic"]);
    clone.git(&["fetch", "-q", "--no-tags", "--depth=1", "origin", &third]);
    let error = clone.fails(&merge_base(&third));
    assert!(matches!(error, GitError::NoMergeBase { shallow: true, .. }), "{error}");
    assert!(error.help().unwrap().ends_with("git fetch --no-tags --unshallow origin"));
    assert_eq!(shown(&clone.compare(&third, &head())), ["+topic.yaml", "-c.yaml"]);
}

#[test]
fn depth_2_has_the_parents() {
    let (origin, [_, _, third, topic]) = history();
    origin.git(&["checkout", "-q", "main"]);
    origin.git(&["merge", "-q", "--no-ff", "-m", "merge", "topic"]);
    let clone = Sandbox::clone_of(&origin, &["--depth=2", "--branch=main"]);
    let compared = clone.compare("HEAD^1", &head());
    assert_eq!(shown(&compared), ["+topic.yaml"]);
    assert_eq!(compared.comparison.base, third);
    assert_eq!(clone.compare("HEAD^2", &head()).comparison.base, topic);
    assert!(matches!(clone.fails(&direct("HEAD^2^")), GitError::AbsentCommit { .. }));
}

#[test]
fn unrelated_histories_have_no_merge_base() {
    let (repo, _) = history();
    repo.git(&["checkout", "-q", "--orphan", "alone"]);
    repo.commit();
    let error = repo.fails(&merge_base("main"));
    assert_eq!(error.to_string(), "`main` and `HEAD` have no common ancestor");
    assert!(error.help().unwrap().contains("unrelated"));
    assert!(!shown(&repo.compare("main", &head())).is_empty());
}

#[test]
fn a_repository_without_commits_says_so() {
    let repo = Sandbox::new();
    for head in [head(), Head::Worktree] {
        let error = repo.open().compare(&direct("HEAD"), head).err().unwrap();
        assert_eq!(error, GitError::Unborn { branch: "main".into() });
    }
    assert!(matches!(repo.open().head_oid(), Err(GitError::Unborn { .. })));
    assert!(matches!(repo.open().all(&head()), Err(GitError::Unborn { .. })));
}

#[test]
fn the_default_base_is_the_remotes_default_branch() {
    let (origin, [_, _, third, _]) = history();
    origin.git(&["checkout", "-q", "main"]);
    let clone = Sandbox::clone_of(&origin, &[]);
    clone.git(&["checkout", "-q", "-b", "work"]);
    clone.write("work.yaml", "w").commit();
    let range = clone.open().default_base().unwrap();
    assert_eq!(range.base, Base::MergeBase("refs/remotes/origin/main".into()));
    assert_eq!(range.chosen_by, "merge base with origin/main, the default branch of its remote");
    let compared = clone.open().compare(&range, head()).unwrap();
    assert_eq!((shown(&compared), compared.comparison.base), (vec!["+work.yaml".into()], third));

    clone.git(&["remote", "set-head", "origin", "topic"]);
    assert!(clone.open().default_base().unwrap().chosen_by.contains("origin/topic"));
    clone.git(&["remote", "set-head", "origin", "--delete"]);
    assert!(clone.open().default_base().unwrap().chosen_by.contains("origin/main"));
    clone.git(&["update-ref", "refs/remotes/origin/master", "HEAD"]);
    clone.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    assert!(clone.open().default_base().unwrap().chosen_by.contains("origin/master"));

    clone.git(&["remote", "add", "fork", "file:///nonexistent"]);
    clone.git(&["update-ref", "refs/remotes/fork/main", "HEAD"]);
    clone.git(&["config", "branch.work.remote", "fork"]);
    assert!(clone.open().default_base().unwrap().chosen_by.contains("fork/main"));
    clone.git(&["checkout", "-q", "--detach"]);
    assert!(clone.open().default_base().unwrap().chosen_by.contains("origin/master"));
}

#[test]
fn without_a_remote_there_is_no_default_base() {
    let (repo, _) = history();
    let error = repo.open().default_base().unwrap_err();
    assert_eq!(error, GitError::NoBase);
    let help = error.help().unwrap();
    assert!(["--base", "PULLABLE_BASE", "--all"].iter().all(|way| help.contains(way)));
    repo.git(&["remote", "add", "only", "file:///nonexistent"]);
    assert_eq!(repo.open().default_base().unwrap_err(), GitError::NoBase);
    repo.git(&["update-ref", "refs/remotes/only/master", "HEAD"]);
    assert!(repo.open().default_base().unwrap().chosen_by.contains("only/master"));
}

/// The help never names a tag: every user who may push can create one.
#[test]
fn a_tag_named_like_an_abbreviated_id_is_not_recommended() {
    let (repo, [first, ..]) = history();
    let short = first.get(..12).unwrap();
    repo.git(&["tag", short, "HEAD"]);
    let error = repo.fails(&direct(short));
    assert_eq!(error.help().unwrap(), "write the whole object id of the commit");
}

#[test]
fn a_name_of_two_references_is_refused() {
    let (repo, [first, _, _, topic]) = history();
    repo.git(&["update-ref", "refs/remotes/origin/main", &first]);
    for tag in ["topic", "origin/main", "refs/remotes/origin/away"] {
        repo.git(&["tag", tag, "HEAD"]);
    }
    for (rev, full) in [
        ("topic", "refs/heads/topic"),
        ("topic~1", "refs/heads/topic"),
        ("origin/main", "refs/remotes/origin/main"),
        ("origin/main@{0}", "refs/remotes/origin/main"),
    ] {
        for range in [direct(rev), merge_base(rev)] {
            let error = repo.fails(&range);
            let name = full.split_once('/').unwrap().1.split_once('/').unwrap().1;
            let name = if full.contains("remotes") { "origin/main" } else { name };
            let said = format!("`{rev}` is ambiguous: it is refs/tags/{name} and {full}");
            assert_eq!(error.to_string(), said);
            assert_eq!(error.help().unwrap(), format!("write the full name, as in `{full}`"));
        }
    }
    let base = |rev: &str| repo.open().compare(&direct(rev), head()).unwrap().comparison.base;
    assert_eq!(base("refs/remotes/origin/main"), first);
    assert_eq!(base("refs/heads/topic"), topic);
    assert_eq!(base("heads/topic"), topic);
    // The tag `refs/remotes/origin/away` is not the branch of that name.
    let away = repo.fails(&direct("refs/remotes/origin/away"));
    assert!(matches!(away, GitError::UnknownRevision { .. }), "{away:?}");
}

#[test]
fn a_reference_named_like_an_object_is_refused() {
    let (repo, [first, ..]) = history();
    let short = &first[..12];
    let base = |rev: &str| repo.open().compare(&direct(rev), head()).unwrap().comparison.base;
    assert_eq!(base(short), first);
    repo.git(&["tag", short, "HEAD"]);
    let error = repo.fails(&merge_base(short));
    assert_eq!(
        error.to_string(),
        format!("`{short}` is ambiguous: it is refs/tags/{short} and the beginning of an object id")
    );
    assert_eq!(base(&first), first);
    repo.git(&["tag", "deadbeef", &first]);
    assert_eq!(base("deadbeef"), first, "no object has that id");
    repo.git(&["tag", &first, "HEAD"]);
    assert_eq!(base(&first), first, "a whole id is the object, as it is for git");
    repo.git(&["update-ref", "refs/heads/HEAD", &first]);
    assert_ne!(base("HEAD"), first);
}

#[test]
fn a_branch_that_nobody_fetched_names_the_fetch() {
    let (repo, _) = history();
    repo.git(&["remote", "add", "origin", "file:///nonexistent"]);
    let help = repo.fails(&merge_base("production")).help().unwrap();
    assert_eq!(
        help,
        "if it is a branch of the remote, name it origin/production, and fetch it: \
         git fetch --no-tags origin production:refs/remotes/origin/production"
    );
}
