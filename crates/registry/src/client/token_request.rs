//! Requests to token servers. Specification: <https://distribution.github.io/distribution/spec/auth/token/>.

use oci_client::secrets::RegistryAuth;
use reqwest::{Method, Url};

use super::address;
use super::challenge::Challenge;
use super::request::Request;
use crate::message::unverified;
use model::{Cause, Unverified};

/// A request for a token.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct TokenRequest {
    pub(super) realm: Url,
    pub(super) service: Option<String>,
    /// The scope; empty for a login only.
    pub(super) scope: String,
}

impl TokenRequest {
    /// The request that a bearer challenge requires.
    ///
    /// # Errors
    /// The reason, if the token server must not be queried: see [`address::realm`].
    pub(super) fn new(
        endpoint: &str,
        base: &Url,
        bearer: &Challenge,
        scope: String,
    ) -> Result<Self, Unverified> {
        let service = bearer.parameter("service").map(ToOwned::to_owned);
        match address::realm(base, bearer.parameter("realm").unwrap_or_default()) {
            Ok(realm) => Ok(Self { realm, service, scope }),
            Err(why) => {
                let why = format!("the login at {endpoint} failed: {why}");
                Err(unverified(Cause::RegistryError, &why))
            }
        }
    }

    pub(super) fn get(&self, auth: Option<RegistryAuth>) -> Request {
        let mut url = self.realm.clone();
        let mut query = url.query_pairs_mut();
        if let Some(service) = &self.service {
            query.append_pair("service", service);
        }
        for scope in self.scope.split_ascii_whitespace() {
            query.append_pair("scope", scope);
        }
        drop(query);
        // A login must not be redirected to another server.
        let may_leave = auth.is_none();
        Request { auth: auth.unwrap_or(RegistryAuth::Anonymous), may_leave, ..Request::new(Method::GET, url) }
    }

    /// Exchanges an identity token for a token (`OAuth2`, `grant_type=refresh_token`).
    pub(super) fn post(&self, identity: &str, client_id: &str) -> Request {
        let mut form = self.realm.clone();
        form.query_pairs_mut()
            .clear()
            .append_pair("grant_type", "refresh_token")
            .append_pair("service", self.service.as_deref().unwrap_or_default())
            .append_pair("client_id", client_id)
            .append_pair("scope", &self.scope)
            .append_pair("refresh_token", identity);
        let form = Some(form.query().unwrap_or_default().to_owned());
        Request { form, may_leave: false, ..Request::new(Method::POST, self.realm.clone()) }
    }
}
