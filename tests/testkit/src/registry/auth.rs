//! Who may pull: challenges, tokens bound to their scope, and repositories that are denied to all.

use std::collections::HashMap;

use serde_json::json;

use super::State;
use super::call::Call;
use super::reply::Reply;

/// What a registry asks of a client.
#[derive(Clone, Debug)]
pub enum Auth {
    /// Nothing.
    Open,
    /// Basic authentication on every request.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// A token per repository, from `/token` on the host that was asked.
    Bearer {
        /// The one user and password that `/token` takes; if none are set, it takes any.
        credentials: Option<(String, String)>,
    },
}

impl Auth {
    /// Basic authentication.
    pub fn basic(user: &str, password: &str) -> Self {
        Self::Basic { user: user.to_owned(), password: password.to_owned() }
    }

    /// Tokens for everybody.
    pub fn bearer() -> Self {
        Self::Bearer { credentials: None }
    }

    /// Tokens for a user, and for who names none unless
    /// [`anonymous_pull`](super::Builder::anonymous_pull) is off.
    pub fn bearer_for(user: &str, password: &str) -> Self {
        Self::Bearer { credentials: Some((user.to_owned(), password.to_owned())) }
    }
}

/// How registries say that a repository is private or missing, which they keep apart for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// As Docker Hub: a token is issued, then manifests are answered 401 with another challenge.
    Unauthorized,
    /// As ghcr.io with a login: a token is issued, then manifests are answered 403 `DENIED`.
    Forbidden,
    /// As ghcr.io without a login: the token endpoint answers 403 `DENIED`.
    NoToken,
}

/// The tokens issued.
#[derive(Default)]
pub(super) struct Tokens {
    issued: usize,
    grants: HashMap<String, Grant>,
}

struct Grant {
    host: String,
    repositories: Vec<String>,
}

impl Tokens {
    pub(super) fn revoke(&mut self) {
        self.grants.clear();
    }

    fn issue(&mut self, grant: Grant) -> String {
        self.issued += 1;
        let token = format!("token-{}", self.issued);
        self.grants.insert(token.clone(), grant);
        token
    }

    /// The error to name in the challenge, if any, when a token does not do.
    fn check(&self, token: Option<&str>, host: &str, name: Option<&str>) -> Result<(), Option<&'static str>> {
        let grant = self.grants.get(token.ok_or(None)?).filter(|grant| grant.host == host);
        let repositories = &grant.ok_or(Some("invalid_token"))?.repositories;
        let covered = name.is_none_or(|name| repositories.iter().any(|granted| granted == name));
        covered.then_some(()).ok_or(Some("insufficient_scope"))
    }
}

/// Lets a request for a repository (or, without one, for `/v2/`) through, or says what is answered instead.
pub(super) fn admit(state: &State, call: &Call, name: Option<&str>) -> Result<(), Reply> {
    let host = &call.request.host;
    match &state.settings.auth {
        Auth::Open => {}
        Auth::Basic { user, password } => {
            let expected = (user.clone(), password.clone());
            if call.basic() != Some(expected) {
                return Err(unauthorized(state, call, name, None));
            }
        }
        Auth::Bearer { .. } => state
            .tokens
            .lock()
            .unwrap()
            .check(call.bearer(), host, name)
            .map_err(|error| unauthorized(state, call, name, error))?,
    }
    let denial = name.and_then(|name| state.store.lock().unwrap().denial(host, name));
    match denial {
        None => Ok(()),
        Some(Denial::Unauthorized) => Err(unauthorized(state, call, name, Some("insufficient_scope"))),
        Some(Denial::Forbidden | Denial::NoToken) => Err(denied()),
    }
}

fn denied() -> Reply {
    Reply::error(403, "DENIED", "requested access to the resource is denied")
}

/// 401, with the challenge of the registry's kind of authentication.
fn unauthorized(state: &State, call: &Call, name: Option<&str>, error: Option<&str>) -> Reply {
    let reply = Reply::error(401, "UNAUTHORIZED", "authentication required");
    match &state.settings.auth {
        Auth::Open => reply,
        Auth::Basic { .. } => reply.header("WWW-Authenticate", "Basic realm=\"testkit\""),
        Auth::Bearer { .. } => {
            let host = &call.request.host;
            let scope = name.map(|name| format!(",scope=\"repository:{name}:pull\"")).unwrap_or_default();
            let error = error.map(|error| format!(",error=\"{error}\"")).unwrap_or_default();
            let challenge = format!("Bearer realm=\"http://{host}/token\",service=\"{host}\"{scope}{error}");
            reply.header("WWW-Authenticate", &challenge)
        }
    }
}

/// The token endpoint.
pub(super) fn token(state: &State, call: &Call) -> Reply {
    let Auth::Bearer { credentials } = &state.settings.auth else {
        return Reply::status(404);
    };
    match call.request.method.as_str() {
        "GET" => {
            let known = match (&call.request.authorization, credentials) {
                (None, _) => state.settings.anonymous_pull,
                (Some(_), None) => true,
                (Some(_), Some(expected)) => call.basic().as_ref() == Some(expected),
            };
            if known { grant(state, call, "token", &call.query("scope")) } else { rejected() }
        }
        "POST" => match &state.settings.identity_token {
            None => Reply::status(404),
            Some(expected)
                if call.form("grant_type").as_deref() == Some("refresh_token")
                    && call.form("refresh_token").as_ref() == Some(expected) =>
            {
                grant(state, call, "access_token", call.form("scope").as_slice())
            }
            Some(_) => rejected(),
        },
        _ => Reply::status(405),
    }
}

fn rejected() -> Reply {
    Reply::error(401, "UNAUTHORIZED", "incorrect username or password")
}

fn grant(state: &State, call: &Call, field: &str, scopes: &[String]) -> Reply {
    let repositories: Vec<String> =
        scopes.iter().flat_map(|scope| scope.split(' ')).filter_map(pullable_repository).collect();
    let host = call.request.host.clone();
    let store = state.store.lock().unwrap();
    if repositories.iter().any(|name| store.denial(&host, name) == Some(Denial::NoToken)) {
        return denied();
    }
    drop(store);
    let token = state.tokens.lock().unwrap().issue(Grant { host, repositories });
    Reply::status(200)
        .header("Content-Type", "application/json")
        .body(json!({ field: token, "expires_in": 300 }).to_string())
}

/// The name in `repository:NAME:ACTIONS`, if to pull is among the actions.
fn pullable_repository(scope: &str) -> Option<String> {
    let (name, actions) = scope.strip_prefix("repository:")?.rsplit_once(':')?;
    actions.split(',').any(|action| matches!(action, "pull" | "*")).then(|| name.to_owned())
}
