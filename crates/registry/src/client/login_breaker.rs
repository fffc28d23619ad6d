//! The circuit breaker on rejected credentials. The first login with a credential is sent alone. If it is
//! rejected, no further one is sent: many failed logins may lock an account.

use tokio::sync::{Mutex, MutexGuard};

use model::Unverified;

/// The result of the logins with a credential at one endpoint.
#[derive(Clone, Debug, Default)]
pub(super) enum Outcome {
    #[default]
    Untried,
    /// The last login was neither accepted nor rejected: the next one is sent alone again.
    Unclear,
    Accepted,
    Rejected(Unverified),
}

/// The logins with one credential at one endpoint.
#[derive(Debug, Default)]
pub(super) struct LoginBreaker(Mutex<Outcome>);

/// The permission to log in.
pub(super) enum Turn<'a> {
    /// Alone: all others wait for the result.
    First(MutexGuard<'a, Outcome>),
    /// At the same time as others.
    Later(&'a LoginBreaker),
}

impl LoginBreaker {
    /// Waits for the first login, unless this is it.
    ///
    /// # Errors
    /// The rejection, if the credential was rejected before.
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
    /// True if the credential has been neither accepted nor rejected yet.
    pub(super) fn is_first(&self) -> bool {
        matches!(self, Self::First(_))
    }

    /// Notes the result of the login. Returns true if the endpoint accepts the credential. If it was accepted
    /// before, the refusal has another reason.
    pub(super) async fn settle(self, outcome: Outcome) -> bool {
        let mut known = match self {
            Turn::First(known) => known,
            Turn::Later(breaker) => breaker.0.lock().await,
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
    use crate::message::unverified;
    use model::Cause;

    #[tokio::test]
    async fn one_rejection_is_enough() {
        let login = LoginBreaker::default();
        let first = login.turn().await.unwrap();
        // No login starts before the first one is finished.
        let second = login.turn();
        tokio::pin!(second);
        assert!(futures_util::future::poll_immediate(&mut second).await.is_none());
        let why = unverified(Cause::Unauthorized, "no");
        assert!(!first.settle(Outcome::Rejected(why.clone())).await);
        assert_eq!(second.await.err(), Some(why));
    }

    #[tokio::test]
    async fn once_accepted_stays_accepted() {
        let login = LoginBreaker::default();
        login.turn().await.unwrap().settle(Outcome::Accepted).await;
        let (one, other) = (login.turn().await.unwrap(), login.turn().await.unwrap());
        assert!(one.settle(Outcome::Rejected(unverified(Cause::Unauthorized, "no"))).await);
        assert!(matches!(other, Turn::Later(_)));
        assert!(login.turn().await.is_ok());
    }
}
