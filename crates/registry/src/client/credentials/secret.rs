//! A credential, and the place where it is stored. Its value appears in no message.

use std::fmt;

/// The user name that goes with an identity token in place of a password.
pub(in crate::client) const TOKEN_USER: &str = "<token>";

/// A credential, and the place where it is stored.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::client) struct Credential {
    pub(in crate::client) secret: Secret,
    /// For messages: `~/.docker/config.json auths`.
    pub(in crate::client) origin: String,
}

/// The parts of a credential.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::client) enum Secret {
    Password {
        user: String,
        password: String,
    },
    /// A refresh token for the `OAuth2` token endpoint.
    Identity(String),
    /// A bearer token, sent as it is.
    Bearer(String),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("origin", &self.origin).finish_non_exhaustive()
    }
}
