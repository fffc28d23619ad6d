//! The messages of commits, over all parents: a merge brings the commits of the branch into the history.

use gix::revision::walk::Sorting;
use gix::traverse::commit::simple::CommitTimeOrder;

use super::error::{Doing, GitError};
use super::{Repository, revision};

impl Repository {
    /// The newest commit of the history of `head`, without that of `base`, whose message is `wanted`; at most
    /// `most` commits are read. A shallow clone is read up to its boundary.
    ///
    /// # Errors
    /// [`GitError`] if a revision names no commit, or git's data is damaged.
    pub fn find_message(
        &self,
        base: Option<&str>,
        head: &str,
        most: usize,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Option<String>, GitError> {
        let doing = "walk the history";
        self.pool.with(|repo| {
            let tip = revision::commit(repo, head, true)?;
            let hidden = base.map(|base| revision::commit(repo, base, true)).transpose()?;
            let newest = Sorting::ByCommitTime(CommitTimeOrder::NewestFirst);
            let walk = repo.rev_walk([tip]).with_hidden(hidden).sorting(newest).all().doing(doing)?;
            for found in walk.take(most) {
                let commit = found.doing(doing)?.object().doing(doing)?;
                let message = commit.message_raw().doing(doing)?;
                if wanted(&String::from_utf8_lossy(message)) {
                    return Ok(Some(commit.id.to_string()));
                }
            }
            Ok(None)
        })
    }
}
