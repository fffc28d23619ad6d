//! Pushing with the program git, which knows credential helpers, ssh, proxies and hooks. A branch is created
//! with a lease on its absence, or fast-forwarded. No branch of a remote is ever overwritten or deleted.

use gix::bstr::BStr;
use run::Program;

use super::error::GitError;
use super::output::{redacted, told};
use super::write::failed;
use super::{Repository, revision};

/// Maximum number of lines of a remote's message that are repeated.
const MOST_LINES: usize = 4;
/// Maximum length of a message of a remote that is repeated, in characters.
const LONGEST_WORDS: usize = 300;

/// A push of one commit to one branch of a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// The name of the remote, or its address.
    pub remote: String,
    /// Object id of the commit.
    pub commit: String,
    /// The short name of the branch.
    pub branch: String,
    /// True if the branch must not exist on the remote; otherwise it is fast-forwarded.
    pub is_new: bool,
}

/// The outcome of a push that git carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The remote's branch is at the commit now.
    Done,
    /// The remote's branch was at the commit already.
    AlreadyThere,
    /// The remote refused: another commit is there, or a rule protects the branch.
    Rejected(String),
}

impl Push {
    /// The command that the user can run.
    pub fn command(&self) -> String {
        format!("git push {} {}:refs/heads/{}", self.remote, self.commit, self.branch)
    }
}

impl Repository {
    /// Pushes a commit. Never forced.
    ///
    /// # Errors
    /// [`GitError::Program`] if git cannot be run, or the remote cannot be reached.
    pub fn push(&self, push: &Push) -> Result<Pushed, GitError> {
        let reference = format!("refs/heads/{}", push.branch);
        let mut arguments = vec!["push".to_owned(), "--porcelain".to_owned()];
        if push.is_new {
            arguments.push(format!("--force-with-lease={reference}:"));
        }
        arguments.extend(["--".to_owned(), push.remote.clone(), format!("{}:{reference}", push.commit)]);
        let program = self.git_program().args(&arguments);
        let output = program.run(self.pool.deadline()).map_err(|error| failed("git push", &error))?;
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        match outcome(&stdout, &reference) {
            Some(Pushed::Rejected(why)) => Ok(Pushed::Rejected(explained(&why, &output.stderr))),
            Some(outcome) => Ok(outcome),
            None if output.success() => Ok(Pushed::Done),
            None => Err(GitError::Program { command: "git push".to_owned(), why: told(&output) }),
        }
    }

    /// The current commit of a branch on the remote; `None` if there is no branch of that short name.
    ///
    /// # Errors
    /// [`GitError::Program`] if git cannot be run, or the remote cannot be reached.
    pub fn remote_branch(&self, remote: &str, branch: &str) -> Result<Option<String>, GitError> {
        let reference = format!("refs/heads/{branch}");
        let program: Program = self.git_program().args(["ls-remote", "--", remote, &reference]);
        let output = program.run(self.pool.deadline()).map_err(|error| failed("git ls-remote", &error))?;
        if !output.success() {
            let why = told(&output);
            return Err(GitError::Program { command: "git ls-remote".to_owned(), why });
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        for line in text.lines() {
            if let Some((commit, name)) = line.split_once('\t')
                && name == reference
            {
                return Ok(Some(commit.to_owned()));
            }
        }
        Ok(None)
    }

    /// The name of the remote of the current branch; otherwise `origin`, or the only one.
    pub fn remote(&self) -> Option<String> {
        self.pool.with(revision::known_remote)
    }

    /// The configured URLs of all remotes.
    pub fn remote_urls(&self) -> Vec<String> {
        self.pool.with(|repo| {
            let config = repo.config_snapshot();
            let mut urls = Vec::new();
            for name in repo.remote_names() {
                let name: &BStr = name.as_ref();
                let of_remote = config.plumbing().strings_by("remote", Some(name), "url");
                urls.extend(of_remote.into_iter().flatten().map(|url| url.to_string()));
            }
            urls
        })
    }

    /// The push address of a remote, by the remote's name.
    pub fn push_url(&self, remote: &str) -> Option<String> {
        self.pool.with(|repo| {
            let remote = repo.find_remote(remote).ok()?;
            let url = remote.url(gix::remote::Direction::Push)?;
            Some(url.to_bstring().to_string())
        })
    }

    /// The short name of the default branch of a remote, as it was last fetched.
    pub fn default_branch(&self, remote: &str) -> Option<String> {
        let full = self.pool.with(|repo| revision::default_branch(repo, remote))?;
        full.strip_prefix(&format!("refs/remotes/{remote}/")).map(str::to_owned)
    }
}

/// The outcome of a reference, in the lines that `git push --porcelain` writes: a flag, the reference, a summary.
fn outcome(text: &str, reference: &str) -> Option<Pushed> {
    for line in text.lines() {
        let mut fields = line.split('\t');
        let (flag, names, summary) = (fields.next()?, fields.next().unwrap_or_default(), fields.next());
        if !names.ends_with(&format!(":{reference}")) {
            continue;
        }
        return match flag {
            "=" => Some(Pushed::AlreadyThere),
            "!" => Some(Pushed::Rejected(summary.unwrap_or_default().trim().to_owned())),
            _ => Some(Pushed::Done),
        };
    }
    None
}

/// A refusal with the message of the remote, which names the rule that protects a branch.
fn explained(why: &str, stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr).into_owned();
    let mut words: Vec<&str> = Vec::new();
    for line in text.lines() {
        let word = line.strip_prefix("remote:").map(without_labels).unwrap_or_default();
        if !word.is_empty() && words.len() < MOST_LINES {
            words.push(word);
        }
    }
    if words.is_empty() {
        return why.to_owned();
    }
    let words: String = redacted(&words.join(" ")).chars().take(LONGEST_WORDS).collect();
    format!("{why}: {words}")
}

/// The text of a line without the label that programs put before it, some of them twice.
fn without_labels(line: &str) -> &str {
    let mut words = line.trim();
    while let Some(rest) = words.strip_prefix("error:").or_else(|| words.strip_prefix("fatal:")) {
        words = rest.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_git() {
        let reference = "refs/heads/pullable/revert/x";
        let line = |flag: &str, summary: &str| format!("To /r\n{flag}\tabc:{reference}\t{summary}\nDone\n");
        assert_eq!(outcome(&line("*", "[new branch]"), reference), Some(Pushed::Done));
        assert_eq!(outcome(&line("=", "[up to date]"), reference), Some(Pushed::AlreadyThere));
        let rejected = Pushed::Rejected("[rejected] (stale info)".to_owned());
        assert_eq!(outcome(&line("!", "[rejected] (stale info)"), reference), Some(rejected));
        let stderr = b"remote: error:\nremote: error: error: protected branch\nremote: see https://me:pw@h/x\nerror: failed\n";
        assert_eq!(
            explained("[remote rejected]", stderr),
            "[remote rejected]: protected branch see https://***@h/x"
        );
        assert_eq!(explained("[rejected] (stale info)", b"error: failed"), "[rejected] (stale info)");
        assert_eq!(outcome("fatal: unable to access\n", reference), None);
    }
}
