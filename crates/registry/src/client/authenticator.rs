//! Authentication: answers the challenges of registries, with one token for each repository, fetched by the first
//! request that needs it.

use std::sync::Arc;
use std::time::Instant;

use oci_client::secrets::RegistryAuth;
use reqwest::header::WWW_AUTHENTICATE;
use reqwest::{Method, StatusCode};

use super::challenge::{self, Challenge};
use super::credentials::{Credential, Credentials, Secret, TOKEN_USER};
use super::discovery;
use super::dispatcher::Dispatcher;
use super::endpoint::{Endpoint, Site, Target};
use super::grant::{Grant, GrantSlot, Login};
use super::login_breaker::{Outcome, Turn};
use super::request::{Reply, Request};
use super::slot::keep;
use super::token_request::TokenRequest;
use super::token_server::{Token, no_credentials, pull_scope, rejected, token_of, usable};
use crate::message::unverified;
use model::{Cause, Unverified};

/// Authenticates requests and sends them.
pub(super) struct Authenticator {
    dispatcher: Dispatcher,
    credentials: Credentials,
    /// The name of this program for `OAuth2`.
    client_id: String,
}

impl Authenticator {
    pub(super) fn new(dispatcher: Dispatcher, credentials: Credentials, client_id: String) -> Self {
        Self { dispatcher, credentials, client_id }
    }

    /// Credential files and helpers that cannot be used.
    pub(super) fn warnings(&self) -> Vec<String> {
        self.credentials.warnings()
    }

    /// The site of a registry.
    pub(super) async fn site(&self, endpoint: &Endpoint, deadline: Instant) -> Result<Arc<Site>, Unverified> {
        discovery::site(&self.dispatcher, endpoint, deadline).await
    }

    /// The place where the credential for a repository is kept.
    pub(super) async fn credential_origin(&self, target: Target<'_>) -> Option<String> {
        let (name, repository) = (&target.endpoint.name, &target.repository.name);
        let found = self.credentials.find(name, repository, target.deadline).await;
        found.map(|credential| credential.origin)
    }

    /// Logs in at a registry that requires it: with the scope to pull the repository, or without a scope if
    /// no repository is named.
    pub(super) async fn try_login(&self, target: Target<'_>, site: &Site) -> Result<(), Unverified> {
        let scope = match target.repository.name.as_str() {
            "" => String::new(),
            name => pull_scope(name),
        };
        let grant = self.authenticate(target, site, &site.challenges, scope).await?;
        let Some((credential, _)) = grant.direct_login() else { return Ok(()) };
        if self.accepts(target, &grant.auth).await {
            return Ok(());
        }
        let why =
            format!("{} does not accept the credentials from {}", target.endpoint.name, credential.origin);
        Err(unverified(Cause::Unauthorized, &why))
    }

