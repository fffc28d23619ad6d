//! The meaning of replies of token servers. Specification:
//! <https://distribution.github.io/distribution/spec/auth/token/>.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::credentials::Credential;
use super::endpoint::Target;
use super::request::Reply;
use crate::message::unverified;
use model::{Cause, Unverified};

/// Lifetime of a token without a stated lifetime.
const DEFAULT_LIFETIME: Duration = Duration::from_mins(1);
/// Maximum lifetime that is accepted.
const LONGEST_LIFETIME: Duration = Duration::from_hours(24);

/// A token and its lifetime.
pub(super) struct Token {
    pub(super) value: String,
    pub(super) lifetime: Duration,
}

/// The scope that pulling from a repository needs.
pub(super) fn pull_scope(repository: &str) -> String {
    format!("repository:{repository}:pull")
}

/// The token in a reply; `tried` names the credentials, for messages.
pub(super) fn token_of(target: Target<'_>, reply: &Reply, tried: &str) -> Result<Token, Unverified> {
    let (name, described) = (&target.endpoint.name, reply.described());
    let (cause, why) = match reply.status {
        StatusCode::OK => return read_token(reply).ok_or_else(|| unusable(name)),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            let repository = &target.repository.name;
            let why = format!(
                "{name}/{repository} does not exist, or is private: no token is given {tried} ({described})"
            );
            (Cause::MissingOrPrivate, why)
        }
        StatusCode::TOO_MANY_REQUESTS => {
            (Cause::RateLimited, format!("{name} limits the rate of logins ({described})"))
        }
        _ => (Cause::RegistryError, format!("the token server of {name} answers {described}")),
    };
    Err(unverified(cause, &why))
}

fn read_token(reply: &Reply) -> Option<Token> {
    if !reply.complete {
        return None;
    }
    let body: Value = serde_json::from_slice(&reply.body).ok()?;
    let token = match text(&body, "token") {
        Some(token) => token,
        None => text(&body, "access_token")?,
    };
    let value = usable(token)?.to_owned();
    let lifetime = match body.get("expires_in").and_then(Value::as_u64) {
        None | Some(0) => DEFAULT_LIFETIME,
        Some(seconds) => Duration::from_secs(seconds).min(LONGEST_LIFETIME),
    };
    // The lifetime is reduced by a tenth: a token must not expire during a request.
    Some(Token { value, lifetime: lifetime / 10 * 9 })
}

/// A field of an object that is text and not empty.
fn text<'a>(object: &'a Value, field: &str) -> Option<&'a str> {
    object.get(field)?.as_str().filter(|text| !text.is_empty())
}

/// A token that can be part of a header.
pub(super) fn usable(token: &str) -> Option<&str> {
    let printable = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    printable.then_some(token)
}

fn unusable(endpoint: &str) -> Unverified {
    let why = format!("the token server of {endpoint} does not answer with a token");
    unverified(Cause::RegistryError, &why)
}

pub(super) fn no_credentials(endpoint: &str) -> Unverified {
    let why = format!("{endpoint} requires credentials, and none are configured");
    unverified(Cause::Unauthorized, &why)
}

pub(super) fn rejected(endpoint: &str, credential: &Credential, reply: &Reply) -> Unverified {
    let origin = &credential.origin;
    let why = format!("{endpoint} rejects the credentials from {origin} ({})", reply.described());
    unverified(Cause::Rejected, &why)
}
