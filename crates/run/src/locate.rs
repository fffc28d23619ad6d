//! Programs in the absolute folders of a `PATH`. A relative one would run programs of the current folder, which
//! may be a checked-out repository.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The file of a program in the absolute folders of a `PATH`.
pub fn locate(program: &str, path: &OsStr) -> Option<PathBuf> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    for folder in absolute(path) {
        let candidate = folder.join(&file);
        if candidate.is_file() {
            return Some(candidate);
        }
    }
    None
}

/// The file of a program in the absolute folders of a `PATH` outside of `root`; the target of a link has to
/// be outside too. A checked-out repository may contain programs, and one of its folders may be in the
/// `PATH`.
pub fn locate_outside(program: &str, path: &OsStr, root: &Path) -> Option<PathBuf> {
    locate(program, &path_outside(path, root)).filter(|file| !is_inside(file, root))
}

/// A `PATH` without its relative folders and those inside of `root`.
pub fn path_outside(path: &OsStr, root: &Path) -> OsString {
    let folders = absolute(path).into_iter().filter(|folder| !is_inside(folder, root));
    std::env::join_paths(folders).unwrap_or_default()
}

/// True if a path is inside of a folder, with or without resolved links.
fn is_inside(path: &Path, root: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    path.starts_with(root) || path.starts_with(real(root)) || real(path).starts_with(real(root))
}

/// A `PATH` without its relative folders.
pub fn absolute_path(path: &OsStr) -> OsString {
    // It was split at the separators, so that no part contains one.
    std::env::join_paths(absolute(path)).unwrap_or_default()
}

fn absolute(path: &OsStr) -> Vec<PathBuf> {
    std::env::split_paths(path).filter(|folder| folder.is_absolute()).collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn relative_folders_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tool"), "").unwrap();
        let path = OsString::from(format!(".::bin:{}:/nonexistent", folder.path().display()));
        assert_eq!(locate("tool", &path), Some(folder.path().join("tool")));
        assert_eq!(locate("other", &path), None);
        let absolute = format!("{}:/nonexistent", folder.path().display());
        assert_eq!(absolute_path(&path), OsString::from(absolute));
        assert_eq!(locate("Cargo.toml", OsStr::new(".")), None);
    }

    #[test]
    fn programs_of_a_repository_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let (root, outside) = (folder.path().join("repository"), folder.path().join("bin"));
        for place in [&root, &outside] {
            std::fs::create_dir(place).unwrap();
            std::fs::write(place.join("tool"), "").unwrap();
        }
        let linked = folder.path().join("linked");
        std::os::unix::fs::symlink(&root, &linked).unwrap();
        std::os::unix::fs::symlink(root.join("tool"), outside.join("other")).unwrap();
        let path = std::env::join_paths([&root, &linked, &outside]).unwrap();
        assert_eq!(locate_outside("tool", &path, &root), Some(outside.join("tool")));
        assert_eq!(locate_outside("other", &path, &root), None, "a link into the repository");
        assert_eq!(locate_outside("tool", &path, folder.path()), None);
        assert_eq!(path_outside(&path, &root), OsString::from(&outside));
    }
}
