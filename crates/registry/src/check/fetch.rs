//! Fetches one manifest: by HEAD, or by GET if the reply to HEAD is not sufficient or the body is needed. A
//! manifest exists if the reply has the status 200, a manifest's media type and a digest, or a body that is a
//! manifest.

use reqwest::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::{Method, StatusCode};

use super::session::Session;
use crate::client::{Grant, Reply, Request};
use crate::message;
use crate::oci::manifest::{
    ACCEPTED, DIGEST_HEADER, MAX_MANIFEST, algorithm, digest_header, hash, is_manifest, manifest_type,
    media_type,
};
use image::Image;
use model::{TagState, Unverified};

/// The detail of a 404 that is not a verdict.
pub(super) const NO_ENVELOPE: &str = "404 without an error code of a registry";

/// The method of a request for a manifest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// HEAD, and GET only if the reply to HEAD is not sufficient.
    Exists,
    /// GET.
    Body,
}

/// The result of a request for a manifest.
pub(super) enum Fetched {
    Found(Found),
    NotFound {
        /// True if the reply is from another server, after a redirect.
        cross_origin: bool,
    },
}

/// A manifest that exists.
pub(super) struct Found {
    pub(super) digest: String,
    pub(super) media_type: &'static str,
    /// Its body, if it was fetched.
    pub(super) body: Option<Vec<u8>>,
}

/// Fetches the manifest of an image by tag, digest, or both. If both are written, the digest decides, and the
/// second value is the state of the tag.
pub(super) async fn fetch_manifest(
    session: Session<'_>,
    image: &Image,
    mode: Mode,
) -> Result<(Fetched, Option<TagState>), Unverified> {
    let tag = image.effective_tag();
    let Some(digest) = image.digest.as_deref() else {
        return Ok((fetch(session, tag.unwrap_or_default(), None, mode).await?, None));
    };
    // On the heap: most references have a tag alone.
    let by_digest = Box::pin(fetch(session, digest, Some(digest), mode));
    let Some(tag) = tag else { return Ok((by_digest.await?, None)) };
    let by_tag = Box::pin(fetch(session, tag, None, Mode::Exists));
    let (by_digest, by_tag) = tokio::join!(by_digest, by_tag);
    let state = tag_state(by_tag, digest);
    // A tag that points to a digest without a manifest is a contradiction: a replica may lag behind.
    if state == TagState::Same && matches!(by_digest, Ok(Fetched::NotFound { .. })) {
        let name = session.endpoint();
        let why = format!("{name} points the tag {tag} at {digest}, and has no manifest for that");
        return Err(message::registry_error(&why));
    }
    Ok((by_digest?, Some(state)))
}

/// The state of a tag that is written beside a digest.
fn tag_state(by_tag: Result<Fetched, Unverified>, digest: &str) -> TagState {
    match by_tag {
        Ok(Fetched::Found(Found { digest: found, .. })) if found == digest => TagState::Same,
        // Digests of two algorithms cannot be compared.
        Ok(Fetched::Found(Found { digest: found, .. })) if algorithm(&found) != algorithm(digest) => {
            TagState::Unknown
        }
        Ok(Fetched::Found(Found { digest: found, .. })) => TagState::Moved(found),
        Ok(Fetched::NotFound { .. }) => TagState::Gone,
        Err(_) => TagState::Unknown,
    }
}

/// Fetches one manifest by a tag or a digest. `digest` is set if the reference is one.
pub(super) async fn fetch(
    session: Session<'_>,
    reference: &str,
    digest: Option<&str>,
    mode: Mode,
) -> Result<Fetched, Unverified> {
    if mode == Mode::Exists {
        let request = manifest_request(session, reference, Method::HEAD).await?;
        let (reply, grant) = session.send(&request).await?;
        if !needs_body(&reply, digest) {
            return read_reply(session, reply, &grant, digest, false);
        }
    }
    Ok(Box::pin(fetch_body(session, reference, digest)).await?.0)
}

