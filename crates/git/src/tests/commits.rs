//! Tests of comparisons of two commits.

use super::*;

#[test]
fn added_changed_and_removed_files() {
    let repo = Sandbox::new();
    repo.write("a.yaml", "a").write("b/b.yaml", "b").write("c.yaml", "c").write("same.yaml", "same");
    let base = repo.commit();
    repo.write("a.yaml", "A").write("d/e/f.yaml", "totally else").remove("b/b.yaml");
    let head_oid = repo.commit();
    repo.write("a.yaml", "not committed");
    let compared = repo.compare(&base, &head());
    assert_eq!(shown(&compared), ["+d/e/f.yaml", "-b/b.yaml", "a.yaml"]);
    assert_eq!((&compared.comparison.base, &compared.comparison.head), (&base, &head_oid));
    assert_eq!(compared.comparison.chosen_by, "a test");
    assert_eq!(read(&*compared.base, "a.yaml").as_deref(), Some("a"));
    assert_eq!(read(&*compared.head, "a.yaml").as_deref(), Some("A"));
    assert_eq!(read(&*compared.head, "b/b.yaml"), None);
    assert_eq!(read(&*compared.head, "d/e"), None);
    assert_eq!(listed(&*compared.base), ["a.yaml", "b/b.yaml", "c.yaml", "same.yaml"]);
    assert_eq!(listed(&*compared.head), ["a.yaml", "c.yaml", "d/e/f.yaml", "same.yaml"]);
    assert_eq!(read(&*compared.head, "d/e/f.yaml").as_deref(), Some("totally else"));
    assert_eq!(read(&*compared.head, "d/e"), None);
}

#[test]
fn renames_are_found_by_content_and_by_similarity() {
    let repo = Sandbox::new();
    repo.git(&["config", "diff.renames", "false"]);
    repo.git(&["config", "diff.renameLimit", "1"]);
    repo.write("exact.yaml", &lines("exact", 0)).write("similar.yaml", &lines("similar", 0));
    repo.write("half.yaml", &lines("half", 0)).write("data.bin", &lines("data", 0));
    for file in ["kustomization.yaml", "app.yaml"] {
        repo.write(&format!("old/{file}"), "the same in both\n");
    }
    let base = repo.commit();
    repo.rename("exact.yaml", "x/exact.yaml").rename("data.bin", "other.bin");
    repo.remove("similar.yaml").write("x/renamed.yaml", &lines("similar", 3));
    repo.remove("half.yaml").write("x/else.yaml", &lines("half", 15));
    repo.rename("old", "new").remove("new/app.yaml").write("new/app.yaml", "the same in both\n");
    repo.commit();
    let compared = repo.compare(&base, &head());
    assert_eq!(
        shown(&compared),
        [
            "+x/else.yaml",
            "-half.yaml",
            "data.bin>other.bin",
            "exact.yaml>x/exact.yaml",
            "old/app.yaml>new/app.yaml",
            "old/kustomization.yaml>new/kustomization.yaml",
            "similar.yaml>x/renamed.yaml"
        ]
    );
    assert!(compared.changes.is_sorted());
}

#[test]
fn similarity_does_not_depend_on_line_ends() {
    let repo = Sandbox::new();
    let base = repo.write("a.yaml", &lines("a", 0)).commit();
    repo.remove("a.yaml").write("b.yaml", &lines("a", 0).replace('\n', "\r\n"));
    for head in [Head::Worktree, head()] {
        assert_eq!(shown(&repo.compare(&base, &head)), ["a.yaml>b.yaml"]);
        repo.commit();
    }
}

#[test]
fn the_most_similar_file_is_taken_then_the_one_that_keeps_its_name() {
    let repo = Sandbox::new();
    repo.write("a/app.yaml", &lines("x", 6))
        .write("a/other.yaml", &lines("x", 6))
        .write("b.yaml", &lines("x", 2));
    let base = repo.commit();
    repo.git(&["rm", "-q", "-r", "."]);
    repo.write("new/app.yaml", &lines("x", 5)).write("new/c.yaml", &lines("x", 1)).commit();
    let expected = ["-a/other.yaml", "a/app.yaml>new/app.yaml", "b.yaml>new/c.yaml"];
    assert_eq!(shown(&repo.compare(&base, &head())), expected);
}

