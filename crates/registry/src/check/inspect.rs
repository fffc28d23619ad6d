//! Inspects a manifest that exists: its content, its platforms, and the existence of all manifests that an
//! index names. The facts in a body about its digest never change, so that they are cached.

use futures_util::StreamExt;
use futures_util::stream;
use reqwest::{Method, StatusCode};

use super::fetch::{Fetched, Found, Mode, confirm_missing, fetch};
use super::session::Session;
use crate::client::Request;
use crate::message;
use crate::oci::content::{self, Child, Facts};
use crate::oci::manifest::{algorithm, digest_header, hash};
use image::Platform;
use model::{Content, Details, Present, Unverified};

/// Maximum length of a configuration of an image, in bytes.
const MAX_CONFIG: usize = 4 << 20;
/// Maximum number of manifests of an index that are looked up.
const MAX_CHILDREN: usize = 64;
/// Manifests of an index that are looked up at a time.
const CHILDREN_AT_A_TIME: usize = 8;

/// The facts that a run needs about a manifest that exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Depth {
    /// The kind of its content.
    pub(super) content: bool,
    /// Its platforms.
    pub(super) platforms: bool,
    /// The existence of all manifests that an index names.
    pub(super) children: bool,
}

/// A manifest that an index names and that does not exist.
pub(super) struct MissingChild {
    pub(super) digest: String,
    pub(super) platform: Option<Platform>,
}

impl Depth {
    fn is_none(self) -> bool {
        self == Self::default()
    }

    /// True if these facts are sufficient. The existence of children is never a fact.
    fn is_met_by(self, facts: &Facts) -> bool {
        let platforms = !self.platforms || facts.content != Content::Image || facts.platforms.is_some();
        platforms && !(self.children && facts.content == Content::Index)
    }
}

/// The method of the request for a manifest. Docker Hub counts GETs: there HEAD is sent first, because the
/// facts about its digest may be cached.
pub(super) fn mode(session: Session<'_>, digest: Option<&str>, depth: Depth) -> Mode {
    if depth.is_none() || session.target.endpoint.is_docker_hub() {
        return Mode::Exists;
    }
    match digest.and_then(|digest| session.client.cached(digest)) {
        Some(facts) if depth.is_met_by(&facts) => Mode::Exists,
        _ => Mode::Body,
    }
}

/// Inspects a manifest that exists. `wanted` are the platforms whose children have to exist; if there are none, all.
pub(super) async fn inspect(
    session: Session<'_>,
    found: Found,
    depth: Depth,
    wanted: &[Platform],
) -> Result<(Present, Option<MissingChild>), Unverified> {
    let Found { digest, media_type, body } = found;
    let mut missing = None;
    // Facts that an earlier run cached must not change the verdict of a run that needs none.
    let mut facts = session.client.cached(&digest).filter(|facts| !depth.is_none() && depth.is_met_by(facts));
    if facts.is_none() && (!depth.is_none() || body.is_some()) {
        let body = match body {
            Some(body) => body,
            None => Box::pin(body_of(session, &digest)).await?,
        };
        if let Some(document) = content::read(&body) {
            let mut read = document.facts;
            if let Some(config) = document.config
                && depth.platforms
            {
                read.platforms = platform_of(session, &config).await?.map(|platform| vec![platform]);
            }
            if depth.children {
                missing = find_missing_child(session, document.children, wanted).await?;
            }
            session.client.cache(&digest, &read);
            facts = Some(read);
        }
    }
    let (content, platforms) = match facts {
        Some(facts) => (Some(facts.content), facts.platforms),
        None => (None, None),
    };
    let details = Details { content, platforms, ..Details::default() };
    Ok((Present::new(digest.into(), media_type, details), missing))
}

/// The body of a manifest whose digest is known from HEAD.
async fn body_of(session: Session<'_>, digest: &str) -> Result<Vec<u8>, Unverified> {
    match fetch(session, digest, Some(digest), Mode::Body).await? {
        Fetched::Found(found) => Ok(found.body.unwrap_or_default()),
        Fetched::NotFound { .. } => {
            let name = session.endpoint();
            Err(message::registry_error(&format!(
                "{name} reports the manifest {digest}, and does not have it"
            )))
        }
    }
}

/// The platform in the configuration of a single image.
async fn platform_of(session: Session<'_>, digest: &str) -> Result<Option<Platform>, Unverified> {
    // The digest becomes part of an address.
    let Some(digest) = digest_header(Some(digest), None) else {
        return Err(bad_config(session, "has no digest"));
    };
    let request = session.request(Method::GET, &format!("blobs/{digest}")).await?;
    let (reply, grant) = session.send(&Request { limit: MAX_CONFIG, ..request }).await?;
    match reply.status {
        StatusCode::OK if !reply.complete => Err(bad_config(session, "is longer than 4 MiB")),
        StatusCode::OK if hash(algorithm(&digest), &reply.body) != Some(digest) => {
            Err(bad_config(session, "has another digest than the manifest lists"))
        }
        StatusCode::OK => Ok(content::platform_of_config(&reply.body)),
        StatusCode::NOT_FOUND => Err(bad_config(session, &format!("is not there ({})", reply.described()))),
        _ => Err(session.refused(&reply, &grant)),
    }
}

fn bad_config(session: Session<'_>, why: &str) -> Unverified {
    let name = format!("{}/{}", session.endpoint(), session.repository());
    message::registry_error(&format!(
        "the configuration of an image of {name}, which declares its platform, {why}"
    ))
}

/// The first manifest of an index that does not exist, among those for the wanted platforms.
async fn find_missing_child(
    session: Session<'_>,
    mut children: Vec<Child>,
    wanted: &[Platform],
) -> Result<Option<MissingChild>, Unverified> {
    children.retain(|child| is_wanted(child, wanted));
    if children.len() > MAX_CHILDREN {
        let name = format!("{}/{}", session.endpoint(), session.repository());
        let why = format!("an index of {name} names {} manifests, more than the limit", children.len());
        return Err(message::registry_error(&why));
    }
    let lookups = children.into_iter().map(|child| look_up_child(session, child));
    let results: Vec<_> = stream::iter(lookups).buffered(CHILDREN_AT_A_TIME).collect().await;
    let mut unverified = None;
    for result in results {
        match result {
            Ok(None) => {}
            Ok(missing) => return Ok(missing),
            Err(why) => unverified = Some(why),
        }
    }
    unverified.map_or(Ok(None), Err)
}

/// True if a wanted platform can run a child; a child without a platform may run on each.
fn is_wanted(child: &Child, wanted: &[Platform]) -> bool {
    match &child.platform {
        Some(platform) if !wanted.is_empty() => wanted.iter().any(|one| one.runs(platform)),
        _ => true,
    }
}

async fn look_up_child(session: Session<'_>, child: Child) -> Result<Option<MissingChild>, Unverified> {
    let Some(digest) = digest_header(Some(&child.digest), None) else {
        return Err(session.no_registry("an index has an entry without a digest"));
    };
    if let Fetched::Found(_) = fetch(session, &digest, Some(&digest), Mode::Exists).await? {
        return Ok(None);
    }
    // A gateway, or a server that supports only GET, may answer HEAD with 404.
    match Box::pin(confirm_missing(session, &digest, Some(&digest))).await? {
        Fetched::Found(_) => Ok(None),
        Fetched::NotFound { .. } => Ok(Some(MissingChild { digest, platform: child.platform })),
    }
}
