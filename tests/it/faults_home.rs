//! A home folder and a cache that are absent, damaged or in the way: every command has the same result.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use testkit::environment::Scrubbed as _;
use testkit::registry::Registry;

use crate::support::machine::{Machine, READING, WRITING, shown};
use crate::support::{PULLABLE, Run, pod, run};

#[test]
fn a_home_that_is_of_no_use() {
    let machine = Machine::new();
    machine.write("file", "");
    let file = machine.file("file").display().to_string();
    let parent = tempfile::tempdir().unwrap();
    let (absent, file) = (format!("HOME={}/home", parent.path().display()), format!("HOME={file}"));
    let homes = ["unset HOME", "HOME=", &absent, "HOME=relative", &file];
    for (number, line) in READING.into_iter().chain(WRITING).enumerate() {
        machine.reset();
        let sound = machine.sound(line);
        for home in [homes[number % 5], homes[(number + 2) % 5]] {
            machine.reset();
            machine.write("file", "");
            let run = machine.after(home, line);
            assert_eq!(shown(&run), shown(&sound), "{home} {line}: {}", run.stderr);
        }
    }
    assert!(!machine.repo().path().join("relative").exists());
    assert!(!parent.path().join("home").exists(), "a home is not created");
}

/// A registry with an index of platforms, whose facts are kept in the cache, and a folder with an image of it.
struct Cached {
    registry: Registry,
    folder: TempDir,
}

impl Cached {
    fn new() -> Self {
        let registry = Registry::start();
        registry.push("shop/web", "1");
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.yaml"), pod(&[&format!("{}/shop/web:1", registry.host())])).unwrap();
        Self { registry, folder }
    }

    /// Checks the platform of the image, with a cache below this folder.
    fn check(&self, cache: &Path) -> Run {
        let mut command = Command::new(PULLABLE);
        command.current_dir(self.folder.path()).scrubbed().env("XDG_CACHE_HOME", cache);
        run(command.args(["check", "a.yaml", "--platform", "linux/amd64", "--format", "json"]))
    }
}

const FILE: &str = "pullable/digests-1.json";

#[test]
fn a_cache_that_is_damaged() {
    let cached = Cached::new();
    let cache = tempfile::tempdir().unwrap();
    assert_eq!(cached.check(cache.path()).code, 0);
    let good = fs::read(cache.path().join(FILE)).unwrap();
    let half = good.get(..good.len() / 2).unwrap();
    let newer = br#"{"version": 2, "digests": {}}"#;
    for bytes in [b"".as_slice(), half, newer, b"\xff\xfe\x00", b"[[[[[[[["] {
        fs::write(cache.path().join(FILE), bytes).unwrap();
        cached.registry.clear_requests();
        let run = cached.check(cache.path());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{bytes:?}");
        assert!(cached.registry.count("GET", "/blobs/") > 0, "nothing of it is used");
        assert_eq!(fs::read(cache.path().join(FILE)).unwrap(), good, "it is written anew");
    }
}

/// Neither the result nor the time of a run depends on it: the opening of a pipe would wait for its writer.
#[test]
fn a_cache_that_is_something_else() {
    let cached = Cached::new();
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str| folder.path().join(name);
    fs::create_dir_all(of("folder").join(FILE)).unwrap();
    fs::create_dir_all(of("pipe/pullable")).unwrap();
    assert!(Command::new("mkfifo").arg(of("pipe").join(FILE)).status().unwrap().success());
    fs::create_dir_all(of("file")).unwrap();
    fs::write(of("file/pullable"), "").unwrap();
    fs::write(of("itself"), "").unwrap();
    std::os::unix::fs::symlink("loop", of("loop")).unwrap();
    fs::create_dir_all(of("read-only/pullable")).unwrap();
    fs::set_permissions(of("read-only/pullable"), fs::Permissions::from_mode(0o555)).unwrap();
    for name in ["folder", "pipe", "file", "itself", "loop", "absent/below", "read-only"] {
        let run = cached.check(&of(name));
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{name}");
    }
    assert!(of("pipe").join(FILE).metadata().unwrap().len() == 0);
    assert_eq!(fs::read(of("file/pullable")).unwrap(), b"");
}

/// A cache of another user that may not be read: as root, permissions do not apply.
#[test]
fn a_cache_without_permission() {
    let cached = Cached::new();
    let cache = tempfile::tempdir().unwrap();
    fs::create_dir(cache.path().join("pullable")).unwrap();
    fs::set_permissions(cache.path().join("pullable"), fs::Permissions::from_mode(0o000)).unwrap();
    let run = cached.check(cache.path());
    fs::set_permissions(cache.path().join("pullable"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}
