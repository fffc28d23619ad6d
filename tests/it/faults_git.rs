//! Damage in a repository: a command has the result of the sound repository, or states that it has none. It never passes
//! over what it could not read.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use testkit::repo::Repo;

use crate::revert::{history, overlay, registry};
use crate::sentry::{event, handle, kustomization, outcome};
use crate::support::machine::{Machine, shown};
use crate::support::{Run, pullable};

/// The ways in which a file is damaged.
const DAMAGES: [&str; 4] = ["removed", "cut", "overwritten", "a folder"];

fn damage(file: &Path, how: &str) {
    fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
    let bytes = fs::read(file).unwrap();
    match how {
        "removed" => fs::remove_file(file).unwrap(),
        "cut" => fs::write(file, bytes.get(..bytes.len() / 2).unwrap()).unwrap(),
        "overwritten" => fs::write(file, [0x13; 40]).unwrap(),
        _ => {
            fs::remove_file(file).unwrap();
            fs::create_dir(file).unwrap();
        }
    }
}

fn restore(file: &Path, bytes: &[u8]) {
    if file.is_dir() {
        fs::remove_dir(file).unwrap();
    }
    fs::write(file, bytes).unwrap();
}

/// The files that git needs: objects, references, the index and the configuration.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !["hooks", "logs", "info"].contains(&name) {
                files(&path, found);
            }
        } else if !["description", "COMMIT_EDITMSG"].contains(&name) {
            found.push(path);
        }
    }
}

fn object(repo: &Repo, revision: &str) -> PathBuf {
    let id = repo.git(&["rev-parse", revision]);
    let (folder, file) = id.split_at(2);
    repo.path().join(".git/objects").join(folder).join(file)
}

/// The commands that read objects.
const COMMANDS: [&str; 9] = [
    "check --all --head HEAD",
    "check --all",
    "check --base HEAD~2 --head HEAD~1",
    "images --all --head HEAD",
    "where **/shop/web:1.5.O",
    "revert --dry-run",
    "audit",
    "drift FILES/dump.json",
    "sentry --event FILES/event.json",
];

/// Every file of `.git` in turn. Codes of results that are not those of the sound repository: 1 only with a finding of it.
#[test]
fn every_file_of_git() {
    let machine = Machine::new();
    let mut all = Vec::new();
    files(&machine.repo().path().join(".git"), &mut all);
    assert!(all.len() > 20, "{all:?}");
    let sound: Vec<Run> = COMMANDS.iter().map(|line| machine.sound(line)).collect();
    for (number, file) in all.iter().enumerate() {
        let bytes = fs::read(file).unwrap();
        // Each file in one way, and each way with a quarter of the files: all of them take minutes.
        let how = DAMAGES[number % DAMAGES.len()];
        damage(file, how);
        for (line, sound) in COMMANDS.iter().zip(&sound) {
            let run = machine.sound(line);
            let what =
                format!("{how} {} {line}: exit {}\n{}{}", file.display(), run.code, run.stdout, run.stderr);
            assert!(!run.stderr.contains("panicked"), "{what}");
            // `where` states what it could not read, besides the places that it found.
            let stated = ["only partly read: ", "since at least ", "since when is not known: "];
            let is_partial =
                line.starts_with("where") && stated.iter().any(|words| run.stdout.contains(words));
            let is_same = shown(&run) == shown(sound);
            assert!([1, 2, 3].contains(&run.code) || is_same || is_partial, "{what}");
            assert!(run.code != 1 || sound.code == 1, "{what}");
            assert!(run.code != 2 || !run.stderr.is_empty(), "{what}");
        }
        restore(file, &bytes);
    }
}

