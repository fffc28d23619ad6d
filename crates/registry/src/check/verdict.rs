//! Verdicts: the status decides first, the error code second. A reference is missing only if the registry
//! itself reports it.

use std::sync::Arc;

use super::fetch::{Fetched, Found, NO_ENVELOPE, confirm_missing, fetch_manifest};
use super::inspect::{Depth, MissingChild, inspect, mode};
use super::queue::Numbers;
use super::session::Session;
use super::tag_lists::{TagLists, Tags};
use super::version::{self, Range};
use crate::message::{self, unverified};
use image::{Image, Platform};
use model::{Answer, Cause, Missing, Present, TagList, TagState, Unverified};

/// Maximum number of versions that are named if a range admits none.
const MAX_VERSIONS: usize = 3;

/// The inputs of a verdict, besides the repository.
#[derive(Clone, Copy)]
pub(super) struct Needs<'a> {
    pub(super) depth: Depth,
    /// The platforms for which the image needs a build.
    pub(super) platforms: &'a [Platform],
    pub(super) tag_lists: &'a TagLists,
}

/// Checks the existence of the manifest of an image.
pub(super) async fn check_manifest(
    session: Session<'_>,
    image: &Image,
    needs: Needs<'_>,
) -> Result<Answer, Unverified> {
    let mode = mode(session, image.digest.as_deref(), needs.depth);
    let (fetched, state) = fetch_manifest(session, image, mode).await?;
    let cross_origin = match fetched {
        Fetched::Found(found) => return answer_found(session, found, state, needs).await,
        Fetched::NotFound { cross_origin } => cross_origin,
    };
    let digest = image.digest.as_deref();
    let reference = digest.or(image.effective_tag()).unwrap_or_default();
    let tags = needs.tag_lists.get(session).await;
    if !confirms_missing(&tags, image, reference)
        && let Fetched::Found(found) = Box::pin(confirm_missing(session, reference, digest)).await?
    {
        return answer_found(session, found, state, needs).await;
    }
    let list = match tags {
        // The registry contradicts the server to which it redirects.
        Tags::List(list) if cross_origin && has_tag(&list, reference) => {
            let name = session.endpoint();
            let why = format!(
                "{name} lists the tag {reference}, and redirects to a server that has no manifest for it"
            );
            return Err(message::registry_error(&why));
        }
        Tags::NotFound { envelope: true } => return Ok(Answer::Missing(Missing::Repository)),
        Tags::List(list) => Some(list),
        Tags::NotFound { .. } | Tags::Failed(_) => None,
    };
    Ok(Answer::Missing(if digest.is_some() { Missing::Digest } else { Missing::Tag(list) }))
}

/// True if the tag list confirms that a manifest is missing. HEAD has no body, so a 404 may be from a
/// gateway, or from a server that supports only GET. If the list does not confirm it, the error in the body
/// of a GET has to. A list contains no digests, and some registries return an empty one to clients without
/// the permission to list.
fn confirms_missing(tags: &Tags, image: &Image, reference: &str) -> bool {
    match tags {
        Tags::List(list) => {
            let whole = list.complete && !list.tags.is_empty();
            image.digest.is_none() && whole && !has_tag(list, reference)
        }
        Tags::NotFound { envelope } => *envelope,
        Tags::Failed(_) => false,
    }
}

fn has_tag(list: &TagList, reference: &str) -> bool {
    list.tags.iter().any(|tag| tag == reference)
}

/// The answer for a manifest that exists.
async fn answer_found(
    session: Session<'_>,
    found: Found,
    tag: Option<TagState>,
    needs: Needs<'_>,
) -> Result<Answer, Unverified> {
    let (mut present, missing) = inspect(session, found, needs.depth, needs.platforms).await?;
    if let Some(MissingChild { digest, platform }) = missing {
        return Ok(Answer::Missing(Missing::Child { digest, platform }));
    }
    if tag.is_some() {
        present.details_mut().tag = tag;
    }
    Ok(Answer::Present(present))
}

/// Checks the existence of an image in a mirror, with all facts that a verdict needs.
pub(super) async fn try_mirror(
    session: Session<'_>,
    image: &Image,
    needs: Needs<'_>,
) -> Result<Option<Present>, Unverified> {
    let mode = mode(session, image.digest.as_deref(), needs.depth);
    let (fetched, tag) = fetch_manifest(session, image, mode).await?;
    let Fetched::Found(found) = fetched else { return Ok(None) };
    match answer_found(session, found, tag, needs).await? {
        Answer::Present(present) => Ok(Some(present)),
        Answer::Missing(_) | Answer::Unverified(_) => Ok(None),
    }
}

/// Checks the existence of a repository.
pub(super) async fn check_repository(session: Session<'_>, needs: Needs<'_>) -> Result<Answer, Unverified> {
    Ok(match list_tags(session, needs.tag_lists).await? {
        Some(_) => Answer::Present(Present::default()),
        None => Answer::Missing(Missing::Repository),
    })
}

/// The version that a range admits, and the existence of its manifest.
pub(super) async fn check_range(
    session: Session<'_>,
    image: &Image,
    (range, numbers): (&str, Numbers),
    needs: Needs<'_>,
) -> Result<Answer, Unverified> {
    let Some(range) = Range::parse(range) else { return Ok(Answer::Missing(Missing::NoRange)) };
    let Some(list) = list_tags(session, needs.tag_lists).await? else {
        return Ok(Answer::Missing(Missing::Repository));
    };
    let name = format!("{}/{}", session.endpoint(), session.repository());
    let versions = version::of_tags(&list.tags, numbers);
    let Some((tag, _)) = versions.iter().find(|(_, version)| range.admits(version)) else {
        if !list.complete {
            return Err(message::registry_error(&format!("{name} has more tags than are read")));
        }
        let newest = versions.into_iter().take(MAX_VERSIONS).map(|(tag, _)| tag).collect();
        return Ok(Answer::Missing(Missing::Version { newest }));
    };
    let image = Image { tag: Some(tag.clone()), digest: None, ..image.clone() };
    Ok(match check_manifest(session, &image, needs).await? {
        // One version exists; the newest is unknown, because the list is not complete.
        Answer::Present(mut present) if !list.complete => {
            present.digest = Arc::default();
            Answer::Present(present)
        }
        Answer::Present(mut present) => {
            present.details_mut().version = Some(tag.clone());
            Answer::Present(present)
        }
        Answer::Missing(Missing::Tag(_)) => {
            return Err(message::registry_error(&format!("{name} lists {tag}, and has no manifest for it")));
        }
        other => other,
    })
}

/// The tags of a repository; `None` if there is no such repository.
pub(super) async fn list_tags(
    session: Session<'_>,
    tag_lists: &TagLists,
) -> Result<Option<Arc<TagList>>, Unverified> {
    match tag_lists.get(session).await {
        // Distribution 2.1, GCR and others return this for repositories that do not exist.
        Tags::List(list) if list.tags.is_empty() && list.complete => {
            let name = format!("{}/{}", session.endpoint(), session.repository());
            let why = format!("{name} has no tags, or does not exist");
            Err(unverified(Cause::MissingOrPrivate, &why))
        }
        Tags::List(list) => Ok(Some(list)),
        Tags::NotFound { envelope: true } => Ok(None),
        Tags::NotFound { .. } => Err(session.no_registry(NO_ENVELOPE)),
        Tags::Failed(why) => Err(why),
    }
}