#[test]
fn too_much_to_compare_leaves_equal_content() {
    let repo = Sandbox::new();
    let text = |file: usize| format!("file {file}\n").repeat(130_000);
    for file in 1..=12 {
        repo.write(&format!("old/{file}.yaml"), &text(file));
    }
    let base = repo.commit();
    repo.rename("old", "new");
    for file in 2..=12 {
        repo.write(&format!("new/{file}.yaml"), &format!("{}more\n", text(file)));
    }
    repo.commit();
    let compared = repo.compare(&base, &head());
    let (renamed, others): (Vec<_>, Vec<_>) =
        shown(&compared).into_iter().partition(|change| change.contains('>'));
    assert_eq!((renamed, others.len()), (vec!["old/1.yaml>new/1.yaml".into()], 22));
}

#[test]
fn empty_files_are_not_renames() {
    let repo = Sandbox::new();
    let base = repo.write("a.yaml", "").commit();
    repo.rename("a.yaml", "b.yaml").commit();
    assert_eq!(shown(&repo.compare(&base, &head())), ["+b.yaml", "-a.yaml"]);
}

#[test]
fn only_regular_files_are_changes() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let repo = Sandbox::new();
    repo.write("run.yaml", "x").write("becomes-link.yaml", "y").write("becomes-folder", "z");
    symlink("run.yaml", repo.path.join("becomes-file.yaml")).unwrap();
    symlink("run.yaml", repo.path.join("link.yaml")).unwrap();
    let base = repo.commit();
    fs::set_permissions(repo.path.join("run.yaml"), PermissionsExt::from_mode(0o755)).unwrap();
    for (path, target) in [("becomes-link.yaml", "run.yaml"), ("link.yaml", "elsewhere")] {
        repo.remove(path);
        symlink(target, repo.path.join(path)).unwrap();
    }
    repo.remove("becomes-file.yaml").write("becomes-file.yaml", "new");
    repo.remove("becomes-folder").write("becomes-folder/in.yaml", "fresh content");
    repo.commit();
    let compared = repo.compare(&base, &head());
    let expected = ["+becomes-file.yaml", "+becomes-folder/in.yaml", "-becomes-folder", "-becomes-link.yaml"];
    assert_eq!(shown(&compared), expected);
    assert_eq!(read(&*compared.head, "link.yaml"), None);
    assert_eq!(read(&*compared.head, "run.yaml").as_deref(), Some("x"));
    assert_eq!(listed(&*compared.head), ["becomes-file.yaml", "becomes-folder/in.yaml", "run.yaml"]);
    assert_eq!(read(&*compared.head, "link.yaml"), None);
}

#[test]
fn submodules_are_named_apart() {
    let other = Sandbox::new();
    other.write("in.yaml", "x").commit();
    let repo = Sandbox::new();
    let base = repo.write("a.yaml", "a").commit();
    repo.git(&["submodule", "--quiet", "add", &other.path.display().to_string(), "vendor/sub"]);
    repo.commit();
    let compared = repo.compare(&base, &head());
    assert_eq!(shown(&compared), ["+.gitmodules"]);
    assert_eq!(compared.submodules, [RepoPath::new("vendor/sub")]);
    assert_eq!(read(&*compared.head, "vendor/sub/in.yaml"), None);
    let all = repo.open().all(&head()).unwrap();
    assert_eq!(all.submodules, [RepoPath::new("vendor/sub")]);
    assert_eq!(listed(&*all.files), [".gitmodules", "a.yaml"]);
}

#[test]
fn names_that_are_not_utf8_are_told() {
    use std::os::unix::ffi::OsStrExt;
    let repo = Sandbox::new();
    let base = repo.write("a.yaml", "a").commit();
    fs::write(repo.path.join(std::ffi::OsStr::from_bytes(b"b\xff.yaml")), "b").unwrap();
    repo.commit();
    for head in [head(), Head::Worktree] {
        let compared = repo.compare(&base, &head);
        assert!(compared.changes.is_empty());
        assert_eq!(compared.not_utf8, ["b\u{fffd}.yaml"]);
        assert_eq!(listed(&*compared.head), ["a.yaml"]);
        assert_eq!(repo.open().all(&head).unwrap().not_utf8, ["b\u{fffd}.yaml"]);
    }
}

