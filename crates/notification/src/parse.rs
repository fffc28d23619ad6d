//! Parses a body as a notification.

use serde_json::Value;

use crate::bounds::LONGEST_BODY;
use crate::error::ParseError;
use crate::{Notification, argo_cd, flux};

/// The sender of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An event of Flux.
    Flux,
    /// A notification of Argo CD, by the template `pullable.argocd/1`.
    ArgoCd,
    /// Either of them, alone or in the event file of a `repository_dispatch` of GitHub: as its
    /// `client_payload`, or in the key `notification` of that, because GitHub accepts at most ten keys.
    Detect,
}

impl Notification {
    /// Parses a notification.
    ///
    /// # Errors
    /// [`ParseError`] if it is not one.
    pub fn parse(body: &[u8], source: Source) -> Result<Self, ParseError> {
        if body.len() > LONGEST_BODY {
            return Err(ParseError::TooLong);
        }
        if body.trim_ascii().is_empty() {
            return Err(ParseError::Empty);
        }
        let value: Value = serde_json::from_slice(body)
            .map_err(|error| ParseError::NotJson { line: error.line(), column: error.column() })?;
        match source {
            Source::Flux => flux::read(&value),
            Source::ArgoCd => argo_cd::read(&value),
            Source::Detect => detected(&value),
        }
    }
}

fn detected(value: &Value) -> Result<Notification, ParseError> {
    let payload = value.get("client_payload").unwrap_or(value);
    for candidate in [payload, payload.get("notification").unwrap_or(payload)] {
        if flux::is_event(candidate) {
            return flux::read(candidate);
        }
        if argo_cd::is_notification(candidate) {
            return argo_cd::read(candidate);
        }
    }
    Err(ParseError::Unknown)
}
