//! Verdicts: status first, error code second. Missing is what the registry itself says is missing.

use reqwest::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::{Method, StatusCode, Url};

use super::Registries;
use super::address::authority_of;
use super::answer::{Answer, Cause, Missing, Present, TagState, Unverified};
use super::describe::{self, unverified};
use super::host::{Host, Repository};
use super::manifest::{self, ACCEPTED, DIGEST_HEADER, MAX_MANIFEST};
use super::tags::Tags;
use super::token::Grant;
use super::transport::{Reply, Request};
use crate::image::Image;

const NO_ENVELOPE: &str = "404, and not in the form of a registry's errors that says so";

/// What an answer has to have: by its method.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    /// HEAD.
    None,
    /// GET.
    Whole,
}

/// What became of one manifest.
enum Seen {
    There {
        digest: String,
        media_type: String,
    },
    Gone {
        /// Another server says so, which a redirect led to.
        elsewhere: bool,
    },
}

impl Registries {
    /// Whether the manifest of an image is there.
    pub(super) async fn ask_manifest(
        &self,
        host: &Host,
        repository: &Repository,
        image: &Image,
    ) -> Result<Answer, Unverified> {
        let (tag, digest) = (image.effective_tag(), image.digest.as_deref());
        let Some(digest) = digest else {
            let seen = self.manifest(host, repository, tag.unwrap_or_default(), None).await?;
            let tag = tag.unwrap_or_default();
            return self.answer(host, repository, seen, (tag, None, None), Missing::Tag).await;
        };
        let by_digest = self.manifest(host, repository, digest, Some(digest));
        let Some(tag) = tag else {
            let seen = by_digest.await?;
            let asked = (digest, Some(digest), None);
            return self.answer(host, repository, seen, asked, |_| Missing::Digest).await;
        };
        let (seen, by_tag) = tokio::join!(by_digest, self.manifest(host, repository, tag, None));
        let state = match by_tag {
            Ok(Seen::There { digest: found, .. }) if found == digest => TagState::Same,
            Ok(Seen::There { digest: found, .. })
                if manifest::algorithm(&found) != manifest::algorithm(digest) =>
            {
                TagState::Unknown
            }
            Ok(Seen::There { digest: found, .. }) => TagState::Moved(found),
            Ok(Seen::Gone { .. }) => TagState::Gone,
            Err(_) => TagState::Unknown,
        };
        // What names a digest and has no manifest for it contradicts itself: a replica that lags, say.
        if state == TagState::Same && matches!(seen, Ok(Seen::Gone { .. })) {
            let why = format!("{} points the tag {tag} at {digest}, and has no manifest for that", host.name);
            return Err(unverified(Cause::RegistryError, &why));
        }
        let asked = (digest, Some(digest), Some(state));
        self.answer(host, repository, seen?, asked, |_| Missing::Digest).await
    }

    /// Whether a repository is there.
    pub(super) async fn ask_repository(
        &self,
        host: &Host,
        repository: &Repository,
    ) -> Result<Answer, Unverified> {
        match self.tags(host, repository).await {
            // Distribution 2.1, GCR and others answer so for repositories that do not exist.
            Tags::List(list) if list.tags.is_empty() && list.complete => {
                let why = format!("{}/{} has no tags, or does not exist", host.name, repository.name);
                Err(unverified(Cause::MissingOrPrivate, &why))
            }
            Tags::List(_) => Ok(Answer::Present(Present::default())),
            Tags::Absent { envelope: true } => Ok(Answer::Missing(Missing::Repository)),
            Tags::Absent { .. } => Err(describe::no_registry(&host.name, NO_ENVELOPE)),
            Tags::Failed(why) => Err(why.clone()),
        }
    }

    async fn answer(
        &self,
        host: &Host,
        repository: &Repository,
        seen: Seen,
        (reference, digest, state): (&str, Option<&str>, Option<TagState>),
        missing: impl FnOnce(Option<std::sync::Arc<super::TagList>>) -> Missing,
    ) -> Result<Answer, Unverified> {
        let elsewhere = match seen {
            Seen::There { digest, media_type } => {
                return Ok(Answer::Present(Present { digest, media_type, tag: state }));
            }
            Seen::Gone { elsewhere } => elsewhere,
        };
        let tags = self.tags(host, repository).await;
        let lists_it = matches!(tags, Tags::List(list) if list.tags.iter().any(|tag| tag == reference));
        // HEAD has no body: a 404 may be a gateway's, or of a server that knows GET alone. Where the
        // list of tags does not bear it out, the manifest's own error has to.
        if (lists_it || matches!(tags, Tags::Failed(_) | Tags::Absent { envelope: false }))
            && let Seen::There { digest, media_type } =
                self.confirm(host, repository, reference, digest).await?
        {
            return Ok(Answer::Present(Present { digest, media_type, tag: state }));
        }
        let missing = match tags {
            // The registry's word against that of the server that it leads to.
            Tags::List(_) if elsewhere && lists_it => {
                let why = format!(
                    "{} lists the tag {reference}, and redirects to a server that has no manifest for it",
                    host.name
                );
                return Err(unverified(Cause::RegistryError, &why));
            }
            Tags::List(list) => missing(Some(std::sync::Arc::clone(list))),
            Tags::Absent { envelope: true } => Missing::Repository,
            Tags::Absent { .. } | Tags::Failed(_) => missing(None),
        };
        Ok(Answer::Missing(missing))
    }

