//! The work on one notification.

use notification::Notification;

use crate::config::Limits;
use crate::revert::Run;

/// The work on one notification.
pub(super) struct Sentry<'s> {
    pub(super) run: Run<'s>,
    pub(super) notification: &'s Notification,
    pub(super) limits: Limits,
    /// Seconds since 1970.
    pub(super) now: i64,
}
