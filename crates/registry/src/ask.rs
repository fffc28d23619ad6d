//! Verdicts: status first, error code second. Missing is what the registry itself says is missing.

use std::sync::Arc;

use reqwest::StatusCode;

use super::address::authority_of;
use super::describe::{self, unverified};
use super::host::{Host, Repository};
use super::look::{Depth, Lost, NO_ENVELOPE, Seen, There};
use super::tags::Tags;
use super::token::Grant;
use super::transport::Reply;
use super::version::{self, Range};
use super::{Registries, Subject};
use image::Image;
use model::{Answer, Cause, Missing, Present, TagList, TagState, Unverified};

/// Most versions that are named where none fits.
const MOST_VERSIONS: usize = 3;

impl Registries {
    /// How much is wanted to be known of what is asked for.
    pub(super) fn depth(&self, what: &Subject) -> Depth {
        let platforms = !self.platforms.is_empty();
        match what {
            Subject::Image => Depth { content: self.deep || platforms, platforms, children: self.deep },
            // What a chart is costs nothing: one GET in place of one HEAD.
            Subject::Artifact | Subject::Range(_) => Depth { content: true, ..Depth::default() },
            Subject::Repository => Depth::default(),
        }
    }

    /// Whether the manifest of an image is there.
    pub(super) async fn ask_manifest(
        &self,
        host: &Host,
        repository: &Repository,
        image: &Image,
        depth: Depth,
    ) -> Result<Answer, Unverified> {
        let (seen, state) = self.sight(host, repository, image, depth).await?;
        let elsewhere = match seen {
            Seen::There(there) => return self.there(host, repository, there, state, depth).await,
            Seen::Gone { elsewhere } => elsewhere,
        };
        let digest = image.digest.as_deref();
        let reference = digest.or(image.effective_tag()).unwrap_or_default();
        let tags = self.tags(host, repository).await;
        let lists_it = matches!(tags, Tags::List(list) if list.tags.iter().any(|tag| tag == reference));
        // HEAD has no body: a 404 may be a gateway's, or of a server that knows GET alone. Where the
        // list of tags does not bear it out, the manifest's own error has to. A list says nothing of
        // digests, and an empty one is what some answer to whoever may not list.
        let borne_out = match tags {
            Tags::List(list) => digest.is_none() && list.complete && !list.tags.is_empty() && !lists_it,
            Tags::Absent { envelope } => *envelope,
            Tags::Failed(_) => false,
        };
        if !borne_out && let Seen::There(there) = self.confirm(host, repository, reference, digest).await? {
            return self.there(host, repository, there, state, depth).await;
        }
        let missing = |list| if digest.is_some() { Missing::Digest } else { Missing::Tag(list) };
        let missing = match tags {
            // The registry's word against that of the server that it leads to.
            Tags::List(_) if elsewhere && lists_it => {
                let why = format!(
                    "{} lists the tag {reference}, and redirects to a server that has no manifest for it",
                    host.name
                );
                return Err(unverified(Cause::RegistryError, &why));
            }
            Tags::List(list) => missing(Some(Arc::clone(list))),
            Tags::Absent { envelope: true } => Missing::Repository,
            Tags::Absent { .. } | Tags::Failed(_) => missing(None),
        };
        Ok(Answer::Missing(missing))
    }

    async fn there(
        &self,
        host: &Host,
        repository: &Repository,
        there: There,
        tag: Option<TagState>,
        depth: Depth,
    ) -> Result<Answer, Unverified> {
        let (present, lost) = self.inspect(host, repository, there, depth).await?;
        Ok(match lost {
            Some(Lost { digest, platform }) => Answer::Missing(Missing::Child { digest, platform }),
            None => Answer::Present(Present { tag, ..present }),
        })
    }

    /// Whether a repository is there.
    pub(super) async fn ask_repository(
        &self,
        host: &Host,
        repository: &Repository,
    ) -> Result<Answer, Unverified> {
        Ok(match self.listed(host, repository).await? {
            Some(_) => Answer::Present(Present::default()),
            None => Answer::Missing(Missing::Repository),
        })
    }

