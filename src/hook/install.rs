//! The file of the hook: installation, chaining with an existing hook, and removal.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::HookError;
use git::Repository;
use source::write::beside;

const SCRIPT: &str = r#"#!/bin/sh
# Installed by `pullable hook install`; `pullable hook uninstall` removes it.
# The hook that was here before is pre-push.legacy: it runs first, with the same arguments and input.
pushed=$(cat)
tell() { [ -z "$pushed" ] || printf '%s\n' "$pushed"; }

if [ -x "$0.legacy" ]; then
    tell | "$0.legacy" "$@" || exit
fi

pullable=@PROGRAM@
if ! [ -x "$pullable" ]; then
    pullable=$(command -v pullable)
fi
# A relative entry of PATH would run a file of the work tree.
case $pullable in
/*) ;;
*)
    echo "pullable is not there any more: this push is not checked. Install it again, or delete $0" >&2
    exit 0
    ;;
esac
tell | "$pullable" hook pre-push "$@"
"#;
/// The line that identifies the file as written by pullable.
const OURS: &str = "# Installed by `pullable hook install`";

/// Writes the hook, which runs `program`; an existing hook becomes `pre-push.legacy` and runs first. Returns
/// a description of the change.
///
/// # Errors
/// [`HookError`] if hooks are in a folder of another tool, or the file cannot be written.
pub fn install(repository: &Repository, program: &Path) -> Result<String, HookError> {
    if let Some(dir) = repository.hooks_path() {
        let shown = dir.display().to_string();
        // Husky generates the folder; users write in the one above.
        let own = dir.parent().filter(|_| dir.ends_with(".husky/_")).unwrap_or(&dir);
        return Err(HookError::HooksPath { dir: shown, file: own.join("pre-push").display().to_string() });
    }
    let (hook, legacy) = files(repository);
    if let Some(folder) = hook.parent() {
        fs::create_dir_all(folder).map_err(failed("make the folder of the hooks"))?;
    }
    let foreign = is_there(&hook) && !is_ours(&hook);
    if foreign && is_there(&legacy) {
        return Err(HookError::LegacyTaken { legacy: legacy.display().to_string() });
    }
    let program = format!("'{}'", program.display().to_string().replace('\'', r"'\''"));
    let script = SCRIPT.replace("@PROGRAM@", &program);
    let new =
        written_beside(&hook, &script).map_err(failed(&format!("write the hook {}", hook.display())))?;
    if let Err(error) = put_in_place(&new, &hook, foreign.then_some(&*legacy)) {
        // The first error is reported.
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    let mut done = format!("installed {}\n", hook.display());
    if is_there(&legacy) {
        done += &format!("{} runs before it, with the same input\n", legacy.display());
    }
    done += "to push without it: git push --no-verify, or PULLABLE_SKIP=1\n";
    Ok(done)
}

/// Moves the new hook to its place. A hook that is there is moved to `legacy` before, and back if this fails.
fn put_in_place(new: &Path, hook: &Path, legacy: Option<&Path>) -> Result<(), HookError> {
    if let Some(legacy) = legacy {
        fs::rename(hook, legacy).map_err(failed("keep the hook that is there"))?;
    }
    let moved = fs::rename(new, hook);
    if let (Err(_), Some(legacy)) = (&moved, legacy) {
        // The first error is reported.
        let _ = fs::rename(legacy, hook);
    }
    moved.map_err(failed(&format!("write the hook {}", hook.display())))
}

/// Writes the hook to a file beside it, so that no push finds an incomplete hook; the path of that file.
fn written_beside(hook: &Path, script: &str) -> io::Result<PathBuf> {
    let (new, mut file) = beside(hook)?;
    let written = file.write_all(script.as_bytes()).and_then(|()| executable(&new));
    if written.is_err() {
        // The first error is reported.
        let _ = fs::remove_file(&new);
    }
    written.map(|()| new)
}

/// Removes the hook, and restores the one that was there before. Returns a description of the change.
///
/// # Errors
/// [`HookError`] if the hook was written by another tool, or the file cannot be removed.
pub fn uninstall(repository: &Repository) -> Result<String, HookError> {
    let (hook, legacy) = files(repository);
    // Other tools may have kept the hook of pullable in the same way.
    if is_ours(&legacy) && !is_ours(&hook) {
        fs::remove_file(&legacy).map_err(failed("remove the hook"))?;
        return Ok(format!("removed {}\n", legacy.display()));
    }
    if !is_there(&hook) {
        return Ok("no pre-push hook is installed\n".to_owned());
    }
    if !is_ours(&hook) {
        return Err(HookError::Foreign { file: hook.display().to_string() });
    }
    if !is_there(&legacy) {
        fs::remove_file(&hook).map_err(failed("remove the hook"))?;
        return Ok(format!("removed {}\n", hook.display()));
    }
    // One step replaces the hook, so that an error leaves both files as they are.
    fs::rename(&legacy, &hook).map_err(failed("restore the earlier hook"))?;
    Ok(format!("removed {}, and restored the earlier hook\n", hook.display()))
}

/// The hook's file, and that of the hook that was there before.
fn files(repository: &Repository) -> (PathBuf, PathBuf) {
    let folder = repository.hooks();
    let folder = folder.strip_prefix(".").unwrap_or(&folder);
    (folder.join("pre-push"), folder.join("pre-push.legacy"))
}

/// True for any file, and for a link without a target.
fn is_there(file: &Path) -> bool {
    fs::symlink_metadata(file).is_ok()
}

fn is_ours(file: &Path) -> bool {
    if !fs::symlink_metadata(file).is_ok_and(|meta| meta.is_file()) {
        return false;
    }
    let Ok(bytes) = fs::read(file) else { return false };
    String::from_utf8_lossy(&bytes).lines().any(|line| line.starts_with(OURS))
}

fn failed(doing: &str) -> impl Fn(io::Error) -> HookError {
    move |error| HookError::Failed { doing: doing.to_owned(), why: error.to_string() }
}

#[cfg(unix)]
fn executable(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

/// On other systems git reads the first line.
#[cfg(not(unix))]
fn executable(_file: &Path) -> io::Result<()> {
    Ok(())
}
