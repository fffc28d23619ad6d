//! Authentication: what a challenge asks for, one token per repository, fetched by whoever comes first.

use std::sync::Arc;
use std::time::{Duration, Instant};

use oci_client::secrets::RegistryAuth;
use reqwest::header::WWW_AUTHENTICATE;
use reqwest::{Method, StatusCode};
use tokio::sync::Mutex;

use super::Registries;
use super::challenge::{self, Challenge};
use super::credentials::{Credential, Secret, TOKEN_USER};
use super::describe::unverified;
use super::host::{Host, Repository, Site};
use super::login::{Login, Outcome, Turn};
use super::realm::{
    TokenRequest, none_configured, pull_scope, rejected, token_of, token_request, unusable, usable,
};
use super::transport::{Reply, Request};
use model::{Cause, Unverified};

/// Where the grant of a repository is kept; its lock is held while one is fetched.
pub(super) type Slot = Mutex<Option<Result<Arc<Grant>, Unverified>>>;

/// What requests about a repository are sent with.
pub(super) struct Grant {
    auth: RegistryAuth,
    expires: Option<Instant>,
    /// What a token was asked for with.
    asked: Option<TokenRequest>,
    /// Whose credential is in use.
    credential: Option<(Credential, Arc<Login>)>,
}

impl Grant {
    fn is_fresh(&self) -> bool {
        self.expires.is_none_or(|expires| Instant::now() < expires)
    }

    /// The login that each request with this grant is, where it carries the credential itself.
    fn login(&self) -> Option<(&Credential, &Login)> {
        let (credential, login) = self.credential.as_ref().filter(|_| self.asked.is_none())?;
        Some((credential, login))
    }

    /// Whether no authentication has taken place.
    pub(super) fn is_open(&self) -> bool {
        self.auth == RegistryAuth::Anonymous
    }

    /// `with the credentials from …`.
    pub(super) fn described(&self) -> String {
        let origin = self.credential.as_ref().map(|(credential, _)| &credential.origin);
        origin.map_or_else(
            || "without credentials".into(),
            |origin| format!("with the credentials from {origin}"),
        )
    }
}

impl Registries {
    /// Sends a request about a repository, authenticated as the registry asks for.
    pub(super) async fn authorized(
        &self,
        host: &Host,
        repository: &Repository,
        slot: &Slot,
        request: &Request,
    ) -> Result<(Reply, Arc<Grant>), Unverified> {
        let site = self.site(host).await?;
        let grant = self.grant(host, repository, slot).await?;
        let reply = self.present(host, request, &grant).await?;
        if !matches!(reply.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) || reply.wandered {
            return Ok((reply, grant));
        }
        let challenges = challenge::parse(reply.headers(WWW_AUTHENTICATE));
        match self.renew(host, site, repository, slot, &grant, &challenges).await? {
            Some(grant) => Ok((self.present(host, request, &grant).await?, grant)),
            None => Ok((reply, grant)),
        }
    }

    /// The grant of a repository, fetched where there is none or where it has expired.
    pub(super) async fn grant(
        &self,
        host: &Host,
        repository: &Repository,
        slot: &Slot,
    ) -> Result<Arc<Grant>, Unverified> {
        let site = self.site(host).await?;
        let mut slot = slot.lock().await;
        let scope = match &*slot {
            Some(Err(why)) => return Err(why.clone()),
            Some(Ok(grant)) if grant.is_fresh() => return Ok(Arc::clone(grant)),
            Some(Ok(expired)) => expired.asked.as_ref().map(|asked| asked.scope.clone()),
            None => None,
        };
        let scope = scope.unwrap_or_else(|| pull_scope(repository));
        let grant = self.authenticate(host, site, repository, &site.challenges, scope).await;
        slot.insert(grant).clone()
    }

