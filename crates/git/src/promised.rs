//! Blobs that a partial clone left out: git itself fetches them from the remote that promises them.
//!
//! It runs in a separate git folder, which shares the repository's objects and has the part of its
//! configuration that names the remotes. The rest is left out: `core.sshCommand`, credential helpers and
//! hooks are programs, and a repository must not choose programs that run.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use gix::ObjectId;
use gix::bstr::BStr;
use gix::config::File;
use gix::config::file::SectionRef;
use gix::config::source::Kind;
use run::{Deadline, Output, Program, absolute_path, locate};
use tempfile::TempDir;

use super::output::told;
use super::paths::absolute;

use source::ReadError;

/// The keys of a repository's configuration that git may need to fetch, by section. None of them names a program.
const KEYS: [(&str, &[&str]); 6] = [
    ("extensions", &["objectformat", "partialclone"]),
    ("remote", &["partialclonefilter", "promisor", "proxy", "proxyauthmethod", "url"]),
    ("url", &["insteadof"]),
    ("credential", &["usehttppath", "username"]),
    ("protocol", &["version"]),
    (
        "http",
        &[
            "emptyauth",
            "extraheader",
            "followredirects",
            "proxy",
            "proxyauthmethod",
            "sslbackend",
            "sslcainfo",
            "sslcapath",
            "sslcert",
            "sslkey",
            "sslverify",
            "sslversion",
            "useragent",
            "version",
        ],
    ),
];
/// The transports that need no program besides git and ssh.
const PROTOCOLS: &str = "file:git:http:https:ssh";
/// Environment variables that would make git use the repository again.
const LEADING_BACK: [&str; 5] =
    ["GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_NAMESPACE", "GIT_SHALLOW_FILE", "GIT_WORK_TREE"];

/// Fetches the blobs that a partial clone left out.
pub(super) struct Promisor {
    /// The configuration of the git folder.
    config: Vec<u8>,
    /// The folder of the repository's objects.
    objects: PathBuf,
    /// The folder in which git runs: the address of a remote may be relative to it.
    current: PathBuf,
    has_ssh_command: bool,
    git_dir: OnceLock<Result<TempDir, String>>,
}

impl Promisor {
    /// The promisor of a repository; `None` if it is not a partial clone.
    pub(super) fn of(repo: &gix::Repository) -> Option<Self> {
        if !is_partial(repo) {
            return None;
        }
        let snapshot = repo.config_snapshot();
        Some(Self {
            config: configuration(snapshot.plumbing()),
            objects: absolute(repo.objects.store_ref().path()),
            current: absolute(repo.workdir().unwrap_or(repo.git_dir())),
            has_ssh_command: has_ssh_command(snapshot.plumbing()),
            git_dir: OnceLock::new(),
        })
    }

    /// Fetches a blob, unless it is larger than `limit`.
    pub(super) fn blob(&self, id: ObjectId, limit: u64, deadline: &Deadline) -> Result<Vec<u8>, ReadError> {
        let refused = |why: String| {
            ReadError::Unreadable(format!("the blob {id} was left out of this partial clone, and {why}"))
        };
        let text = self.cat_file("-s", id, limit, deadline).map_err(refused)?;
        let Ok(size) = String::from_utf8_lossy(&text).trim().parse::<u64>() else {
            return Err(refused("git does not report its size".to_owned()));
        };
        if size > limit {
            return Err(ReadError::TooLarge { size, limit });
        }
        self.cat_file("blob", id, limit, deadline).map_err(refused)
    }

