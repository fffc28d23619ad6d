//! The replacement of files: permissions, links, files that changed, folders that take no file.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::{Duration, SystemTime};

use super::*;

fn folder() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("apps")).unwrap();
    fs::write(root.path().join("apps/web.yaml"), "old").unwrap();
    root
}

fn web() -> RepoPath {
    RepoPath::new("apps/web.yaml")
}

/// The names in a folder.
fn names(root: &Path, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root.join(folder)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_mode_stays() {
    let root = folder();
    let place = root.path().join("apps/web.yaml");
    for mode in [0o600, 0o644, 0o755, 0o664] {
        fs::set_permissions(&place, fs::Permissions::from_mode(mode)).unwrap();
        replace(root.path(), &web(), b"old", b"new").unwrap();
        assert_eq!(fs::read(&place).unwrap(), b"new");
        assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o7777, mode);
        replace(root.path(), &web(), b"new", b"old").unwrap();
    }
    assert_eq!(names(root.path(), "apps"), ["web.yaml"]);
}

#[test]
fn a_file_that_has_changed_stays() {
    let root = folder();
    let error = replace(root.path(), &web(), b"other", b"new").unwrap_err();
    assert!(matches!(error, ReplaceError::Changed), "{error}");
    assert_eq!(fs::read(root.path().join("apps/web.yaml")).unwrap(), b"old");
    assert_eq!(names(root.path(), "apps"), ["web.yaml"]);
}

#[test]
fn links_are_not_followed() {
    let root = folder();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("web.yaml"), "old").unwrap();
    symlink(outside.path(), root.path().join("folder")).unwrap();
    symlink(root.path().join("apps/web.yaml"), root.path().join("file.yaml")).unwrap();
    for (path, link) in [("folder/web.yaml", "folder"), ("file.yaml", "file.yaml")] {
        let error = replace(root.path(), &RepoPath::new(path), b"old", b"new").unwrap_err();
        assert!(matches!(&error, ReplaceError::Link(at) if at == link), "{error}");
    }
    assert_eq!(fs::read(outside.path().join("web.yaml")).unwrap(), b"old");
    assert_eq!(names(outside.path(), "."), ["web.yaml"]);
}

#[test]
fn nothing_outside_of_the_root_is_written() {
    let root = folder();
    let inner = root.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let absolute = RepoPath::new(root.path().join("apps/web.yaml").to_str().unwrap());
    let error = replace(&inner, &absolute, b"old", b"new").unwrap_err();
    assert!(matches!(error, ReplaceError::Outside(_)), "{error}");
    assert_eq!(fs::read(root.path().join("apps/web.yaml")).unwrap(), b"old");
}

#[test]
fn what_is_no_writable_file_is_refused() {
    let root = folder();
    let error = |path: &str| replace(root.path(), &RepoPath::new(path), b"old", b"new").unwrap_err();
    assert!(matches!(error("apps"), ReplaceError::NotAFile));
    assert!(matches!(error(""), ReplaceError::NotAFile));
    assert!(matches!(error("absent"), ReplaceError::System(why) if why.kind() == io::ErrorKind::NotFound));
    let place = root.path().join("apps/web.yaml");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o444)).unwrap();
    assert!(matches!(error("apps/web.yaml"), ReplaceError::ReadOnly));
}

#[test]
fn a_file_that_a_killed_run_left_behind_is_removed() {
    let root = folder();
    let apps = root.path().join("apps");
    let aged = |name: &str, age: u64| {
        let file = File::create(apps.join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
    };
    aged(".web.yaml.123-0.tmp", 7200);
    aged(".web.yaml.124-0.tmp", 0);
    aged(".web.yaml.mine.tmp", 7200);
    aged(".other.yaml.123-0.tmp", 7200);
    replace(root.path(), &web(), b"old", b"new").unwrap();
    let left = [".other.yaml.123-0.tmp", ".web.yaml.124-0.tmp", ".web.yaml.mine.tmp", "web.yaml"];
    assert_eq!(names(root.path(), "apps"), left);
}
