//! Runs the program as a user to whom permissions and limits apply.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{PULLABLE, Run, run};

use testkit::environment::Scrubbed as _;

/// A user without privileges: another one if the tests run as root, to whom permissions and limits do not apply.
pub struct Unprivileged {
    /// A copy of the program where this user can run it.
    folder: TempDir,
    is_root: bool,
    /// A user of the test's own: limits count all processes of a user.
    user: &'static str,
}

impl Unprivileged {
    pub fn new(user: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(PULLABLE, folder.path().join("pullable")).unwrap();
        open(folder.path());
        let id = Command::new("id").arg("-u").output().unwrap();
        Self { folder, is_root: id.stdout == b"0\n", user }
    }

    fn program(&self) -> PathBuf {
        self.folder.path().join("pullable")
    }

    /// True if other users' files are not this user's: the tests run as root, which can own files.
    pub fn is_another(&self) -> bool {
        self.is_root
    }

    /// Gives everything in a folder to the user.
    pub fn give(&self, folder: &Path) {
        open(folder);
        if self.is_root {
            let owner = format!("{0}:{0}", self.user);
            assert!(Command::new("chown").arg("-R").arg(owner).arg(folder).status().unwrap().success());
        }
    }

    /// Runs the program after a line of the shell, which sets a limit.
    pub fn run(&self, limit: &str, like: &Command, words: &[String]) -> Run {
        let (mut program, mut args) = ("sh", Vec::new());
        if self.is_root {
            program = "setpriv";
            let ids = ["--reuid", self.user, "--regid", self.user, "--clear-groups", "sh"];
            args.extend(ids.map(str::to_owned));
        }
        let script = format!("{limit}; exec \"$@\"");
        args.extend(["-c".to_owned(), script, "sh".to_owned(), self.program().display().to_string()]);
        let mut command = Command::new(program);
        command.scrubbed().current_dir(like.get_current_dir().unwrap());
        for (name, value) in like.get_envs() {
            command.env(name, value.unwrap());
        }
        run(command.args(args).args(words))
    }
}

fn open(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
}
