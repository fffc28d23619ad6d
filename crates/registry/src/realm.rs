//! Token servers: what they are asked, and what their answers say.

use std::time::Duration;

use oci_client::secrets::RegistryAuth;
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;

use super::address;
use super::challenge::Challenge;
use super::credentials::Credential;
use super::describe::unverified;
use super::host::{Host, Repository, Site};
use super::transport::{Reply, Request};
use model::{Cause, Unverified};

/// How long a token lives that does not say so.
const DEFAULT_LIFETIME: Duration = Duration::from_mins(1);
/// Longer than any run.
const LONGEST_LIFETIME: Duration = Duration::from_hours(24);

/// What a token is asked for with.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct TokenRequest {
    pub(super) realm: Url,
    pub(super) service: Option<String>,
    /// Empty to log in and no more.
    pub(super) scope: String,
}

impl TokenRequest {
    pub(super) fn get(&self, auth: Option<RegistryAuth>) -> Request {
        let mut url = self.realm.clone();
        {
            let mut query = url.query_pairs_mut();
            query.extend_pairs(self.service.iter().map(|service| ("service", service)));
            query.extend_pairs(self.scope.split_ascii_whitespace().map(|scope| ("scope", scope)));
        }
        // Who logs in must not be led to another server.
        let wanders = auth.is_none();
        Request { auth: auth.unwrap_or(RegistryAuth::Anonymous), wanders, ..Request::new(Method::GET, url) }
    }

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
        Request { form, wanders: false, ..Request::new(Method::POST, self.realm.clone()) }
    }
}

pub(super) fn pull_scope(repository: &Repository) -> String {
    format!("repository:{}:pull", repository.name)
}

pub(super) fn token_request(
    host: &Host,
    site: &Site,
    bearer: &Challenge,
    scope: String,
) -> Result<TokenRequest, Unverified> {
    let realm = address::realm(&site.base, bearer.parameter("realm").unwrap_or_default()).map_err(|why| {
        unverified(Cause::RegistryError, &format!("{} cannot be logged in to: {why}", host.name))
    })?;
    Ok(TokenRequest { realm, service: bearer.parameter("service").map(ToOwned::to_owned), scope })
}

pub(super) fn token_of(
    host: &Host,
    repository: &Repository,
    reply: &Reply,
    tried: &str,
) -> Result<(String, Duration), Unverified> {
    let (name, described) = (&host.name, reply.described());
    let (cause, why) = match reply.status {
        StatusCode::OK => {
            let body = reply.complete.then(|| serde_json::from_slice::<Value>(&reply.body).ok()).flatten();
            let field = |name| body.as_ref()?.get(name)?.as_str().filter(|token| !token.is_empty());
            let token = field("token").or_else(|| field("access_token")).and_then(usable);
            let token = token.ok_or_else(|| unusable(name))?;
            let seconds = body.as_ref().and_then(|body| body.get("expires_in")).and_then(Value::as_u64);
            let lifetime =
                seconds.filter(|seconds| *seconds > 0).map_or(DEFAULT_LIFETIME, Duration::from_secs);
            // A tenth early: a token must not expire under way.
            return Ok((token.to_owned(), lifetime.min(LONGEST_LIFETIME) / 10 * 9));
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => (
            Cause::MissingOrPrivate,
            format!(
                "{name}/{} does not exist, or is private: no token is given {tried} ({described})",
                repository.name
            ),
        ),
        StatusCode::TOO_MANY_REQUESTS => {
            (Cause::RateLimited, format!("{name} limits the rate of logins ({described})"))
        }
        _ => (Cause::RegistryError, format!("the token server of {name} answers {described}")),
    };
    Err(unverified(cause, &why))
}

/// A token that can stand in a header.
pub(super) fn usable(token: &str) -> Option<&str> {
    (!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())).then_some(token)
}

pub(super) fn unusable(host: &str) -> Unverified {
    unverified(Cause::RegistryError, &format!("the token server of {host} does not answer with a token"))
}

pub(super) fn none_configured(host: &Host) -> Unverified {
    let why = format!("{} asks for credentials, and none are configured", host.name);
    unverified(Cause::Unauthorized, &why)
}

pub(super) fn rejected(host: &Host, credential: &Credential, reply: &Reply) -> Unverified {
    let (name, origin) = (&host.name, &credential.origin);
    let why = format!("{name} rejects the credentials from {origin} ({})", reply.described());
    unverified(Cause::Rejected, &why)
}