    fn cat_file(&self, what: &str, id: ObjectId, limit: u64, deadline: &Deadline) -> Result<Vec<u8>, String> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let most = usize::try_from(limit).unwrap_or(usize::MAX).max(64);
        // Without an absolute folder in PATH, the system would search in the current one.
        locate("git", &path).ok_or("git is not in PATH")?;
        let program = Program::new("git")
            .args(["cat-file", what, &id.to_string()])
            .folder(&self.current)
            .env("PATH", absolute_path(&path))
            .env("GIT_DIR", self.git_dir()?)
            .env("GIT_OBJECT_DIRECTORY", &self.objects)
            .env("GIT_ALLOW_PROTOCOL", allowed_protocols())
            .env("GIT_TERMINAL_PROMPT", "0")
            .most_output(most);
        let isolated = LEADING_BACK.into_iter().fold(program, Program::without_env);
        let output = isolated.run(deadline).map_err(|error| error.to_string())?;
        if output.success() { Ok(output.stdout) } else { Err(self.failure(&output)) }
    }

    /// The git folder, made at the first call.
    fn git_dir(&self) -> Result<&Path, String> {
        let made = self.git_dir.get_or_init(|| {
            make_git_dir(&self.config).map_err(|error| format!("no temporary folder can be made: {error}"))
        });
        made.as_ref().map(TempDir::path).map_err(Clone::clone)
    }

    /// The reason why a blob cannot be fetched.
    fn failure(&self, output: &Output) -> String {
        let failure = format!("git cannot fetch it: {}", told(output));
        if self.has_ssh_command {
            return format!("{failure} (core.sshCommand of a repository is not run: set GIT_SSH_COMMAND)");
        }
        failure
    }
}

/// The transports that git may use: those of the environment, otherwise those that need no other program.
fn allowed_protocols() -> OsString {
    std::env::var_os("GIT_ALLOW_PROTOCOL").unwrap_or_else(|| PROTOCOLS.into())
}

/// A bare git folder without references, with this configuration.
fn make_git_dir(config: &[u8]) -> io::Result<TempDir> {
    let folder = TempDir::with_prefix("pullable-")?;
    fs::create_dir(folder.path().join("refs"))?;
    fs::write(folder.path().join("HEAD"), "ref: refs/heads/none\n")?;
    fs::write(folder.path().join("config"), config)?;
    Ok(folder)
}

/// The keys of the repository's own configuration that are needed.
pub(super) fn configuration(config: &File) -> Vec<u8> {
    let mut lines = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n".to_owned().into_bytes();
    for section in of_repository(config) {
        let name = section.header().name().to_string().to_ascii_lowercase();
        let Some((_, keys)) = KEYS.into_iter().find(|(known, _)| *known == name) else { continue };
        lines.extend_from_slice(&section.header().to_bstring());
        lines.push(b'\n');
        for key in keys {
            for value in section.values(key) {
                lines.extend_from_slice(format!("\t{key} = ").as_bytes());
                lines.extend_from_slice(&quoted(value.as_ref()));
            }
            // A key without a value is true.
            if section.value_implicit(key) == Some(None) {
                lines.extend_from_slice(format!("\t{key}\n").as_bytes());
            }
        }
    }
    lines
}

/// The sections of the repository's own configuration, and not of the system's or the user's.
fn of_repository(config: &File) -> Vec<SectionRef<'_>> {
    config.sections().filter(|section| section.meta().source.kind() == Kind::Repository).collect()
}

/// A value in quotes for git's configuration, with the line end.
fn quoted(value: &BStr) -> Vec<u8> {
    let mut text = vec![b'"'];
    for byte in value.iter() {
        match byte {
            b'\n' => text.extend_from_slice(b"\\n"),
            b'"' | b'\\' => text.extend_from_slice(&[b'\\', *byte]),
            other => text.push(*other),
        }
    }
    text.extend_from_slice(b"\"\n");
    text
}

fn has_ssh_command(config: &File) -> bool {
    of_repository(config).iter().any(|section| {
        section.header().name().eq_ignore_ascii_case(b"core") && section.contains_value_name("sshCommand")
    })
}

/// True if a remote promises the objects that are not in this clone.
fn is_partial(repo: &gix::Repository) -> bool {
    let config = repo.config_snapshot();
    config.string("extensions.partialClone").is_some()
        || repo.remote_names().iter().any(|name| {
            let name: &BStr = name.as_ref();
            matches!(config.plumbing().boolean_by("remote", Some(name), "promisor"), Ok(Some(true)))
        })
}