    /// Sends a request about a repository, authenticated as the registry requires.
    pub(super) async fn send(
        &self,
        target: Target<'_>,
        slot: &GrantSlot,
        request: &Request,
    ) -> Result<(Reply, Arc<Grant>), Unverified> {
        let grant = self.grant(target, slot).await?;
        let reply = self.send_with(target, request, &grant).await?;
        let denied = matches!(reply.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        if !denied || reply.cross_origin {
            return Ok((reply, grant));
        }
        let challenges = challenge::parse(reply.headers(WWW_AUTHENTICATE));
        match self.renew(target, slot, &grant, &challenges).await? {
            Some(grant) => Ok((self.send_with(target, request, &grant).await?, grant)),
            None => Ok((reply, grant)),
        }
    }

    /// Sends a request only with its own authentication.
    pub(super) async fn send_as_it_is(
        &self,
        endpoint: &Endpoint,
        request: Request,
        deadline: Instant,
    ) -> Result<Reply, Unverified> {
        self.dispatcher.exchange(endpoint, &[request], deadline).await
    }

    /// The grant of a repository, fetched if there is none or if it has expired.
    pub(super) async fn grant(&self, target: Target<'_>, slot: &GrantSlot) -> Result<Arc<Grant>, Unverified> {
        let site = self.site(target.endpoint, target.deadline).await?;
        let mut slot = slot.lock().await;
        let scope = match &*slot {
            Some(Err(why)) => return Err(why.clone()),
            Some(Ok(grant)) if grant.is_fresh() => return Ok(Arc::clone(grant)),
            Some(Ok(expired)) => expired.token_request.as_ref().map(|request| request.scope.clone()),
            None => None,
        };
        let scope = scope.unwrap_or_else(|| pull_scope(&target.repository.name));
        // On the heap: once for each repository, and part of the future of every request.
        let grant = Box::pin(self.authenticate(target, &site, &site.challenges, scope)).await;
        keep(&mut slot, grant.map(Arc::new))
    }

    /// A new grant after a refusal; `None` if the challenge requires nothing new.
    async fn renew(
        &self,
        target: Target<'_>,
        slot: &GrantSlot,
        refused: &Arc<Grant>,
        challenges: &[Challenge],
    ) -> Result<Option<Arc<Grant>>, Unverified> {
        if challenges.is_empty() || refused.direct_login().is_some() {
            return Ok(None);
        }
        let site = self.site(target.endpoint, target.deadline).await?;
        let mut slot = slot.lock().await;
        match &*slot {
            Some(Ok(newer)) if !Arc::ptr_eq(newer, refused) => return Ok(Some(Arc::clone(newer))),
            Some(Err(why)) => return Err(why.clone()),
            _ => {}
        }
        let bearer = find_bearer(challenges);
        let scope = match bearer.and_then(|bearer| bearer.parameter("scope")) {
            Some(scope) if !scope.is_empty() => scope.to_owned(),
            _ => pull_scope(&target.repository.name),
        };
        if let (Some(bearer), Some(before)) = (bearer, &refused.token_request)
            && bearer.parameter("error") != Some("invalid_token")
            && refused.is_fresh()
            && TokenRequest::new(&target.endpoint.name, &site.base, bearer, scope.clone())? == *before
        {
            return Ok(None);
        }
        let grant = Box::pin(self.authenticate(target, &site, challenges, scope)).await;
        keep(&mut slot, grant.map(Arc::new)).map(Some)
    }

    /// Sends a request with a grant. If the grant carries the credential itself, the request is a login.
    async fn send_with(
        &self,
        target: Target<'_>,
        request: &Request,
        grant: &Grant,
    ) -> Result<Reply, Unverified> {
        let requests = [Request { auth: grant.auth.clone(), ..request.clone() }];
        let Some((credential, breaker)) = grant.direct_login() else {
            return self.dispatcher.exchange(target.endpoint, &requests, target.deadline).await;
        };
        let turn = breaker.turn().await?;
        let outcome = self.dispatcher.exchange(target.endpoint, &requests, target.deadline).await;
        match &outcome {
            Ok(reply) if reply.status == StatusCode::UNAUTHORIZED && !reply.cross_origin => {
                let why = rejected(&target.endpoint.name, credential, reply);
                // If the login was accepted before, the denial is about this repository.
                if !turn.settle(Outcome::Rejected(why.clone())).await {
                    return Err(why);
                }
            }
            Ok(reply) if reply.status.is_success() || reply.status == StatusCode::NOT_FOUND => {
                turn.settle(Outcome::Accepted).await;
            }
            // The denial may be about this repository only, and all others wait for this login. One query to
            // the registry itself, for each credential, decides this.
            Ok(reply) if reply.status == StatusCode::FORBIDDEN && turn.is_first() => {
                let accepted = self.accepts(target, &grant.auth).await;
                turn.settle(if accepted { Outcome::Accepted } else { Outcome::Unclear }).await;
            }
            _ => {
                turn.settle(Outcome::Unclear).await;
            }
        }
        outcome
    }

    /// True if a registry that requires a login accepts this one.
    async fn accepts(&self, target: Target<'_>, auth: &RegistryAuth) -> bool {
        let Ok(site) = self.site(target.endpoint, target.deadline).await else { return false };
        if site.challenges.is_empty() {
            return false;
        }
        let ping = Request { auth: auth.clone(), ..Request::new(Method::GET, site.base.clone()) };
        match self.dispatcher.exchange(target.endpoint, &[ping], target.deadline).await {
            Ok(reply) => reply.status == StatusCode::OK && !reply.cross_origin,
            Err(_) => false,
        }
    }

    /// Answers the challenges of a registry.
    async fn authenticate(
        &self,
        target: Target<'_>,
        site: &Site,
        challenges: &[Challenge],
        scope: String,
    ) -> Result<Grant, Unverified> {
        if challenges.is_empty() {
            return Ok(Grant::anonymous());
        }
        let (endpoint, name) = (target.endpoint, &target.endpoint.name);
        let login = match self.credentials.find(name, &target.repository.name, target.deadline).await {
            Some(credential) => {
                let breaker = endpoint.login_breaker(&credential);
                Some((credential, breaker))
            }
            None => None,
        };
        if let Some(bearer) = find_bearer(challenges) {
            if let Some((Credential { secret: Secret::Bearer(token), origin }, _)) = &login {
                let Some(token) = usable(token) else {
                    let why = format!("the token for {name} from {origin} has characters that no token has");
                    return Err(unverified(Cause::Unauthorized, &why));
                };
                let auth = RegistryAuth::Bearer(token.to_owned());
                return Ok(Grant { auth, login, ..Grant::anonymous() });
            }
            let request = TokenRequest::new(name, &site.base, bearer, scope)?;
            let token = self.token(target, &request, login.as_ref()).await?;
            let auth = RegistryAuth::Bearer(token.value);
            let expires = Instant::now().checked_add(token.lifetime);
            return Ok(Grant { auth, expires, token_request: Some(request), login });
        }
        if challenges.iter().any(Challenge::is_basic) {
            let auth = match &login {
                None => return Err(no_credentials(name)),
                Some((Credential { secret: Secret::Password { user, password }, .. }, _)) => {
                    RegistryAuth::Basic(user.clone(), password.clone())
                }
                Some((Credential { origin, .. }, _)) => {
                    let why = format!("{name} requires user and password, and {origin} holds a token");
                    return Err(unverified(Cause::Unauthorized, &why));
                }
            };
            return Ok(Grant { auth, login, ..Grant::anonymous() });
        }
        let schemes: Vec<_> = challenges.iter().map(|challenge| challenge.scheme.as_str()).collect();
        let why = format!("{name} requires a login that is not supported ({})", schemes.join(", "));
        Err(unverified(Cause::Unauthorized, &why))
    }

    /// Fetches a token.
    async fn token(
        &self,
        target: Target<'_>,
        request: &TokenRequest,
        login: Option<&Login>,
    ) -> Result<Token, Unverified> {
        let name = &target.endpoint.name;
        let Some((credential, breaker)) = login else {
            let reply =
                self.dispatcher.exchange(target.endpoint, &[request.get(None)], target.deadline).await?;
            return match reply.status {
                StatusCode::UNAUTHORIZED => Err(no_credentials(name)),
                _ => token_of(target, &reply, "without credentials"),
            };
        };
        let turn = breaker.turn().await?;
        let reply = match self.request_token(target, request, credential).await {
            Ok(reply) => reply,
            Err(why) => {
                turn.settle(Outcome::Unclear).await;
                return Err(why);
            }
        };
        if self.is_rejected(target, request, credential, &turn, &reply).await {
            let why = rejected(name, credential, &reply);
            turn.settle(Outcome::Rejected(why.clone())).await;
            return Err(why);
        }
        // A token server that denies only this repository accepted the login.
        let accepted = matches!(reply.status, StatusCode::OK | StatusCode::FORBIDDEN);
        turn.settle(if accepted { Outcome::Accepted } else { Outcome::Unclear }).await;
        token_of(target, &reply, &format!("with the credentials from {}", credential.origin))
    }

    /// True if the reply of a token server rejects the credential. 403 may be about the repository only: a
    /// login without a repository decides this, once for each credential.
    async fn is_rejected(
        &self,
        target: Target<'_>,
        request: &TokenRequest,
        credential: &Credential,
        turn: &Turn<'_>,
        reply: &Reply,
    ) -> bool {
        match reply.status {
            StatusCode::UNAUTHORIZED => true,
            StatusCode::BAD_REQUEST => matches!(credential.secret, Secret::Identity(_)),
            StatusCode::FORBIDDEN if turn.is_first() => {
                let bare = TokenRequest { scope: String::new(), ..request.clone() };
                let login = self.request_token(target, &bare, credential).await;
                !matches!(login, Ok(login) if login.status == StatusCode::OK)
            }
            _ => false,
        }
    }

    /// Requests a token with a credential.
    async fn request_token(
        &self,
        target: Target<'_>,
        request: &TokenRequest,
        credential: &Credential,
    ) -> Result<Reply, Unverified> {
        let auth = match &credential.secret {
            Secret::Identity(token) => {
                let post = request.post(token, &self.client_id);
                let reply = self.dispatcher.exchange(target.endpoint, &[post], target.deadline).await?;
                if !matches!(reply.status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) {
                    return Ok(reply);
                }
                RegistryAuth::Basic(TOKEN_USER.into(), token.clone())
            }
            Secret::Password { user, password } => RegistryAuth::Basic(user.clone(), password.clone()),
            Secret::Bearer(token) => RegistryAuth::Bearer(token.clone()),
        };
        self.dispatcher.exchange(target.endpoint, &[request.get(Some(auth))], target.deadline).await
    }
}

fn find_bearer(challenges: &[Challenge]) -> Option<&Challenge> {
    challenges.iter().find(|challenge| challenge.is_bearer())
}
