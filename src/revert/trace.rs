//! The past of one broken reference, for reports without a revert: the commit that introduced it, and the
//! last known good value.

use git::GitError;
use history::HistoryError;
use model::audit::EarlierValue;
use model::incident::Tried;

use crate::error::Error;

use super::candidates::Broken;
use super::good::Good;
use super::session::Run;
use super::walks::Walks;

/// The past of a broken reference.
#[derive(Default)]
pub(crate) struct Trace {
    /// Object id of the commit that introduced it, and true if that commit added the unit.
    pub(crate) introduced: Option<(String, bool)>,
    /// The last known good value.
    pub(crate) good: Option<EarlierValue>,
    /// The earlier values that were queried.
    pub(crate) tried: Vec<Tried>,
    /// The reason why a part of it is not known.
    pub(crate) why: Option<String>,
}

impl Run<'_> {
    /// The past of a broken reference. The boundary of a shallow clone is a reason, not an error.
    ///
    /// # Errors
    /// [`Error`] if git's data is damaged.
    pub(crate) async fn trace(&self, walks: &mut Walks<'_>, broken: Broken) -> Result<Trace, Error> {
        let mut trace = Trace::default();
        match self.traced(walks, broken, &mut trace).await {
            Err(Error::History(HistoryError::Git(GitError::ShallowBoundary { fetch, .. }))) => {
                trace.why = Some(format!("this clone is shallow: {fetch}"));
            }
            traced => traced?,
        }
        Ok(trace)
    }

    async fn traced(&self, walks: &mut Walks<'_>, broken: Broken, trace: &mut Trace) -> Result<(), Error> {
        let member = match self.member(walks, broken).await? {
            Ok(member) => member,
            Err(stopped) => {
                trace.why = Some(stopped.why());
                return Ok(());
            }
        };
        let introduced = &member.introduced;
        trace.introduced = Some((introduced.commit.clone(), introduced.unit_before.is_none()));
        match self.good(walks, &member, &mut trace.tried).await? {
            Ok(good) => {
                let Good { reference, commit, digest } = good;
                trace.good = Some(EarlierValue { image: reference.image_or_text(), commit, digest });
            }
            Err(stopped) => trace.why = Some(stopped.why()),
        }
        Ok(())
    }
}