    /// Another grant in place of one that was refused; none where nothing new is asked for.
    async fn renew(
        &self,
        host: &Host,
        site: &Site,
        repository: &Repository,
        slot: &Slot,
        refused: &Arc<Grant>,
        challenges: &[Challenge],
    ) -> Result<Option<Arc<Grant>>, Unverified> {
        if challenges.is_empty() || refused.login().is_some() {
            return Ok(None);
        }
        let mut slot = slot.lock().await;
        match &*slot {
            Some(Ok(newer)) if !Arc::ptr_eq(newer, refused) => return Ok(Some(Arc::clone(newer))),
            Some(Err(why)) => return Err(why.clone()),
            _ => {}
        }
        let bearer = challenges.iter().find(|challenge| challenge.is_bearer());
        let asked_scope =
            bearer.and_then(|bearer| bearer.parameter("scope")).filter(|scope| !scope.is_empty());
        let scope = asked_scope.map_or_else(|| pull_scope(repository), ToOwned::to_owned);
        if let Some((bearer, before)) = bearer.zip(refused.asked.as_ref())
            && bearer.parameter("error") != Some("invalid_token")
            && refused.is_fresh()
            && token_request(host, site, bearer, scope.clone())? == *before
        {
            return Ok(None);
        }
        let grant = self.authenticate(host, site, repository, challenges, scope).await;
        slot.insert(grant).clone().map(Some)
    }

    /// Sends a request with a grant. A grant that carries the credential itself makes it a login.
    async fn present(&self, host: &Host, request: &Request, grant: &Grant) -> Result<Reply, Unverified> {
        let requests = [Request { auth: grant.auth.clone(), ..request.clone() }];
        let Some((credential, login)) = grant.login() else {
            return self.exchange(host, &requests).await;
        };
        let turn = login.turn().await?;
        let outcome = self.exchange(host, &requests).await;
        match &outcome {
            Ok(reply) if reply.status == StatusCode::UNAUTHORIZED && !reply.wandered => {
                let why = rejected(host, credential, reply);
                // Accepted before: the denial is of this repository, as of any token's.
                if !turn.settle(Outcome::Rejected(why.clone())).await {
                    return Err(why);
                }
            }
            Ok(reply) if reply.status.is_success() || reply.status == StatusCode::NOT_FOUND => {
                turn.settle(Outcome::Accepted).await;
            }
            // It may speak of the repository alone, and all others wait for this login: the registry itself
            // tells, once for the credential.
            Ok(reply) if reply.status == StatusCode::FORBIDDEN && turn.is_first() => {
                let known = self.is_known(host, &grant.auth).await;
                turn.settle(if known { Outcome::Accepted } else { Outcome::Unclear }).await;
            }
            _ => {
                turn.settle(Outcome::Unclear).await;
            }
        }
        outcome
    }

    /// Whether a registry that asks for a login takes this one.
    async fn is_known(&self, host: &Host, auth: &RegistryAuth) -> bool {
        let Ok(site) = self.site(host).await else { return false };
        let ping = Request { auth: auth.clone(), ..Request::new(Method::GET, site.base.clone()) };
        let reply = self.exchange(host, &[ping]).await;
        !site.challenges.is_empty()
            && reply.is_ok_and(|reply| reply.status == StatusCode::OK && !reply.wandered)
    }

    async fn authenticate(
        &self,
        host: &Host,
        site: &Site,
        repository: &Repository,
        challenges: &[Challenge],
        scope: String,
    ) -> Result<Arc<Grant>, Unverified> {
        let open = Grant { auth: RegistryAuth::Anonymous, expires: None, asked: None, credential: None };
        if challenges.is_empty() {
            return Ok(Arc::new(open));
        }
        let found = self.credentials.find(&host.name, &repository.name).await;
        let credential = found.map(|credential| {
            let login = host.login(&credential);
            (credential, login)
        });
        let name = &host.name;
        if let Some(bearer) = challenges.iter().find(|challenge| challenge.is_bearer()) {
            if let Some((Credential { secret: Secret::Bearer(token), .. }, _)) = &credential {
                let auth = RegistryAuth::Bearer(usable(token).ok_or_else(|| unusable(name))?.to_owned());
                return Ok(Arc::new(Grant { auth, credential, ..open }));
            }
            let asked = token_request(host, site, bearer, scope)?;
            // On the heap: one for each repository, and part of every question's future.
            let (token, lifetime) =
                Box::pin(self.token(host, repository, &asked, credential.as_ref())).await?;
            let expires = Instant::now().checked_add(lifetime);
            let auth = RegistryAuth::Bearer(token);
            return Ok(Arc::new(Grant { auth, expires, asked: Some(asked), credential }));
        }
        if challenges.iter().any(Challenge::is_basic) {
            let auth = match &credential {
                None => return Err(none_configured(host)),
                Some((Credential { secret: Secret::Password { user, password }, .. }, _)) => {
                    RegistryAuth::Basic(user.clone(), password.clone())
                }
                Some((Credential { origin, .. }, _)) => {
                    let why = format!("{name} asks for user and password, and {origin} holds a token");
                    return Err(unverified(Cause::Unauthorized, &why));
                }
            };
            return Ok(Arc::new(Grant { auth, credential, ..open }));
        }
        let schemes: Vec<_> = challenges.iter().map(|challenge| challenge.scheme.as_str()).collect();
        let why = format!("{name} asks for a login that is not supported ({})", schemes.join(", "));
        Err(unverified(Cause::Unauthorized, &why))
    }

