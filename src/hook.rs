//! The pre-push hook: the commits of a push, and the commit that each is compared with.

use std::io::Read;

use thiserror::Error;

use git::{GitError, Repository, Unpushed};
use run::Deadline;

use crate::ci::object_id::{is_object_id, is_zero};

mod install;

pub use install::{install, uninstall};

/// A ref that is pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The commit, by its object id or as a revision.
    pub commit: String,
    /// The ref of the remote.
    pub remote_ref: String,
    /// The commit of that ref at the remote, if git knows it; `None` for a new ref.
    pub there: Option<String>,
    /// The revision to compare with, if the caller names one. The state of the remote does not matter then.
    pub base: Option<String>,
}

/// A comparison that a push requires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The refs that have this commit.
    pub refs: Vec<String>,
    /// The commit that is pushed.
    pub head: String,
    /// The revision to compare with; `None` if the whole history is new.
    pub base: Option<String>,
}

/// The reason why a hook cannot run.
#[derive(Debug, Error)]
pub enum HookError {
    /// A line of standard input that git does not write.
    #[error("line {line} of standard input is not a line that git writes to a pre-push hook: {text:?}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// The line.
        text: String,
    },
    /// Standard input cannot be read, or does not end.
    #[error("cannot read standard input: {why}")]
    Input {
        /// The message of the system.
        why: String,
    },
    /// Standard input is longer than that of any push.
    #[error("standard input holds more than {limit} bytes")]
    TooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// pre-commit names neither a push nor two refs.
    #[error("pre-commit names neither a push nor two refs to compare")]
    NothingToCompare,
    /// Hooks are in a folder that belongs to another tool.
    #[error("core.hooksPath is set: git runs hooks from {dir}, which pullable does not change")]
    HooksPath {
        /// The configured folder.
        dir: String,
        /// The file to add the line to.
        file: String,
    },
    /// The file name for the existing hook is already used.
    #[error("there is a pre-push hook, and {legacy} exists too")]
    LegacyTaken {
        /// The file.
        legacy: String,
    },
    /// The hook was written by another tool.
    #[error("{file} was not installed by pullable, and is not changed")]
    Foreign {
        /// The file.
        file: String,
    },
    /// An error of the system.
    #[error("cannot {doing}: {why}")]
    Failed {
        /// The operation.
        doing: String,
        /// The message of the system.
        why: String,
    },
}

impl HookError {
    /// The remedy.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NothingToCompare => {
                "give two refs: pre-commit run --hook-stage pre-push --from-ref REV --to-ref REV".to_owned()
            }
            Self::Line { .. } | Self::Input { .. } => {
                "in a hook, pass its standard input on: pullable hook pre-push \"$@\"".to_owned()
            }
            Self::HooksPath { file, .. } => format!("add this line to {file}: pullable hook pre-push \"$@\""),
            Self::LegacyTaken { .. } => "merge the two hooks into one, and install again".to_owned(),
            Self::Foreign { .. } => "if it runs pullable, remove that line by hand".to_owned(),
            Self::TooLarge { .. } | Self::Failed { .. } => return None,
        })
    }
}

/// Maximum number of bytes that are read of standard input: the lines of some 40,000 refs.
const MOST_INPUT: u64 = 8 << 20;
/// Maximum length of a line that a message repeats, in characters.
const LONGEST_LINE: usize = 200;

/// Reads standard input, up to the deadline, and parses it with [`parse`].
///
/// # Errors
/// [`HookError`] if it cannot be read, does not end in time, is longer than the lines of any push, or has
/// other lines.
pub fn read(stdin: impl Read + Send + 'static, deadline: &Deadline) -> Result<Vec<Pushed>, HookError> {
    let bytes = run::read_stream(stdin, MOST_INPUT + 1, deadline);
    let bytes = bytes.map_err(|error| HookError::Input { why: error.to_string() })?;
    if bytes.len() as u64 > MOST_INPUT {
        return Err(HookError::TooLarge { limit: MOST_INPUT });
    }
    parse(&bytes)
}

