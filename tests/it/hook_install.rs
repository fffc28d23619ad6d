//! The files of the pre-push hook: hooks of other tools beside it, and a folder that cannot be changed.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::PathBuf;

use testkit::repo::Repo;

use crate::hook::script;
use crate::support::unprivileged::Unprivileged;
use crate::support::{PULLABLE, Run};

/// A repository, and the user who installs the hook.
struct Scene {
    repo: Repo,
    user: Unprivileged,
}

fn scene(user: &'static str) -> Scene {
    let repo = Repo::new();
    repo.write("a.md", "x").commit("first");
    let scene = Scene { repo, user: Unprivileged::new(user) };
    fs::create_dir_all(scene.folder()).unwrap();
    scene.user.give(scene.repo.path().parent().unwrap());
    scene
}

impl Scene {
    fn folder(&self) -> PathBuf {
        self.repo.path().join(".git/hooks")
    }

    fn hook(&self) -> PathBuf {
        self.folder().join("pre-push")
    }

    fn legacy(&self) -> PathBuf {
        self.folder().join("pre-push.legacy")
    }

    /// Sets the permissions of the folder.
    fn permit(&self, mode: u32) {
        fs::set_permissions(self.folder(), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// `hook install` or `hook uninstall` by the user.
    fn run(&self, command: &str) -> Run {
        let words = ["hook", command].map(str::to_owned);
        self.user.run(":", &self.repo.command(PULLABLE), &words)
    }

    /// The files whose names begin like that of the hook, each with its text.
    fn files(&self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.folder()).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name.trim_start_matches('.').starts_with("pre-push") && !name.ends_with(".sample") {
                files.push((name, fs::read_to_string(entry.path()).unwrap_or_default()));
            }
        }
        files.sort();
        files
    }

    /// Asserts that a command is refused for these reasons, and changes no file.
    fn refuses(&self, command: &str, why: &[&str]) {
        let before = self.files();
        self.run(command).refused(why);
        assert_eq!(self.files(), before, "{command}");
    }
}

#[test]
fn two_hooks_of_other_tools_stay_as_they_are() {
    let scene = scene("65530");
    script(&scene.hook(), "echo one");
    script(&scene.legacy(), "echo two");
    scene.refuses("install", &["there is a pre-push hook, and ", "/.git/hooks/pre-push.legacy exists too"]);
    scene.refuses("uninstall", &[".git/hooks/pre-push was not installed by pullable, and is not changed"]);
    fs::remove_file(scene.legacy()).unwrap();
    scene.refuses("uninstall", &[".git/hooks/pre-push was not installed by pullable, and is not changed"]);
}

/// A link is a hook of another tool too, whatever it names.
#[test]
fn links_are_hooks_of_other_tools() {
    let scene = scene("65530");
    symlink("nowhere", scene.hook()).unwrap();
    scene.refuses("uninstall", &[".git/hooks/pre-push was not installed by pullable, and is not changed"]);
    let installed = scene.run("install");
    assert!(installed.stdout.contains("pre-push.legacy runs before it"), "{}", installed.said());
    let again = scene.run("install");
    assert!(again.stdout.contains("pre-push.legacy runs before it"), "{}", again.said());
    assert_eq!(fs::read_link(scene.legacy()).unwrap().to_str(), Some("nowhere"));
    assert_eq!(scene.run("uninstall").code, 0);
    assert_eq!(fs::read_link(scene.hook()).unwrap().to_str(), Some("nowhere"));
    // A link to the hook of this program is the link of another tool.
    fs::remove_file(scene.hook()).unwrap();
    assert_eq!(scene.run("install").code, 0);
    fs::rename(scene.hook(), scene.folder().join("shared")).unwrap();
    symlink("shared", scene.hook()).unwrap();
    scene.refuses("uninstall", &["was not installed by pullable, and is not changed"]);
}

/// A tool that was installed later keeps the hook of this program as the earlier one.
#[test]
fn a_hook_that_another_tool_kept_is_removed_alone() {
    let scene = scene("65530");
    assert_eq!(scene.run("install").code, 0);
    fs::rename(scene.hook(), scene.legacy()).unwrap();
    script(&scene.hook(), "exec \"$0.legacy\"");
    scene.permit(0o555);
    scene.refuses("uninstall", &["cannot remove the hook: Permission denied"]);
    scene.permit(0o755);
    let foreign = ("pre-push".to_owned(), fs::read_to_string(scene.hook()).unwrap());
    let removed = scene.run("uninstall");
    assert_eq!((removed.code, removed.stdout), (0, format!("removed {}\n", scene.legacy().display())));
    assert_eq!(scene.files(), [foreign]);
    scene.refuses("uninstall", &["was not installed by pullable, and is not changed"]);
}

#[test]
fn a_folder_that_does_not_permit_changes() {
    let scene = scene("65530");
    let permit_git = |mode| {
        let git = scene.repo.path().join(".git");
        fs::set_permissions(git, fs::Permissions::from_mode(mode)).unwrap();
    };
    script(&scene.hook(), "echo one");
    scene.permit(0o555);
    scene.refuses("install", &["cannot write the hook ", "/.git/hooks/pre-push: Permission denied"]);
    scene.permit(0o755);
    assert_eq!(scene.run("install").code, 0);
    scene.permit(0o555);
    scene.refuses("install", &["cannot write the hook ", "/.git/hooks/pre-push: Permission denied"]);
    scene.refuses("uninstall", &["cannot restore the earlier hook: Permission denied"]);
    scene.permit(0o755);
    fs::remove_file(scene.legacy()).unwrap();
    scene.permit(0o555);
    scene.refuses("uninstall", &["cannot remove the hook: Permission denied"]);
    scene.permit(0o755);
    assert_eq!(scene.run("uninstall").stdout, format!("removed {}\n", scene.hook().display()));
    fs::remove_dir_all(scene.folder()).unwrap();
    permit_git(0o555);
    scene.run("install").refused(&["cannot make the folder of the hooks: Permission denied"]);
    permit_git(0o755);
    assert!(!scene.folder().exists());
}

/// In a folder like `/tmp` everybody makes files, and only the owner of a file moves it.
#[test]
fn a_hook_that_belongs_to_another_user() {
    let scene = scene("65530");
    if !scene.user.is_another() {
        return;
    }
    let belongs_to_root = |path: PathBuf| chown(path, Some(0), Some(0)).unwrap();
    belongs_to_root(scene.folder());
    scene.permit(0o1777);
    script(&scene.hook(), "echo one");
    scene.refuses("install", &["cannot keep the hook that is there: Operation not permitted"]);
    fs::remove_file(scene.hook()).unwrap();
    assert_eq!(scene.run("install").code, 0);
    script(&scene.legacy(), "echo two");
    scene.refuses("uninstall", &["cannot restore the earlier hook: Operation not permitted"]);
    belongs_to_root(scene.hook());
    scene.refuses("install", &["cannot write the hook ", "/.git/hooks/pre-push: Operation not permitted"]);
    fs::remove_file(scene.legacy()).unwrap();
    scene.refuses("uninstall", &["cannot remove the hook: Operation not permitted"]);
}