    /// Which version of a chart or an artifact a range takes, and whether that is there.
    pub(super) async fn ask_range(
        &self,
        host: &Host,
        image: &Image,
        repository: &Repository,
        range: &str,
        depth: Depth,
    ) -> Result<Answer, Unverified> {
        let Some(range) = Range::parse(range) else { return Ok(Answer::Missing(Missing::NoRange)) };
        let Some(list) = self.listed(host, repository).await? else {
            return Ok(Answer::Missing(Missing::Repository));
        };
        let versions = version::of_tags(&list.tags);
        let Some((tag, _)) = versions.iter().find(|(_, version)| range.admits(version)) else {
            if !list.complete {
                let why = format!("{}/{} has more tags than are read", host.name, repository.name);
                return Err(unverified(Cause::RegistryError, &why));
            }
            let newest = versions.into_iter().take(MOST_VERSIONS).map(|(tag, _)| tag).collect();
            return Ok(Answer::Missing(Missing::Version { newest }));
        };
        let image = Image { tag: Some(tag.clone()), digest: None, ..image.clone() };
        Ok(match self.ask_manifest(host, repository, &image, depth).await? {
            // There is one; which is the newest nobody knows who has not read all.
            Answer::Present(present) if !list.complete => {
                Answer::Present(Present { digest: String::new(), ..present })
            }
            Answer::Present(present) => Answer::Present(Present { version: Some(tag.clone()), ..present }),
            Answer::Missing(Missing::Tag(_)) => {
                let why =
                    format!("{}/{} lists {tag}, and has no manifest for it", host.name, repository.name);
                return Err(unverified(Cause::RegistryError, &why));
            }
            other => other,
        })
    }

    /// The tags of a repository; `None` where there is no such repository.
    async fn listed(&self, host: &Host, repository: &Repository) -> Result<Option<Arc<TagList>>, Unverified> {
        match self.tags(host, repository).await {
            // Distribution 2.1, GCR and others answer so for repositories that do not exist.
            Tags::List(list) if list.tags.is_empty() && list.complete => {
                let why = format!("{}/{} has no tags, or does not exist", host.name, repository.name);
                Err(unverified(Cause::MissingOrPrivate, &why))
            }
            Tags::List(list) => Ok(Some(Arc::clone(list))),
            Tags::Absent { envelope: true } => Ok(None),
            Tags::Absent { .. } => Err(describe::no_registry(&host.name, NO_ENVELOPE)),
            Tags::Failed(why) => Err(why.clone()),
        }
    }

    /// Whether a mirror has an image, and has what is said of it.
    pub(super) async fn look(
        &self,
        host: &Host,
        image: &Image,
        depth: Depth,
    ) -> Result<Option<Present>, Unverified> {
        let repository = host.repository(&image.repository);
        let (seen, tag) = self.sight(host, &repository, image, depth).await?;
        let Seen::There(there) = seen else { return Ok(None) };
        let (present, lost) = self.inspect(host, &repository, there, depth).await?;
        Ok(lost.is_none().then_some(Present { tag, ..present }))
    }
}

/// Why an answer about a repository is no verdict.
pub(super) fn refused(host: &Host, repository: &Repository, reply: &Reply, grant: &Grant) -> Unverified {
    let (name, said) = (&host.name, reply.described());
    if reply.wandered {
        let cause = match reply.status {
            StatusCode::UNAUTHORIZED => Cause::Unauthorized,
            StatusCode::FORBIDDEN => Cause::MissingOrPrivate,
            StatusCode::TOO_MANY_REQUESTS => Cause::RateLimited,
            _ => Cause::RegistryError,
        };
        return unverified(
            cause,
            &format!(
                "{name}/{} is redirected to {}, which answers {said}",
                repository.name,
                authority_of(&reply.url)
            ),
        );
    }
    match reply.status {
        StatusCode::UNAUTHORIZED if grant.is_open() => {
            unverified(Cause::Unauthorized, &format!("{name} asks for a login without saying which ({said})"))
        }
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            let tried = grant.described();
            let why = format!(
                "{name}/{} does not exist, or is private: access is denied {tried} ({said})",
                repository.name
            );
            unverified(Cause::MissingOrPrivate, &why)
        }
        StatusCode::TOO_MANY_REQUESTS => describe::limited(name, &said),
        _ => unverified(Cause::RegistryError, &format!("{name} answers {said}")),
    }
}