/// Parses the lines that git writes to a pre-push hook, without deletions and tags.
///
/// # Errors
/// [`HookError::Line`] for any other line.
pub fn parse(stdin: &[u8]) -> Result<Vec<Pushed>, HookError> {
    let text = String::from_utf8_lossy(stdin);
    let mut all = Vec::new();
    for (n, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let Some(pushed) = parse_line(line) else {
            return Err(HookError::Line { line: n + 1, text: line.chars().take(LONGEST_LINE).collect() });
        };
        if !is_zero(&pushed.commit) && !pushed.remote_ref.starts_with("refs/tags/") {
            all.push(pushed);
        }
    }
    Ok(all)
}

/// One line: `<local ref> <local oid> <remote ref> <remote oid>`. Only the first field may contain blanks.
fn parse_line(line: &str) -> Option<Pushed> {
    let mut parts = line.rsplitn(4, ' ');
    let (there, remote_ref, oid, local) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if !is_object_id(oid) || !is_object_id(there) || remote_ref.is_empty() || local.is_empty() {
        return None;
    }
    let there = if is_zero(there) { None } else { Some(there.to_owned()) };
    Some(Pushed { commit: oid.to_owned(), remote_ref: remote_ref.to_owned(), there, base: None })
}

/// The push, or the two refs, that pre-commit names in its variables: it does not pass on standard input. For
/// a push of several refs it names only the first. `None` outside of pre-commit.
///
/// # Errors
/// [`HookError::NothingToCompare`] if it names neither.
pub fn from_pre_commit(env: &dyn Fn(&str) -> Option<String>) -> Result<Option<(String, Pushed)>, HookError> {
    if env("PRE_COMMIT").is_none() {
        return Ok(None);
    }
    let (from, to) = (env("PRE_COMMIT_FROM_REF"), env("PRE_COMMIT_TO_REF"));
    let remote_ref = env("PRE_COMMIT_REMOTE_BRANCH").unwrap_or_default();
    let Some(remote) = env("PRE_COMMIT_REMOTE_NAME") else {
        // `pre-commit run --from-ref FROM --to-ref TO`, without a push.
        let (Some(from), Some(to)) = (from, to) else { return Err(HookError::NothingToCompare) };
        let pushed = Pushed { commit: to, remote_ref, there: None, base: Some(from) };
        return Ok(Some((String::new(), pushed)));
    };
    // A push of the whole history has no range.
    let commit = to.or_else(|| env("PRE_COMMIT_LOCAL_BRANCH")).unwrap_or_else(|| "HEAD".to_owned());
    Ok(Some((remote, Pushed { commit, remote_ref, there: from, base: None })))
}