#[test]
fn sizes_are_checked_before_reading() {
    let repo = Sandbox::new();
    repo.write("a.yaml", "123456").commit();
    for head in [head(), Head::Worktree] {
        let files = repo.open().all(&head).unwrap().files;
        let path = RepoPath::new("a.yaml");
        assert_eq!(files.read(&path, 5), Err(source::ReadError::TooLarge { size: 6, limit: 5 }));
        assert_eq!(files.read(&path, 6).unwrap().unwrap(), b"123456");
        assert_eq!(files.read(&RepoPath::new(""), 6), Ok(None));
    }
}

#[test]
fn sha256_repositories_work() {
    let repo = Sandbox::init(&["--object-format=sha256"]);
    let base = repo.write("a.yaml", &lines("a", 0)).commit();
    assert_eq!(base.len(), 64);
    repo.rename("a.yaml", "b.yaml").write("b.yaml", &lines("a", 2)).commit();
    assert_eq!(shown(&repo.compare(&base, &head())), ["a.yaml>b.yaml"]);
    repo.rename("b.yaml", "c.yaml");
    assert_eq!(shown(&repo.compare(&base, &Head::Worktree)), ["a.yaml>c.yaml"]);
    let error = repo.fails(&direct(&"1".repeat(64)));
    assert!(matches!(error, GitError::AbsentCommit { .. }), "{error}");
}

#[test]
fn a_tree_is_read_from_many_threads() {
    let repo = Sandbox::new();
    for n in 0..50 {
        repo.write(&format!("d{}/{n}.yaml", n % 7), &format!("{n}"));
    }
    repo.commit();
    let compared = repo.compare("HEAD", &head());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for n in 0..50 {
                    let path = format!("d{}/{n}.yaml", n % 7);
                    assert_eq!(read(&*compared.head, &path), Some(n.to_string()));
                    assert_eq!(read(&*compared.base, &path), Some(n.to_string()));
                }
                assert_eq!(compared.head.list().unwrap().len(), 50);
            });
        }
    });
}

#[test]
fn a_partial_clone_finds_exact_renames_and_reads_through_git() {
    let origin = Sandbox::new();
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    origin.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    origin.write("a.yaml", &lines("a", 0)).write("b.yaml", &lines("b", 0));
    let base = origin.commit();
    origin
        .rename("a.yaml", "x/a.yaml")
        .rename("b.yaml", "x/b.yaml")
        .write("x/b.yaml", &lines("b", 1))
        .commit();
    let clone = Sandbox::clone_of(&origin, &["--bare", "--filter=blob:none"]);
    let compared = clone.compare(&base, &head());
    assert_eq!(shown(&compared), ["+x/b.yaml", "-b.yaml", "a.yaml>x/a.yaml"]);
    let path = RepoPath::new("b.yaml");
    let too_large = compared.base.read(&path, 5);
    assert!(matches!(too_large, Err(source::ReadError::TooLarge { limit: 5, .. })), "{too_large:?}");
    assert_eq!(read(&*compared.base, "b.yaml"), Some(lines("b", 0)));

    fs::remove_dir_all(&origin.path).unwrap();
    let error = compared.head.read(&RepoPath::new("x/b.yaml"), 1 << 20).unwrap_err();
    assert!(error.to_string().contains("left out of this partial clone"), "{error}");
}

