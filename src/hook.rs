//! The pre-push hook: which commits a push brings, and what each is compared with.

use thiserror::Error;

use git::{GitError, Repository, Unpushed};

mod install;

pub use install::{install, uninstall};

/// A ref that is pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The commit, by its object id or as a revision.
    pub commit: String,
    /// The ref of the remote.
    pub remote_ref: String,
    /// Where that ref is now, as far as git knows; `None` for a new one.
    pub there: Option<String>,
}

/// A comparison that a push calls for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The refs that it stands for.
    pub refs: Vec<String>,
    /// The commit that is pushed.
    pub head: String,
    /// What it is compared with; `None` where all of it is new.
    pub base: Option<String>,
}

/// Why a hook cannot do its work.
#[derive(Debug, Error)]
pub enum HookError {
    /// Standard input is not what git writes.
    #[error("line {line} of standard input is not what git tells a pre-push hook: {text:?}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// The line.
        text: String,
    },
    /// Hooks are kept elsewhere, where they are somebody else's.
    #[error("core.hooksPath is set: hooks are run from {dir}, and what is there is not changed")]
    HooksPath {
        /// As it is configured.
        dir: String,
        /// The file that the line belongs in.
        file: String,
    },
    /// There is no place left for the hook that was here before.
    #[error("there is a pre-push hook, and {legacy} is taken too")]
    LegacyTaken {
        /// The file.
        legacy: String,
    },
    /// What is there was not written by us.
    #[error("{file} was not installed by pullable, and is left alone")]
    Foreign {
        /// The file.
        file: String,
    },
    /// The system does not let it.
    #[error("cannot {doing}: {why}")]
    Failed {
        /// What was to be done.
        doing: String,
        /// What the system says.
        why: String,
    },
}

impl HookError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Line { .. } => {
                "in a hook, pass its standard input on: pullable hook pre-push \"$@\"".to_owned()
            }
            Self::HooksPath { file, .. } => format!("add this line to {file}: pullable hook pre-push \"$@\""),
            Self::LegacyTaken { .. } => "make one hook of the two, and install again".to_owned(),
            Self::Foreign { .. } => "if it runs pullable, take that line out by hand".to_owned(),
            Self::Failed { .. } => return None,
        })
    }
}

/// Reads what git writes to a pre-push hook, without deletions and tags.
///
/// # Errors
/// [`HookError::Line`] where a line is something else.
pub fn parse(stdin: &[u8]) -> Result<Vec<Pushed>, HookError> {
    let text = String::from_utf8_lossy(stdin);
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let pushed = lines.map(|(n, line)| {
        parse_line(line)
            .ok_or_else(|| HookError::Line { line: n + 1, text: line.chars().take(200).collect() })
    });
    let mut pushed = pushed.collect::<Result<Vec<_>, _>>()?;
    pushed.retain(|pushed| !is_zero(&pushed.commit) && !pushed.remote_ref.starts_with("refs/tags/"));
    Ok(pushed)
}

/// One line: `<local ref> <local oid> <remote ref> <remote oid>`. Only the first may hold blanks.
fn parse_line(line: &str) -> Option<Pushed> {
    let mut parts = line.rsplitn(4, ' ');
    let (there, remote_ref, oid, local) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_oid =
        |text: &str| matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let whole = is_oid(oid) && is_oid(there) && !remote_ref.is_empty() && !local.is_empty();
    let there = Some(there.to_owned()).filter(|oid| !is_zero(oid));
    whole.then(|| Pushed { commit: oid.to_owned(), remote_ref: remote_ref.to_owned(), there })
}

/// Whether an object id stands for no object, of whatever hash.
fn is_zero(oid: &str) -> bool {
    oid.bytes().all(|byte| byte == b'0')
}

/// What pre-commit says in place of standard input, which it keeps to itself; `None` where this is no run of
/// it. Of a push of several refs it tells the first.
pub fn from_pre_commit(env: &dyn Fn(&str) -> Option<String>) -> Option<(String, Pushed)> {
    let variable = |name: &str| env(&format!("PRE_COMMIT_{name}"));
    env("PRE_COMMIT")?;
    let remote = variable("REMOTE_NAME")?;
    // A push of the whole history has no range.
    let commit = variable("TO_REF").or_else(|| variable("LOCAL_BRANCH")).unwrap_or_else(|| "HEAD".to_owned());
    let remote_ref = variable("REMOTE_BRANCH").unwrap_or_default();
    let pushed = Pushed { commit, remote_ref, there: variable("FROM_REF") };
    Some((remote, pushed))
}

/// What is to be compared for a push to a remote, which is given by name or address. What the remote has
/// already, and what is no commit, is left out.
///
/// # Errors
/// [`GitError`] where git's data is damaged.
pub fn plan(repository: &Repository, remote: &str, pushed: Vec<Pushed>) -> Result<Vec<Check>, GitError> {
    let mut checks: Vec<Check> = Vec::new();
    for Pushed { commit, remote_ref, there } in pushed {
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
    use super::*;

    const ZERO: &str = "0000000000000000000000000000000000000000";
    const ONE: &str = "1111111111111111111111111111111111111111";

    #[test]
    fn lines_are_read_from_the_right() {
        let lines =
            format!("HEAD@{{1 day ago}} {ONE} refs/heads/x {ZERO}\n(delete) {ZERO} refs/heads/y {ONE}\n");
        let expected = Pushed { commit: ONE.into(), remote_ref: "refs/heads/x".into(), there: None };
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
        let (remote, pushed) = from_pre_commit(&env).unwrap();
        assert_eq!((remote.as_str(), pushed.commit.as_str(), pushed.there), ("origin", "refs/heads/x", None));
        assert_eq!(from_pre_commit(&|_| None), None);
    }
}