    /// Asks for one manifest, by HEAD, or by GET where HEAD cannot tell.
    async fn manifest(
        &self,
        host: &Host,
        repository: &Repository,
        reference: &str,
        digest: Option<&str>,
    ) -> Result<Seen, Unverified> {
        let request = self.manifest_request(host, repository, reference, Method::HEAD).await?;
        let (reply, grant) = self.authorized(host, repository, &repository.grant, &request).await?;
        let algorithm = digest.map(manifest::algorithm);
        let untold = match reply.status {
            StatusCode::METHOD_NOT_ALLOWED => true,
            StatusCode::FORBIDDEN => reply.header(WWW_AUTHENTICATE).is_none(),
            StatusCode::OK => manifest::digest_header(reply.header(DIGEST_HEADER), algorithm).is_none(),
            _ => false,
        };
        if !untold {
            return seen(host, repository, &reply, &grant, digest, Body::None);
        }
        Ok(self.whole(host, repository, reference, digest).await?.0)
    }

    /// Asks for one manifest by GET; with the answer itself.
    async fn whole(
        &self,
        host: &Host,
        repository: &Repository,
        reference: &str,
        digest: Option<&str>,
    ) -> Result<(Seen, Reply), Unverified> {
        let request = self.manifest_request(host, repository, reference, Method::GET).await?;
        let request = Request { limit: MAX_MANIFEST, ..request };
        let (reply, grant) = self.authorized(host, repository, &repository.grant, &request).await?;
        let seen = seen(host, repository, &reply, &grant, digest, Body::Whole)?;
        Ok((seen, reply))
    }

    /// Asks by GET for a manifest that HEAD did not find: gone is what the registry's own error says is.
    async fn confirm(
        &self,
        host: &Host,
        repository: &Repository,
        reference: &str,
        digest: Option<&str>,
    ) -> Result<Seen, Unverified> {
        let (seen, reply) = self.whole(host, repository, reference, digest).await?;
        if matches!(seen, Seen::Gone { .. }) && !describe::says_gone(&reply.body) {
            return Err(describe::no_registry(&host.name, NO_ENVELOPE));
        }
        Ok(seen)
    }

    async fn manifest_request(
        &self,
        host: &Host,
        repository: &Repository,
        reference: &str,
        method: Method,
    ) -> Result<Request, Unverified> {
        let base = &self.site(host).await?.base;
        let url = Url::parse(&format!("{base}{}/manifests/{reference}", repository.name))
            .map_err(|_| describe::no_registry(&host.name, "its address cannot be used"))?;
        Ok(Request { accept: Some(ACCEPTED), ..Request::new(method, url) })
    }
}

/// What an answer about a manifest says.
fn seen(
    host: &Host,
    repository: &Repository,
    reply: &Reply,
    grant: &Grant,
    wanted: Option<&str>,
    body: Body,
) -> Result<Seen, Unverified> {
    match reply.status {
        StatusCode::OK => there(host, reply, wanted, body),
        StatusCode::NOT_FOUND if reply.url.path().contains("/manifests/") => {
            Ok(Seen::Gone { elsewhere: reply.wandered })
        }
        _ => Err(refused(host, repository, reply, grant)),
    }
}

fn there(host: &Host, reply: &Reply, wanted: Option<&str>, body: Body) -> Result<Seen, Unverified> {
    let wrong = |why: &str| Err(describe::no_registry(&host.name, why));
    let media_type = manifest::media_type(reply.header(CONTENT_TYPE).unwrap_or_default());
    if !manifest::is_manifest_type(&media_type) {
        return wrong(&format!("200 with the content type {media_type:?}, which is no manifest's"));
    }
    let algorithm = wanted.map(manifest::algorithm);
    let told = manifest::digest_header(reply.header(DIGEST_HEADER), algorithm);
    let digest = if body == Body::None {
        told
    } else if !reply.complete {
        return wrong("the manifest is longer than 8 MiB");
    } else if !manifest::is_manifest(&reply.body) {
        return wrong("200 with something that is no manifest");
    } else {
        let algorithm = algorithm.or(told.as_deref().map(manifest::algorithm)).unwrap_or("sha256");
        let hashed = manifest::hash(algorithm, &reply.body);
        if told.is_some() && told != hashed {
            return wrong("the manifest has another digest than its header says");
        }
        hashed
    };
    match (digest, wanted) {
        (Some(digest), Some(wanted)) if digest != wanted => {
            wrong(&format!("it answers with {digest} where {wanted} was asked for"))
        }
        (Some(digest), _) => Ok(Seen::There { digest, media_type }),
        (None, _) => wrong("the manifest has no digest"),
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
