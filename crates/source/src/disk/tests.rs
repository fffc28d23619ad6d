use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

/// A folder with these files; a name that ends in `/` is a folder.
fn folder(names: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in names {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::write(path, name).unwrap();
        }
    }
    dir
}

fn paths(current: &Path, named: &[&str]) -> Result<Paths, PathError> {
    Paths::new(current, &named.iter().map(PathBuf::from).collect::<Vec<_>>())
}

fn names(paths: &Paths) -> Vec<String> {
    paths.list().unwrap().iter().map(ToString::to_string).collect()
}

fn read(paths: &Paths, name: &str) -> Result<Option<String>, ReadError> {
    let bytes = paths.read(&RepoPath::new(name), 1000)?;
    Ok(bytes.map(|bytes| String::from_utf8(bytes).unwrap()))
}

#[test]
fn folders_are_walked_for_yaml_and_json() {
    let dir = folder(&[
        "b/z.yml",
        "b/a/x.JSON",
        "a.yaml",
        "b/note.txt",
        "b/.git/c.yaml",
        "x.yaml/in.yaml",
        "c.txt",
        "Kustomization",
    ]);
    let paths = paths(dir.path(), &["."]).unwrap();
    assert_eq!(names(&paths), ["Kustomization", "a.yaml", "b/a/x.JSON", "b/z.yml", "x.yaml/in.yaml"]);
    assert_eq!(read(&paths, "b/z.yml").unwrap().as_deref(), Some("b/z.yml"));
    assert_eq!(read(&paths, "b/none.txt").unwrap(), None);
    assert_eq!(read(&paths, "x.yaml").unwrap(), None);
    assert!(paths.problems().is_empty());
}

#[test]
fn what_is_named_outright_is_taken_whatever_its_name() {
    let dir = folder(&["deploy.tmpl", "b/a.yaml", "real.yaml"]);
    symlink("real.yaml", dir.path().join("link")).unwrap();
    let paths = paths(dir.path(), &["./b/../deploy.tmpl", "b", "b/a.yaml", "link"]).unwrap();
    assert_eq!(names(&paths), ["b/a.yaml", "deploy.tmpl", "link"]);
    assert_eq!(read(&paths, "link").unwrap().as_deref(), Some("real.yaml"));
}

#[test]
fn what_lies_outside_the_current_folder_has_an_absolute_path() {
    let dir = folder(&["here/a.yaml", "there/b.yaml"]);
    let current = dir.path().join("here");
    let outside = dir.path().join("there/b.yaml");
    let outside = outside.to_str().unwrap();
    let both = paths(&current, &["a.yaml", "../there"]).unwrap();
    assert_eq!(names(&both), [outside, "a.yaml"]);
    assert_eq!(read(&both, outside).unwrap().as_deref(), Some("there/b.yaml"));
    assert_eq!(names(&paths(&current, &[outside]).unwrap()), [outside]);
    let inside = paths(&current, &[current.join("a.yaml").to_str().unwrap()]).unwrap();
    assert_eq!(names(&inside), ["a.yaml"]);
    assert_eq!(read(&inside, "none.yaml"), Ok(None));
}

#[test]
fn what_is_not_there_is_an_error() {
    let dir = folder(&["a.yaml"]);
    symlink("nowhere", dir.path().join("dangling.yaml")).unwrap();
    for name in ["missing.yaml", "a.yaml/b", "dangling.yaml"] {
        assert_eq!(paths(dir.path(), &[name]).unwrap_err(), PathError::NotFound(name.into()));
    }
}

#[test]
fn pipes_and_devices_are_never_opened() {
    let dir = folder(&["a.yaml"]);
    let made = std::process::Command::new("mkfifo").arg(dir.path().join("pipe.yaml")).status().unwrap();
    assert!(made.success());
    assert_eq!(names(&paths(dir.path(), &["."]).unwrap()), ["a.yaml"]);
    for name in ["pipe.yaml", "/dev/null"] {
        assert_eq!(paths(dir.path(), &[name]).unwrap_err(), PathError::NotAFile(name.into()));
    }
}

#[test]
fn walking_does_not_follow_symbolic_links() {
    let dir = folder(&["a/x.yaml", "outside/y.yaml"]);
    symlink("../outside", dir.path().join("a/folder")).unwrap();
    symlink("../outside/y.yaml", dir.path().join("a/y.yaml")).unwrap();
    symlink(".", dir.path().join("a/loop")).unwrap();
    let paths = paths(dir.path(), &["a"]).unwrap();
    assert_eq!(names(&paths), ["a/x.yaml"]);
    fs::remove_file(dir.path().join("a/x.yaml")).unwrap();
    symlink("../outside/y.yaml", dir.path().join("a/x.yaml")).unwrap();
    assert_eq!(read(&paths, "a/x.yaml").unwrap(), None);
}

#[test]
fn files_above_the_limit_are_not_read() {
    let dir = folder(&["a.yaml"]);
    let paths = paths(dir.path(), &["a.yaml"]).unwrap();
    let path = RepoPath::new("a.yaml");
    assert_eq!(paths.read(&path, 5), Err(ReadError::TooLarge { size: 6, limit: 5 }));
    assert_eq!(paths.read(&path, 6).unwrap().unwrap().len(), 6);
    fs::remove_file(dir.path().join("a.yaml")).unwrap();
    assert!(matches!(paths.read(&path, 6), Err(ReadError::Unreadable(_))));
}

#[test]
fn what_cannot_be_looked_at_is_a_problem() {
    use std::os::unix::ffi::OsStrExt;
    let dir = folder(&["shut/a.yaml", "b.yaml"]);
    fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"\xff.yaml")), "").unwrap();
    fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"\xff.txt")), "").unwrap();
    let shut = dir.path().join("shut");
    fs::set_permissions(&shut, PermissionsExt::from_mode(0o000)).unwrap();
    let is_root = fs::read_dir(&shut).is_ok();
    let paths = paths(dir.path(), &["."]).unwrap();
    fs::set_permissions(&shut, PermissionsExt::from_mode(0o755)).unwrap();
    let mut problems: Vec<&str> = paths.problems().iter().map(|(path, _)| path.as_str()).collect();
    if is_root {
        assert_eq!(names(&paths), ["b.yaml", "shut/a.yaml"]);
        problems.push("shut");
        problems.sort_unstable();
    }
    assert_eq!(problems, ["shut", "\u{fffd}.yaml"]);
}

#[test]
fn links_below_a_folder_are_listed_with_their_targets() {
    let dir = folder(&["b/a.yaml", "b/c/d.yaml"]);
    symlink("../a.yaml", dir.path().join("b/c/l.yaml")).unwrap();
    symlink("/nowhere", dir.path().join("b/dangling")).unwrap();
    let paths = paths(dir.path(), &["b"]).unwrap();
    let links: Vec<_> =
        paths.links().unwrap().into_iter().map(|(path, to)| format!("{path} -> {to}")).collect();
    assert_eq!(links, ["b/c/l.yaml -> ../a.yaml", "b/dangling -> /nowhere"]);
    assert_eq!(names(&paths), ["b/a.yaml", "b/c/d.yaml"]);
}