/// A base that no commit changes, and an overlay that the newest commit changes.
fn changed() -> (testkit::registry::Registry, Repo) {
    let registry = registry(&["1", "base"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    (registry, repo)
}

/// The change introduces no damage, and yet nothing of its unit can be checked.
#[test]
fn an_object_that_no_commit_of_the_range_changes() {
    for path in ["base/kustomization.yaml", "base/web.yaml"] {
        let (_registry, repo) = changed();
        fs::remove_file(object(&repo, &format!("HEAD:{path}"))).unwrap();
        for format in ["json", "human"] {
            let run = pullable(&repo, &["check", "--base", "HEAD~1", "--head", "HEAD", "--format", format]);
            assert_eq!(run.code, 3, "{path}: {}{}", run.stdout, run.stderr);
            assert!(run.stdout.contains("unreadable-file") && run.stdout.contains(path), "{}", run.stdout);
            assert!(!run.stdout.contains('✓'), "{}", run.stdout);
        }
    }
}

/// The change touches only a file that the kustomization may include or not.
#[test]
fn a_kustomization_beside_the_change() {
    let (registry, repo) = changed();
    repo.write("base/web.yaml", crate::revert::deployment(&format!("{}/shop/web:1", registry.host())));
    repo.commit("Bump the base");
    fs::remove_file(object(&repo, "HEAD:prod/kustomization.yaml")).unwrap();
    let run = pullable(&repo, &["check", "--base", "HEAD~1", "--head", "HEAD", "--format", "json"]);
    assert_eq!((run.code, run.rules()), (3, vec!["unreadable-file".to_owned()]), "{}", run.stdout);
}

/// "Nothing to revert" would be taken for an answer about all references.
#[test]
fn a_revert_of_a_head_that_cannot_be_read() {
    let (_registry, repo) = changed();
    fs::remove_file(object(&repo, "HEAD:prod/kustomization.yaml")).unwrap();
    let run = pullable(&repo, &["revert"]);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("prod/kustomization.yaml"), "{}", run.stdout);
    assert_eq!(repo.git(&["branch", "--list", "pullable/*"]), "");
}

/// A file that cannot be read in an earlier commit is not a file that this commit lacks: `--whole-commit` would remove the
/// unit.
#[test]
fn a_revert_through_a_history_that_cannot_be_read() {
    for how in DAMAGES {
        let (_registry, repo) = changed();
        damage(&object(&repo, "HEAD~1:prod/kustomization.yaml"), how);
        for args in [&["revert"][..], &["revert", "--whole-commit"], &["revert", "--image", "**/shop/web:2"]]
        {
            let run = pullable(&repo, args);
            let text = format!("{how} {args:?}: {}{}", run.stdout, run.stderr);
            assert!([2, 3].contains(&run.code), "{text}");
            assert!(!text.contains("was added by this commit"), "{text}");
            assert_eq!(repo.git(&["branch", "--list", "pullable/*"]), "", "{text}");
        }
        let text = pullable(&repo, &["revert"]);
        let text = text.stdout + &text.stderr;
        assert!(text.contains("prod/kustomization.yaml at ") && text.contains("cannot be read"), "{text}");
    }
}

/// A sentry proposes nothing from a clone that it cannot read.
#[test]
fn a_sentry_in_a_damaged_clone() {
    let (_registry, repo) = changed();
    repo.write("clusters/prod/apps.yaml", kustomization("apps", "./prod")).commit("Deploy prod");
    for revision in ["HEAD:prod/kustomization.yaml", "HEAD:base/web.yaml", "HEAD~2:prod/kustomization.yaml"] {
        let file = object(&repo, revision);
        let bytes = fs::read(&file).unwrap();
        damage(&file, "cut");
        let run = handle(&repo, &event("apps"), &["--format", "json"]);
        let text = format!("{revision}: {}{}", run.stdout, run.stderr);
        assert!([1, 2, 3].contains(&run.code) && text.contains("cannot be read"), "{text}");
        if run.code != 2 {
            let outcome = outcome(&run);
            assert_ne!(outcome["decision"], "propose", "{text}");
            assert!(outcome["incidents"] == serde_json::json!([]) && !text.contains("decides it"), "{text}");
        }
        restore(&file, &bytes);
    }
}

/// A clone that borrows the objects of another one, which is gone.
#[test]
fn alternates_that_are_gone() {
    let (registry, origin) = changed();
    let clone = Repo::new();
    let place = origin.path().with_file_name("borrowing");
    clone.git(&["clone", "-q", "--shared", origin.path().to_str().unwrap(), place.to_str().unwrap()]);
    let run = |args: &[&str]| {
        let mut command = clone.command(crate::support::PULLABLE);
        crate::support::run(command.current_dir(&place).env("LC_ALL", "C.UTF-8").args(args))
    };
    assert_eq!(run(&["check", "--all", "--head", "HEAD"]).code, 1);
    fs::rename(origin.path().join(".git/objects"), origin.path().join(".git/moved")).unwrap();
    for args in [
        &["check", "--all", "--head", "HEAD"][..],
        &["check", "--base", "HEAD~1"],
        &["images", "--all", "--head", "HEAD"],
        &["where", "**"],
        &["revert"],
        &["audit"],
        &["hook", "pre-push", "origin"],
    ] {
        let run = run(args);
        let is_hook = args[0] == "hook";
        assert!(is_hook || [2, 3].contains(&run.code), "{args:?}: {}{}", run.stdout, run.stderr);
        assert!(!run.stderr.contains("panicked"), "{args:?}: {}", run.stderr);
    }
    drop(registry);
}

/// `packed-refs`, `HEAD` and the configuration with errors, each with a message that names the file or the key.
#[test]
fn references_and_configuration_with_errors() {
    let (_registry, repo) = changed();
    repo.git(&["pack-refs", "--all"]);
    let cases: [(&str, &[u8]); 6] = [
        ("packed-refs", b"# pack-refs with: peeled\nnot a reference\n"),
        ("packed-refs", b"\xff\xfe"),
        ("HEAD", b""),
        ("HEAD", b"ref: refs/heads/absent\n"),
        ("config", b"[core\n\tbare = maybe\n"),
        ("config", b"[core]\n\trepositoryformatversion = 99\n"),
    ];
    for (name, bytes) in cases {
        let file = repo.path().join(".git").join(name);
        let before = fs::read(&file).unwrap();
        fs::write(&file, bytes).unwrap();
        for args in [
            &["check", "--all"][..],
            &["check", "--base", "HEAD~1"],
            &["revert"],
            &["where", "**"],
            &["audit"],
        ] {
            let run = pullable(&repo, args);
            // A damaged line of packed-refs may hide only a reference that nobody needs.
            assert!([1, 2, 3].contains(&run.code), "{name} {args:?}: {}{}", run.stdout, run.stderr);
            assert!(!run.stderr.contains("panicked"), "{name} {args:?}: {}", run.stderr);
        }
        fs::write(&file, before).unwrap();
    }
    assert_eq!(pullable(&repo, &["check", "--all"]).code, 1);
}

/// A pack and its index that are damaged.
#[test]
fn packs_that_are_damaged() {
    let machine = Machine::new();
    let repo = machine.repo();
    repo.git(&["repack", "-qad"]);
    repo.git(&["prune-packed"]);
    let packs = fs::read_dir(repo.path().join(".git/objects/pack")).unwrap();
    let sound: Vec<Run> = COMMANDS.iter().map(|line| machine.sound(line)).collect();
    for file in packs.map(|entry| entry.unwrap().path()) {
        let bytes = fs::read(&file).unwrap();
        for how in DAMAGES {
            damage(&file, how);
            for (line, sound) in COMMANDS.iter().zip(&sound) {
                let run = machine.sound(line);
                let what = format!(
                    "{how} {} {line}: exit {}\n{}{}",
                    file.display(),
                    run.code,
                    run.stdout,
                    run.stderr
                );
                assert!(!run.stderr.contains("panicked"), "{what}");
                assert!([2, 3].contains(&run.code) || shown(&run) == shown(sound), "{what}");
            }
            restore(&file, &bytes);
        }
    }
}

/// A repository whose overlay has a value of its own for each commit, in the object format SHA-256.
#[test]
fn damage_in_a_sha256_repository() {
    let registry = registry(&["1", "base"]);
    let repo = Repo::sha256();
    repo.write("base/kustomization.yaml", "resources: [web.yaml]\n");
    repo.write("base/web.yaml", crate::revert::deployment(&format!("{}/shop/web:base", registry.host())));
    for tag in ["'1'", "'2'"] {
        repo.write("prod/kustomization.yaml", overlay(&registry, tag)).commit(tag);
    }
    fs::remove_file(object(&repo, "HEAD:base/web.yaml")).unwrap();
    assert_eq!(pullable(&repo, &["check", "--base", "HEAD~1", "--head", "HEAD"]).code, 3);
    assert_eq!(pullable(&repo, &["revert"]).code, 3);
}
