//! The private folder in which helm runs: a copy of the chart with only regular files, and empty folders
//! instead of those from which helm reads settings and plug-ins.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use source::RepoPath;
use tempfile::{Builder, TempDir};

use crate::{Chart, Failure, Limits};

/// The folder of the chart inside of the sandbox.
pub(crate) const CHART: &str = "chart";
/// The folder that replaces the user's home folder.
const HOME: &str = "home";

/// A private folder. It is removed with its content when it is dropped.
pub(crate) struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    /// Makes an empty sandbox, which only this user can enter.
    pub(crate) fn new() -> Result<Self, Failure> {
        let mut builder = Builder::new();
        let made = private(builder.prefix("pullable-")).tempdir();
        let sandbox = Self { folder: made.map_err(|error| not_written("the copy of a chart", &error))? };
        for name in [CHART, HOME] {
            fs::create_dir(sandbox.path().join(name)).map_err(|error| not_written(name, &error))?;
        }
        Ok(sandbox)
    }

    /// The folder in which helm runs.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The empty folder that replaces the user's home folder.
    pub(crate) fn home(&self) -> PathBuf {
        self.path().join(HOME)
    }

    /// Writes a new file of the chart.
    pub(crate) fn add(&self, path: &RepoPath, bytes: &[u8]) -> Result<(), Failure> {
        let target = self.target(path)?;
        let written = add_file(&target, bytes);
        written.map_err(|error| not_written(path.as_str(), &error))
    }

    /// Writes a file of the chart that was written before.
    pub(crate) fn replace(&self, path: &RepoPath, bytes: &[u8]) -> Result<(), Failure> {
        let target = self.target(path)?;
        fs::write(target, bytes).map_err(|error| not_written(path.as_str(), &error))
    }

    /// The place of a file. Its form guarantees that it is inside of the chart's folder, which has no links.
    fn target(&self, path: &RepoPath) -> Result<PathBuf, Failure> {
        let relative = Path::new(path.as_str());
        let mut parts = relative.components();
        let is_inside = !path.as_str().is_empty() && parts.all(|part| matches!(part, Component::Normal(_)));
        // Helm writes the path of a template into its output.
        if !is_inside || path.as_str().contains(char::is_control) {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "no file of a chart has such a path");
            return Err(not_written(path.as_str(), &error));
        }
        Ok(self.path().join(CHART).join(relative))
    }
}

/// Sets permissions that exclude other users.
#[cfg(unix)]
fn private<'a, 'b, 'c>(builder: &'a mut Builder<'b, 'c>) -> &'a mut Builder<'b, 'c> {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn private<'a, 'b, 'c>(builder: &'a mut Builder<'b, 'c>) -> &'a mut Builder<'b, 'c> {
    builder
}

fn add_file(target: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    OpenOptions::new().write(true).create_new(true).open(target)?.write_all(bytes)
}

fn not_written(path: &str, error: &io::Error) -> Failure {
    Failure::NotWritten { path: crate::failure::printable(path), why: error.to_string() }
}

/// Checks that a chart is small enough to be copied.
pub(crate) fn check_size(chart: &Chart, limits: &Limits) -> Result<(), Failure> {
    let (mut count, mut bytes) = (0_usize, 0_u64);
    for (_, file) in chart.files() {
        count += 1;
        bytes += file.bytes().len() as u64;
    }
    if count > limits.files {
        return Err(Failure::TooManyFiles(limits.files));
    }
    if bytes > limits.bytes {
        return Err(Failure::TooLarge(limits.bytes));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stay_inside() {
        let sandbox = Sandbox::new().unwrap();
        let path = RepoPath::new("templates/deep/../a.yaml");
        sandbox.add(&path, b"a").unwrap();
        assert_eq!(fs::read(sandbox.path().join("chart/templates/a.yaml")).unwrap(), b"a");
        sandbox.replace(&path, b"b").unwrap();
        assert_eq!(fs::read(sandbox.path().join("chart/templates/a.yaml")).unwrap(), b"b");
        for path in ["/etc/x", "", "..", "templates/a\n.yaml"] {
            let error = sandbox.add(&RepoPath::new(path), b"a").unwrap_err().to_string();
            assert!(error.ends_with("no file of a chart has such a path"), "{error}");
        }
        let twice = sandbox.add(&path, b"c").unwrap_err();
        assert!(matches!(twice, Failure::NotWritten { .. }), "{twice}");
        let below_a_file = sandbox.add(&RepoPath::new("templates/a.yaml/b"), b"c").unwrap_err();
        assert!(matches!(below_a_file, Failure::NotWritten { .. }), "{below_a_file}");
    }

    #[test]
    fn it_vanishes() {
        let sandbox = Sandbox::new().unwrap();
        let folder = sandbox.path().to_owned();
        sandbox.add(&RepoPath::new("Chart.yaml"), b"name: a").unwrap();
        drop(sandbox);
        assert!(!folder.exists());
    }

    #[cfg(unix)]
    #[test]
    fn only_this_user_can_enter() {
        use std::os::unix::fs::PermissionsExt as _;
        let sandbox = Sandbox::new().unwrap();
        assert_eq!(fs::metadata(sandbox.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn large_charts_are_refused() {
        let mut chart = Chart::default();
        for name in ["a", "b"] {
            chart.add(RepoPath::new(name), &RepoPath::new(name), vec![b'x'; 10]);
        }
        let limits = Limits::default();
        assert_eq!(check_size(&chart, &limits), Ok(()));
        assert_eq!(check_size(&chart, &Limits { files: 1, ..limits }), Err(Failure::TooManyFiles(1)));
        assert_eq!(check_size(&chart, &Limits { bytes: 19, ..limits }), Err(Failure::TooLarge(19)));
    }
}
