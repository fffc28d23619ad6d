//! The past of any reference, for reports without a revert: the commit that introduced it, and its earlier
//! values. If a chart makes the reference, the chart is fetched and rendered for the commits of the walk.

use git::GitError;
use history::{Earlier, HistoryError, Introduced};
use model::{Reference, ThinVec};

use crate::error::Error;

use super::candidates::Broken;
use super::find::Member;
use super::session::{Run, Stopped};
use super::walks::Walks;

/// The past of a reference.
pub(crate) struct Past {
    /// The commit that introduced the reference.
    pub(crate) introduced: Introduced,
    /// Its earlier values, newest first.
    pub(crate) earlier: Vec<Earlier>,
    /// True if there may be more than the limit.
    pub(crate) is_cut: bool,
}

/// The reason why the past of a reference is not known.
pub(crate) enum NotFollowed {
    /// The clone is shallow.
    Shallow {
        /// The commit at which it ends.
        commit: String,
        /// The command that completes it.
        fetch: String,
    },
    /// Another reason.
    Other(String),
}

impl Run<'_> {
    /// The introducing commit of a reference in its own unit. If a scalar of the tree decides it, no chart is
    /// needed, and nothing is rendered.
    ///
    /// # Errors
    /// [`Error`] if git's data is damaged.
    pub(crate) async fn introduction(
        &self,
        walks: &mut Walks<'_>,
        shown: &Reference,
    ) -> Result<Result<Introduced, NotFollowed>, Error> {
        let in_tree = walks.in_tree();
        if shown.default_of.is_none()
            && let Some(reference) = in_tree.tracked(&shown.unit, shown)?
        {
            let found = in_tree.introducing(&shown.unit, &reference);
            return not_followed(found.map(Ok).map_err(Error::from));
        }
        let found = self.followed(walks, shown).await;
        not_followed(found.map(|found| found.map(|member| member.introduced)))
    }

    /// The past of a reference in its own unit. `most`: the number of earlier values that are wanted.
    ///
    /// # Errors
    /// [`Error`] if git's data is damaged.
    pub(crate) async fn past(
        &self,
        walks: &mut Walks<'_>,
        shown: &Reference,
        most: usize,
    ) -> Result<Result<Past, NotFollowed>, Error> {
        let found = match self.followed(walks, shown).await {
            Ok(Ok(member)) => self.earlier(walks, member, most).await,
            Ok(Err(stopped)) => Ok(Err(stopped)),
            Err(error) => Err(error),
        };
        not_followed(found)
    }

    async fn followed(
        &self,
        walks: &mut Walks<'_>,
        shown: &Reference,
    ) -> Result<Result<Member, Stopped>, Error> {
        let reference = Box::new(Reference { also_in: ThinVec::new(), ..shown.clone() });
        self.member(walks, Broken { reference, rule: String::new() }).await
    }

    async fn earlier(
        &self,
        walks: &mut Walks<'_>,
        member: Member,
        most: usize,
    ) -> Result<Result<Past, Stopped>, Error> {
        let mut values = walks.in_tree().earlier(&member.introduced)?;
        let mut past = Past { introduced: member.introduced, earlier: Vec::new(), is_cut: false };
        loop {
            let step = self.step(walks, member.share.as_ref(), |history| values.next(history)).await?;
            match step {
                Ok(Some(_)) if past.earlier.len() == most => {
                    past.is_cut = true;
                    return Ok(Ok(past));
                }
                Ok(Some(value)) => past.earlier.push(value),
                Ok(None) => return Ok(Ok(past)),
                Err(stopped) => return Ok(Err(stopped)),
            }
        }
    }
}

/// A walk that ends at the boundary of a shallow clone, or at a chart, is not an error.
fn not_followed<T>(found: Result<Result<T, Stopped>, Error>) -> Result<Result<T, NotFollowed>, Error> {
    match found {
        Ok(found) => Ok(found.map_err(|stopped| NotFollowed::Other(stopped.why()))),
        Err(Error::History(HistoryError::Git(GitError::ShallowBoundary { commit, fetch }))) => {
            Ok(Err(NotFollowed::Shallow { commit, fetch }))
        }
        Err(Error::History(HistoryError::NotThere { .. })) => {
            Ok(Err(NotFollowed::Other("no scalar of the repository decides it".to_owned())))
        }
        Err(Error::History(error @ HistoryError::Unreadable { .. })) => {
            Ok(Err(NotFollowed::Other(error.to_string())))
        }
        Err(error) => Err(error),
    }
}
