//! One repository in one run: the addresses of requests about it, and the meaning of a refusal.

use std::sync::Arc;

use reqwest::{Method, StatusCode, Url};

use crate::client::{Client, Grant, GrantSlot, Reply, Request, Target, authority_of};
use crate::message::{self, unverified};
use model::{Cause, Unverified};

/// One repository in one run.
#[derive(Clone, Copy)]
pub(super) struct Session<'a> {
    pub(super) client: &'a Client,
    pub(super) target: Target<'a>,
}

impl Session<'_> {
    /// The name of the registry.
    pub(super) fn endpoint(&self) -> &str {
        &self.target.endpoint.name
    }

    /// The name of the repository, without its registry.
    pub(super) fn repository(&self) -> &str {
        &self.target.repository.name
    }

    /// A request below the address of the repository: `manifests/1.27`.
    pub(super) async fn request(&self, method: Method, path: &str) -> Result<Request, Unverified> {
        let site = self.client.site(self.target.endpoint, self.target.deadline).await?;
        match Url::parse(&format!("{}{}/{path}", site.base, self.repository())) {
            Ok(url) => Ok(Request::new(method, url)),
            Err(_) => Err(message::no_registry(self.endpoint(), "its address cannot be used")),
        }
    }

    /// The grant of the repository.
    pub(super) async fn grant(&self) -> Result<Arc<Grant>, Unverified> {
        self.client.grant(self.target).await
    }

    /// Sends a request, authenticated as the registry requires. Returns the grant in use as well.
    pub(super) async fn send(&self, request: &Request) -> Result<(Reply, Arc<Grant>), Unverified> {
        self.client.send(self.target, self.target.repository.grant_slot(), request).await
    }

    /// Sends a request with a grant from another slot than that of the repository.
    pub(super) async fn send_with(
        &self,
        slot: &GrantSlot,
        request: &Request,
    ) -> Result<(Reply, Arc<Grant>), Unverified> {
        self.client.send(self.target, slot, request).await
    }

    /// The server does not answer like a registry.
    pub(super) fn no_registry(&self, why: &str) -> Unverified {
        message::no_registry(self.endpoint(), why)
    }

    /// The reason why the reply to a request about the repository is not a verdict.
    pub(super) fn refused(&self, reply: &Reply, grant: &Grant) -> Unverified {
        let (name, repository, described) = (self.endpoint(), self.repository(), reply.described());
        if reply.cross_origin {
            let server = authority_of(&reply.url);
            let why = format!("{name}/{repository} is redirected to {server}, which answers {described}");
            return unverified(cause_of(reply.status), &why);
        }
        match reply.status {
            StatusCode::UNAUTHORIZED if grant.is_anonymous() => {
                let why = format!("{name} requires a login and does not name its scheme ({described})");
                unverified(Cause::Unauthorized, &why)
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let tried = grant.described();
                let why = format!(
                    "{name}/{repository} does not exist, or is private: access is denied {tried} ({described})"
                );
                unverified(Cause::MissingOrPrivate, &why)
            }
            StatusCode::TOO_MANY_REQUESTS => message::limited(name, &described),
            _ => unverified(Cause::RegistryError, &format!("{name} answers {described}")),
        }
    }
}

/// The cause for a status of the server to which a redirect led.
fn cause_of(status: StatusCode) -> Cause {
    match status {
        StatusCode::UNAUTHORIZED => Cause::Unauthorized,
        StatusCode::FORBIDDEN => Cause::MissingOrPrivate,
        StatusCode::TOO_MANY_REQUESTS => Cause::RateLimited,
        _ => Cause::RegistryError,
    }
}
