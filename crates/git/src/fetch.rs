//! Fetching one branch with the program git, which knows credential helpers, ssh and proxies.

use super::Repository;
use super::error::GitError;
use super::output::told;
use super::write::failed;

impl Repository {
    /// Fetches one branch of a remote, by its short name, to `refs/remotes/REMOTE/BRANCH`, and returns its commit. No
    /// tag, no other branch, and neither `HEAD` nor the work tree changes.
    ///
    /// # Errors
    /// [`GitError::Program`] if git cannot be run, the remote cannot be reached, or it has no such branch.
    pub fn fetch(&self, remote: &str, branch: &str) -> Result<String, GitError> {
        let tracked = format!("refs/remotes/{remote}/{branch}");
        let reference = format!("+refs/heads/{branch}:{tracked}");
        let arguments =
            ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--", remote, &reference];
        let program = self.git_program().args(arguments);
        let output = program.run(self.pool.deadline()).map_err(|error| failed("git fetch", &error))?;
        if !output.success() {
            let why = told(&output);
            return Err(GitError::Program { command: "git fetch".to_owned(), why });
        }
        self.commit_id(&tracked)
    }
}