    /// Fetches a token, and how long it may be used.
    async fn token(
        &self,
        host: &Host,
        repository: &Repository,
        asked: &TokenRequest,
        credential: Option<&(Credential, Arc<Login>)>,
    ) -> Result<(String, Duration), Unverified> {
        let Some((credential, login)) = credential else {
            let reply = self.exchange(host, &[asked.get(None)]).await?;
            return match reply.status {
                StatusCode::UNAUTHORIZED => Err(none_configured(host)),
                _ => token_of(host, repository, &reply, "without credentials"),
            };
        };
        let turn = login.turn().await?;
        let reply = match self.token_reply(host, asked, credential).await {
            Ok(reply) => reply,
            Err(why) => {
                turn.settle(Outcome::Unclear).await;
                return Err(why);
            }
        };
        if self.is_rejected(host, asked, credential, &turn, &reply).await {
            let why = rejected(host, credential, &reply);
            turn.settle(Outcome::Rejected(why.clone())).await;
            return Err(why);
        }
        let tried = format!("with the credentials from {}", credential.origin);
        // What denies this repository alone was good for a login.
        let accepted = matches!(reply.status, StatusCode::OK | StatusCode::FORBIDDEN);
        turn.settle(if accepted { Outcome::Accepted } else { Outcome::Unclear }).await;
        token_of(host, repository, &reply, &tried)
    }

    /// Whether a token server's answer is a rejection of the credential. 403 may speak of the repository
    /// alone: then a login without any shows which, once for the credential.
    async fn is_rejected(
        &self,
        host: &Host,
        asked: &TokenRequest,
        credential: &Credential,
        turn: &Turn<'_>,
        reply: &Reply,
    ) -> bool {
        match reply.status {
            StatusCode::UNAUTHORIZED => true,
            StatusCode::BAD_REQUEST => matches!(credential.secret, Secret::Identity(_)),
            StatusCode::FORBIDDEN if turn.is_first() => {
                let bare = TokenRequest { scope: String::new(), ..asked.clone() };
                let login = self.token_reply(host, &bare, credential).await;
                !login.is_ok_and(|login| login.status == StatusCode::OK)
            }
            _ => false,
        }
    }

    async fn token_reply(
        &self,
        host: &Host,
        asked: &TokenRequest,
        credential: &Credential,
    ) -> Result<Reply, Unverified> {
        match &credential.secret {
            Secret::Identity(token) => {
                let reply = self.exchange(host, &[asked.post(token, &self.client_id)]).await?;
                if !matches!(reply.status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) {
                    return Ok(reply);
                }
                let basic = RegistryAuth::Basic(TOKEN_USER.into(), token.clone());
                self.exchange(host, &[asked.get(Some(basic))]).await
            }
            Secret::Password { user, password } => {
                let basic = RegistryAuth::Basic(user.clone(), password.clone());
                self.exchange(host, &[asked.get(Some(basic))]).await
            }
            Secret::Bearer(token) => {
                self.exchange(host, &[asked.get(Some(RegistryAuth::Bearer(token.clone())))]).await
            }
        }
    }
}
