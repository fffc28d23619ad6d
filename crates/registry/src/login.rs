//! The circuit breaker on rejected credentials. The first login with a credential goes alone: where it is
//! rejected, no other is tried, for accounts get locked that fail to log in fifty times.

use tokio::sync::{Mutex, MutexGuard};

use model::Unverified;

/// What is known of a credential at one registry.
#[derive(Clone, Debug, Default)]
pub(super) enum Outcome {
    #[default]
    Untried,
    /// A login brought neither yes nor no: the next one is alone again, for it may be rejected.
    Unclear,
    Accepted,
    Rejected(Unverified),
}

/// The logins with one credential at one registry.
#[derive(Debug, Default)]
pub(super) struct Login(Mutex<Outcome>);

/// The right to log in.
pub(super) enum Turn<'a> {
    /// Alone: everybody else waits for how this one ends.
    First(MutexGuard<'a, Outcome>),
    /// Beside others.
    Later(&'a Login),
}

impl Login {
    /// Waits for the first login, unless this is it.
    ///
    /// # Errors
    /// The rejection, where the credential was rejected already.
    pub(super) async fn turn(&self) -> Result<Turn<'_>, Unverified> {
        let known = self.0.lock().await;
        match &*known {
            Outcome::Untried | Outcome::Unclear => Ok(Turn::First(known)),
            Outcome::Rejected(why) => Err(why.clone()),
            Outcome::Accepted => Ok(Turn::Later(self)),
        }
    }
}

impl Turn<'_> {
    /// Whether nobody knows yet what the credential is good for.
    pub(super) fn is_first(&self) -> bool {
        matches!(self, Self::First(_))
    }

    /// Notes how the login ended, and says whether the credential is good at this registry: what was
    /// accepted once and is refused elsewhere is refused for another reason.
    pub(super) async fn settle(self, outcome: Outcome) -> bool {
        let mut known = match self {
            Turn::First(known) => known,
            Turn::Later(login) => login.0.lock().await,
        };
        if !matches!((&*known, &outcome), (Outcome::Accepted | Outcome::Rejected(_), _)) {
            *known = outcome;
        }
        matches!(*known, Outcome::Accepted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cause, describe::unverified};

    #[tokio::test]
    async fn one_rejection_is_enough() {
        let login = Login::default();
        let first = login.turn().await.unwrap();
        // Nobody passes before the first is through.
        let second = login.turn();
        tokio::pin!(second);
        assert!(futures_util::future::poll_immediate(&mut second).await.is_none());
        let why = unverified(Cause::Unauthorized, "no");
        assert!(!first.settle(Outcome::Rejected(why.clone())).await);
        assert_eq!(second.await.err(), Some(why));
    }

    #[tokio::test]
    async fn once_accepted_stays_accepted() {
        let login = Login::default();
        login.turn().await.unwrap().settle(Outcome::Accepted).await;
        let (one, other) = (login.turn().await.unwrap(), login.turn().await.unwrap());
        assert!(one.settle(Outcome::Rejected(unverified(Cause::Unauthorized, "no"))).await);
        assert!(matches!(other, Turn::Later(_)));
        assert!(login.turn().await.is_ok());
    }
}