/// Credentials of a CI system may be in a file that the configuration includes.
#[test]
fn a_fetch_is_told_addresses_and_no_programs() {
    let repo = Sandbox::new();
    repo.write(
        ".git/extra",
        "[http \"https://git.example/\"]\n\textraheader = \"AUTHORIZATION: basic a\\\"b\"\n",
    );
    for (key, value) in [
        ("include.path", "extra"),
        ("remote.origin.url", "https://git.example/x;y.git"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.uploadpack", "program"),
        ("core.sshCommand", "program"),
        ("core.hooksPath", "hooks"),
        ("credential.helper", "!program"),
        ("credential.username", "robot"),
        ("url.https://git.example/.insteadOf", "short:"),
        ("alias.cat-file", "!program"),
    ] {
        repo.git(&["config", key, value]);
    }
    let text = repo.open().pool.with(|repo| promised::configuration(repo.config_snapshot().plumbing()));
    let copy = Sandbox::new();
    fs::write(copy.path.join(".git/config"), text).unwrap();
    let mut kept: Vec<String> =
        copy.git(&["config", "--list", "--local"]).lines().map(str::to_owned).collect();
    kept.sort();
    let expected = [
        "core.bare=true",
        "core.repositoryformatversion=1",
        "credential.username=robot",
        "http.https://git.example/.extraheader=AUTHORIZATION: basic a\"b",
        "remote.origin.promisor=true",
        "remote.origin.url=https://git.example/x;y.git",
        "url.https://git.example/.insteadof=short:",
    ];
    assert_eq!(kept, expected);
}

#[test]
fn links_are_listed_with_the_targets_that_the_tree_has() {
    use std::os::unix::fs::symlink;
    let repo = Sandbox::new();
    repo.write("lib/x.yaml", "x").write("apps/a.yaml", "a");
    symlink("../lib/x.yaml", repo.path.join("apps/l.yaml")).unwrap();
    symlink("/etc/passwd", repo.path.join("z")).unwrap();
    let base = repo.commit();
    repo.remove("apps/l.yaml").remove("z");
    symlink("../lib", repo.path.join("apps/l.yaml")).unwrap();
    symlink("x".repeat(4096 - 1), repo.path.join("long")).unwrap();
    repo.commit();
    // The work tree has other links.
    repo.remove("apps/l.yaml");
    symlink("a.yaml", repo.path.join("apps/l.yaml")).unwrap();
    symlink("apps", repo.path.join("new")).unwrap();
    let compared = repo.compare(&base, &head());
    assert_eq!(links(&*compared.base), ["apps/l.yaml -> ../lib/x.yaml", "z -> /etc/passwd"]);
    let long = format!("long -> {}", "x".repeat(4095));
    assert_eq!(links(&*compared.head), ["apps/l.yaml -> ../lib", &long]);
    assert_eq!(links(&*repo.open().all(&head()).unwrap().files), ["apps/l.yaml -> ../lib", &long]);
    let here = repo.compare(&base, &Head::Worktree).head;
    assert_eq!(links(&*here), ["apps/l.yaml -> a.yaml", &long, "new -> apps"]);
}

/// Files are read fastest in the order of the pack: the base of a delta comes before the delta.
#[test]
fn the_order_for_reading_is_that_of_the_pack() {
    let repo = Sandbox::new();
    for number in 0..40 {
        let text = format!("{}{}", lines("same", number), "x".repeat(300 - 5 * number));
        repo.write(&format!("{:02}.yaml", 17 * number % 40), &text);
    }
    repo.commit();
    repo.git(&["repack", "-adq"]);
    let objects = repo.git(&["verify-pack", "-v", &pack_index(&repo)]);
    let offset = |path: &&RepoPath| -> u64 {
        let id = repo.git(&["rev-parse", &format!("HEAD:{path}")]);
        let line = objects.lines().find(|line| line.starts_with(id.trim())).unwrap();
        line.split_whitespace().nth(4).unwrap().parse().unwrap()
    };
    let compared = repo.compare("HEAD", &head());
    let paths = compared.head.list().unwrap();
    let mut sorted: Vec<&RepoPath> = paths.iter().collect();
    assert!(!sorted.is_sorted_by_key(offset));
    compared.head.sort_for_reading(&mut sorted);
    assert!(sorted.is_sorted_by_key(offset));
    assert_eq!(sorted.len(), paths.len());
    // Without packs no order is better than another one.
    let loose = Sandbox::new();
    loose.write("b.yaml", "b").write("a.yaml", "a").commit();
    let compared = loose.compare("HEAD", &head());
    let (a, b) = (RepoPath::new("a.yaml"), RepoPath::new("b.yaml"));
    let mut sorted = vec![&b, &a];
    compared.head.sort_for_reading(&mut sorted);
    assert_eq!(sorted, [&b, &a]);
}

fn pack_index(repo: &Sandbox) -> String {
    let folder = repo.path.join(".git/objects/pack");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let index = entries.into_iter().find(|path| path.extension().is_some_and(|end| end == "idx"));
    index.unwrap().to_str().unwrap().to_owned()
}
