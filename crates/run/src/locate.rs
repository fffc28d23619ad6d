//! Programs in the absolute folders of a `PATH`. A relative one would run programs of the current folder, which
//! may be a checked-out repository.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

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

/// A `PATH` without its relative folders.
pub fn absolute_path(path: &OsStr) -> OsString {
    // It was split at the separators, so that none is left inside.
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
}
