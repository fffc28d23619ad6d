//! The address of a registry and the logins that it offers, from its answer to `GET /v2/`, which is queried
//! once.

use std::sync::Arc;
use std::time::Instant;

use reqwest::header::WWW_AUTHENTICATE;
use reqwest::{Method, StatusCode};

use super::challenge;
use super::dispatcher::Dispatcher;
use super::endpoint::{Endpoint, Site};
use super::request::Request;
use super::slot::keep;
use crate::message::{self, unverified};
use model::{Cause, Unverified};

/// The site of a registry. The first caller determines it; all others wait for the result.
pub(super) async fn site(
    dispatcher: &Dispatcher,
    endpoint: &Endpoint,
    deadline: Instant,
) -> Result<Arc<Site>, Unverified> {
    let mut slot = endpoint.site.lock().await;
    if let Some(known) = &*slot {
        return known.clone();
    }
    // On the heap: once for each registry, and part of the future of every request.
    let found = Box::pin(ping(dispatcher, endpoint, deadline)).await;
    keep(&mut slot, found.map(Arc::new))
}

async fn ping(dispatcher: &Dispatcher, endpoint: &Endpoint, deadline: Instant) -> Result<Site, Unverified> {
    let mut requests = Vec::new();
    for base in endpoint.bases(dispatcher.is_insecure(&endpoint.name)) {
        requests.push(Request::new(Method::GET, base));
    }
    let reply = dispatcher.exchange(endpoint, &requests, deadline).await?;
    let described = reply.described();
    if reply.status == StatusCode::TOO_MANY_REQUESTS {
        return Err(message::limited(&endpoint.name, &described));
    }
    if reply.status.is_server_error() {
        return Err(unverified(Cause::RegistryError, &format!("{} answers {described}", endpoint.name)));
    }
    // The challenge of another server is not this registry's.
    let challenges = if reply.status == StatusCode::UNAUTHORIZED && !reply.cross_origin {
        challenge::parse(reply.headers(WWW_AUTHENTICATE))
    } else {
        Vec::new()
    };
    Ok(Site { base: reply.requested, challenges })
}
