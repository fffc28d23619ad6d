//! Grants: the authentication of requests about a repository.

use std::sync::Arc;
use std::time::Instant;

use oci_client::secrets::RegistryAuth;

use super::credentials::Credential;
use super::login_breaker::LoginBreaker;
use super::slot::Slot;
use super::token_request::TokenRequest;

/// The grant of a repository; fetched once.
pub(crate) type GrantSlot = Slot<Grant>;

/// A credential, with its circuit breaker at one endpoint.
pub(super) type Login = (Credential, Arc<LoginBreaker>);

/// The authentication of requests about a repository.
pub(crate) struct Grant {
    pub(super) auth: RegistryAuth,
    pub(super) expires: Option<Instant>,
    /// The request for the token, if the grant is one.
    pub(super) token_request: Option<TokenRequest>,
    /// The credential in use.
    pub(super) login: Option<Login>,
}

impl Grant {
    /// The grant of a registry that requires no login.
    pub(super) fn anonymous() -> Self {
        Self { auth: RegistryAuth::Anonymous, expires: None, token_request: None, login: None }
    }

    pub(super) fn is_fresh(&self) -> bool {
        self.expires.is_none_or(|expires| Instant::now() < expires)
    }

    /// The login of each request with this grant, if it carries the credential itself and not a token.
    pub(super) fn direct_login(&self) -> Option<&Login> {
        if self.token_request.is_some() { None } else { self.login.as_ref() }
    }

    /// True if no authentication has taken place.
    pub(crate) fn is_anonymous(&self) -> bool {
        self.auth == RegistryAuth::Anonymous
    }

    /// `with the credentials from …`, for messages.
    pub(crate) fn described(&self) -> String {
        match &self.login {
            Some((credential, _)) => format!("with the credentials from {}", credential.origin),
            None => "without credentials".to_owned(),
        }
    }
}