/// True if GET is needed: the reply to HEAD has no digest, or the server does not support HEAD.
fn needs_body(reply: &Reply, digest: Option<&str>) -> bool {
    match reply.status {
        StatusCode::METHOD_NOT_ALLOWED => true,
        StatusCode::FORBIDDEN => reply.header(WWW_AUTHENTICATE).is_none(),
        StatusCode::OK => digest_header(reply.header(DIGEST_HEADER), digest.map(algorithm)).is_none(),
        _ => false,
    }
}

/// Fetches one manifest by GET. Returns the body of an error as well.
async fn fetch_body(
    session: Session<'_>,
    reference: &str,
    digest: Option<&str>,
) -> Result<(Fetched, Vec<u8>), Unverified> {
    let request = manifest_request(session, reference, Method::GET).await?;
    let request = Request { limit: MAX_MANIFEST, ..request };
    let (reply, grant) = session.send(&request).await?;
    let error = if reply.status.is_success() { Vec::new() } else { reply.body.clone() };
    Ok((read_reply(session, reply, &grant, digest, true)?, error))
}

/// Fetches by GET a manifest that HEAD did not find. It is missing only if the registry's error code confirms
/// it.
pub(super) async fn confirm_missing(
    session: Session<'_>,
    reference: &str,
    digest: Option<&str>,
) -> Result<Fetched, Unverified> {
    let (fetched, error) = fetch_body(session, reference, digest).await?;
    if matches!(fetched, Fetched::NotFound { .. }) && !message::says_missing(&error) {
        return Err(session.no_registry(NO_ENVELOPE));
    }
    Ok(fetched)
}

async fn manifest_request(
    session: Session<'_>,
    reference: &str,
    method: Method,
) -> Result<Request, Unverified> {
    let request = session.request(method, &format!("manifests/{reference}")).await?;
    Ok(Request { accept: Some(&ACCEPTED), ..request })
}

/// The result in the reply to a request for a manifest.
fn read_reply(
    session: Session<'_>,
    reply: Reply,
    grant: &Grant,
    wanted: Option<&str>,
    has_body: bool,
) -> Result<Fetched, Unverified> {
    match reply.status {
        StatusCode::OK => match read_found(reply, wanted, has_body) {
            Ok(found) => Ok(Fetched::Found(found)),
            Err(why) => Err(session.no_registry(&why)),
        },
        StatusCode::NOT_FOUND if reply.url.path().contains("/manifests/") => {
            Ok(Fetched::NotFound { cross_origin: reply.cross_origin })
        }
        _ => Err(session.refused(&reply, grant)),
    }
}

/// The manifest in a reply with the status 200.
///
/// # Errors
/// The reason why it is not a manifest.
fn read_found(reply: Reply, wanted: Option<&str>, has_body: bool) -> Result<Found, String> {
    let content_type = reply.header(CONTENT_TYPE).unwrap_or_default();
    let Some(media_type) = manifest_type(content_type) else {
        let other = media_type(content_type);
        return Err(format!("200 with the content type {other:?}, which is not a type of a manifest"));
    };
    let told = digest_header(reply.header(DIGEST_HEADER), wanted.map(algorithm));
    let digest = if has_body { Some(digest_of_body(&reply, wanted, told)?) } else { told };
    let Some(digest) = digest else { return Err("the manifest has no digest".to_owned()) };
    if let Some(wanted) = wanted
        && digest != wanted
    {
        return Err(format!("it answers with the manifest {digest} instead of {wanted}"));
    }
    let body = if has_body { Some(reply.body) } else { None };
    Ok(Found { digest, media_type, body })
}

/// The digest of a body, which has to equal the one in the header.
fn digest_of_body(reply: &Reply, wanted: Option<&str>, told: Option<String>) -> Result<String, String> {
    if !reply.complete {
        return Err("the manifest is longer than 8 MiB".to_owned());
    }
    if !is_manifest(&reply.body) {
        return Err("200 with a body that is not a manifest".to_owned());
    }
    let known = wanted.or(told.as_deref()).map_or("sha256", algorithm);
    match (hash(known, &reply.body), told) {
        (Some(hashed), Some(told)) if told != hashed => {
            Err("the manifest has another digest than its header gives".to_owned())
        }
        (Some(hashed), _) => Ok(hashed),
        (None, _) => Err("the manifest has no digest".to_owned()),
    }
}