/// The comparisons for a push to a remote, which is given by name or address. Commits that the remote has
/// already, and objects that are not commits, are left out.
///
/// # Errors
/// [`GitError`] if git's data is damaged.
pub fn plan(repository: &Repository, remote: &str, pushed: Vec<Pushed>) -> Result<Vec<Check>, GitError> {
    let mut checks: Vec<Check> = Vec::new();
    for Pushed { commit, remote_ref, there, base } in pushed {
        if base.is_some() {
            checks.push(Check { refs: vec![remote_ref], head: commit, base });
            continue;
        }
        let base = match repository.unpushed(&commit, remote, there.as_deref()) {
            Ok(Unpushed::Since(base)) => Some(base),
            Ok(Unpushed::Everything) => None,
            Ok(Unpushed::Nothing) | Err(GitError::NotACommit { .. }) => continue,
            Err(error) => return Err(error),
        };
        match checks.iter_mut().find(|check| check.head == commit && check.base == base) {
            Some(check) => check.refs.push(remote_ref),
            None => checks.push(Check { refs: vec![remote_ref], head: commit, base }),
        }
    }
    Ok(checks)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    const ZERO: &str = "0000000000000000000000000000000000000000";
    const ONE: &str = "1111111111111111111111111111111111111111";

    #[test]
    fn lines_are_read_from_the_right() {
        let lines =
            format!("HEAD@{{1 day ago}} {ONE} refs/heads/x {ZERO}\n(delete) {ZERO} refs/heads/y {ONE}\n");
        let expected =
            Pushed { commit: ONE.into(), remote_ref: "refs/heads/x".into(), there: None, base: None };
        assert_eq!(parse(lines.as_bytes()).unwrap(), [expected]);
        assert_eq!(parse(b"").unwrap(), []);
        assert_eq!(parse(b"\n").unwrap(), []);
    }

    #[test]
    fn object_ids_of_both_hashes_and_tags() {
        let (zero, one) = ("0".repeat(64), "1".repeat(64));
        let lines = format!(
            "refs/heads/a {one} refs/heads/a {zero}\n(delete) {zero} refs/heads/b {one}\n\
             refs/tags/v1 {one} refs/tags/v1 {zero}\nrefs/heads/c {one} refs/for/main {one}"
        );
        let refs: Vec<_> =
            parse(lines.as_bytes()).unwrap().into_iter().map(|p| (p.remote_ref, p.there)).collect();
        assert_eq!(refs, [("refs/heads/a".into(), None), ("refs/for/main".into(), Some(one))]);
    }

    #[test]
    fn other_lines_are_refused() {
        for line in [
            "x",
            "a b c d",
            &format!("a {ONE} refs/heads/a"),
            &format!("a {ONE} refs/heads/a 12"),
            &format!(" {ONE}  {ONE}"),
        ] {
            let error = parse(format!("\n{line}\n").as_bytes()).unwrap_err();
            assert!(matches!(error, HookError::Line { line: 2, .. }), "{line}: {error}");
            assert!(error.help().unwrap().contains("pullable hook pre-push"));
        }
    }

    #[test]
    fn pre_commit_says_what_is_pushed() {
        let env = |name: &str| {
            let value = match name {
                "PRE_COMMIT" => "1",
                "PRE_COMMIT_REMOTE_NAME" => "origin",
                "PRE_COMMIT_LOCAL_BRANCH" => "refs/heads/x",
                "PRE_COMMIT_REMOTE_BRANCH" => "refs/heads/y",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let (remote, pushed) = from_pre_commit(&env).unwrap().unwrap();
        assert_eq!((remote.as_str(), pushed.commit.as_str(), pushed.there), ("origin", "refs/heads/x", None));
        assert_eq!(from_pre_commit(&|_| None).unwrap(), None);
    }

    #[test]
    fn pre_commit_names_two_refs_without_a_push() {
        let env = |name: &str| match name {
            "PRE_COMMIT" => Some("1".to_owned()),
            "PRE_COMMIT_FROM_REF" => Some("main".to_owned()),
            "PRE_COMMIT_TO_REF" => Some("topic".to_owned()),
            _ => None,
        };
        let (_, pushed) = from_pre_commit(&env).unwrap().unwrap();
        assert_eq!((pushed.commit.as_str(), pushed.base.as_deref()), ("topic", Some("main")));
        for missing in ["PRE_COMMIT_FROM_REF", "PRE_COMMIT_TO_REF"] {
            let error = from_pre_commit(&|name| env(name).filter(|_| name != missing)).unwrap_err();
            assert!(matches!(error, HookError::NothingToCompare), "{error}");
        }
    }

    /// Input without end that counts the bytes that are read.
    struct Endless(Arc<AtomicU64>);

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            buffer.fill(b'x');
            self.0.fetch_add(buffer.len() as u64, Ordering::Relaxed);
            Ok(buffer.len())
        }
    }

    #[test]
    fn input_is_bounded() {
        let deadline = Deadline::after(std::time::Duration::from_secs(30));
        let count = Arc::new(AtomicU64::new(0));
        let error = read(Endless(Arc::clone(&count)), &deadline).unwrap_err();
        assert!(matches!(error, HookError::TooLarge { limit: MOST_INPUT }), "{error}");
        assert_eq!(count.load(Ordering::Relaxed), MOST_INPUT + 1, "no more than that is in memory");
        assert_eq!(read(&b""[..], &deadline).unwrap(), []);
    }
}
