//! One manifest: asked for by HEAD, or by GET where HEAD cannot tell or the body is wanted, and what it is
//! of. What a body says of its digest holds for ever, so it is asked for once.

use futures_util::StreamExt;
use futures_util::stream;
use reqwest::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::{Method, StatusCode, Url};

use super::Registries;
use super::address::is_docker_hub;
use super::ask::refused;
use super::content::{self, Facts};
use super::describe::{self, unverified};
use super::host::{Host, Repository};
use super::manifest::{self, ACCEPTED, DIGEST_HEADER, MAX_MANIFEST};
use super::token::Grant;
use super::transport::{Reply, Request};
use image::{Image, Platform};
use model::Content;
use model::{Cause, Present, TagState, Unverified};

pub(super) const NO_ENVELOPE: &str = "404, and not in the form of a registry's errors that says so";
/// Longest configuration of an image.
const MAX_CONFIG: usize = 4 << 20;
/// Most manifests of an index that are looked for, and how many at a time.
const MOST_CHILDREN: usize = 64;
const CHILDREN_AT_A_TIME: usize = 8;

/// How much is wanted to be known of a manifest that is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Depth {
    /// What it is of.
    pub(super) content: bool,
    /// What it runs on.
    pub(super) platforms: bool,
    /// Whether all that an index names is there.
    pub(super) children: bool,
}

impl Depth {
    fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// What an answer has to have: by its method.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// HEAD.
    None,
    /// GET.
    Whole,
}

/// What became of one manifest.
pub(super) enum Seen {
    There(There),
    Gone {
        /// Another server says so, which a redirect led to.
        elsewhere: bool,
    },
}

/// A manifest that is there.
pub(super) struct There {
    pub(super) digest: String,
    pub(super) media_type: String,
    /// Its body, where it was asked for.
    pub(super) body: Option<Vec<u8>>,
}

/// A manifest that an index names and that is gone.
pub(super) struct Lost {
    pub(super) digest: String,
    pub(super) platform: Option<Platform>,
}

impl Registries {
    /// Looks for an image by its tag, its digest, or both.
    pub(super) async fn sight(
        &self,
        host: &Host,
        repository: &Repository,
        image: &Image,
        depth: Depth,
    ) -> Result<(Seen, Option<TagState>), Unverified> {
        let tag = image.effective_tag();
        let Some(digest) = image.digest.as_deref() else {
            let tag = tag.unwrap_or_default();
            return Ok((self.manifest(host, repository, tag, None, depth).await?, None));
        };
        let by_digest = self.manifest(host, repository, digest, Some(digest), depth);
        let Some(tag) = tag else { return Ok((by_digest.await?, None)) };
        let by_tag = self.manifest(host, repository, tag, None, Depth::default());
        let (seen, by_tag) = tokio::join!(by_digest, by_tag);
        let state = match by_tag {
            Ok(Seen::There(There { digest: found, .. })) if found == digest => TagState::Same,
            Ok(Seen::There(There { digest: found, .. }))
                if manifest::algorithm(&found) != manifest::algorithm(digest) =>
            {
                TagState::Unknown
            }
            Ok(Seen::There(There { digest: found, .. })) => TagState::Moved(found),
            Ok(Seen::Gone { .. }) => TagState::Gone,
            Err(_) => TagState::Unknown,
        };
        // What names a digest and has no manifest for it contradicts itself: a replica that lags, say.
        if state == TagState::Same && matches!(seen, Ok(Seen::Gone { .. })) {
            let why = format!("{} points the tag {tag} at {digest}, and has no manifest for that", host.name);
            return Err(unverified(Cause::RegistryError, &why));
        }
        Ok((seen?, Some(state)))
    }

    /// What there is to know of a manifest that is there, and what it names that is not.
    pub(super) async fn inspect(
        &self,
        host: &Host,
        repository: &Repository,
        there: There,
        depth: Depth,
    ) -> Result<(Present, Option<Lost>), Unverified> {
        let There { digest, media_type, mut body } = there;
        let known = self.cache.get(&digest).filter(|facts| enough(facts, depth));
        let mut facts = known.clone();
        let mut lost = None;
        if known.is_none() && (!depth.is_none() || body.is_some()) {
            if body.is_none() {
                body = Some(self.body(host, repository, &digest).await?);
            }
            if let Some(read) = body.as_deref().and_then(content::read) {
                let mut found = read.facts;
                if let Some(config) = read.config.filter(|_| depth.platforms) {
                    found.platforms = self.platform(host, repository, &config).await?.map(|one| vec![one]);
                }
                if depth.children {
                    lost = self.lost(host, repository, read.children).await?;
                }
                self.cache.put(&digest, &found);
                facts = Some(found);
            }
        }
        let content = facts.as_ref().map(|facts| facts.content);
        let platforms = facts.and_then(|facts| facts.platforms);
        Ok((Present { digest, media_type, content, platforms, ..Present::default() }, lost))
    }

    /// The body of a manifest of which HEAD told the digest.
    async fn body(&self, host: &Host, repository: &Repository, digest: &str) -> Result<Vec<u8>, Unverified> {
        match self.whole(host, repository, digest, Some(digest)).await?.0 {
            Seen::There(There { body, .. }) => Ok(body.unwrap_or_default()),
            Seen::Gone { .. } => {
                let why = format!("{} tells of the manifest {digest}, and does not have it", host.name);
                Err(unverified(Cause::RegistryError, &why))
            }
        }
    }

    /// What a single image is for, by its configuration.
    async fn platform(
        &self,
        host: &Host,
        repository: &Repository,
        digest: &str,
    ) -> Result<Option<Platform>, Unverified> {
        let failed = |why: &str| {
            let name = format!("{}/{}", host.name, repository.name);
            let why = format!("the configuration of an image of {name}, which says its platform, {why}");
            unverified(Cause::RegistryError, &why)
        };
        // It goes into an address.
        let digest = manifest::digest_header(Some(digest), None).ok_or_else(|| failed("has no digest"))?;
        let base = &self.site(host).await?.base;
        let url = Url::parse(&format!("{base}{}/blobs/{digest}", repository.name))
            .map_err(|_| describe::no_registry(&host.name, "its address cannot be used"))?;
        let request = Request { limit: MAX_CONFIG, ..Request::new(Method::GET, url) };
        let (reply, grant) = self.authorized(host, repository, &repository.grant, &request).await?;
        match reply.status {
            StatusCode::OK if !reply.complete => Err(failed("is longer than 4 MiB")),
            StatusCode::OK if manifest::hash(manifest::algorithm(&digest), &reply.body) != Some(digest) => {
                Err(failed("has another digest than the manifest says"))
            }
            StatusCode::OK => Ok(content::platform_of_config(&reply.body)),
            StatusCode::NOT_FOUND => Err(failed(&format!("is not there ({})", reply.described()))),
            _ => Err(refused(host, repository, &reply, &grant)),
        }
    }

    /// The first manifest of an index that is gone, of those that the wanted platforms run.
    async fn lost(
        &self,
        host: &Host,
        repository: &Repository,
        children: Vec<(String, Option<Platform>)>,
    ) -> Result<Option<Lost>, Unverified> {
        let wanted = |platform: &Option<Platform>| match platform {
            Some(image) if !self.platforms.is_empty() => self.platforms.iter().any(|one| one.runs(image)),
            _ => true,
        };
        let wanted: Vec<_> = children.into_iter().filter(|(_, platform)| wanted(platform)).collect();
        if wanted.len() > MOST_CHILDREN {
            let why = format!(
                "an index of {}/{} names {} manifests, more than are looked for",
                host.name,
                repository.name,
                wanted.len()
            );
            return Err(unverified(Cause::RegistryError, &why));
        }
        let asked = wanted.into_iter().map(|(digest, platform)| async move {
            let digest = manifest::digest_header(Some(&digest), None).ok_or_else(|| {
                describe::no_registry(&host.name, "an index names something without a digest")
            })?;
            let seen = self.manifest(host, repository, &digest, Some(&digest), Depth::default()).await?;
            Ok(matches!(seen, Seen::Gone { .. }).then_some(Lost { digest, platform }))
        });
        let found: Vec<Result<Option<Lost>, Unverified>> =
            stream::iter(asked).buffered(CHILDREN_AT_A_TIME).collect().await;
        let mut trouble = None;
        for one in found {
            match one {
                Ok(Some(lost)) => return Ok(Some(lost)),
                Ok(None) => {}
                Err(why) => trouble = Some(why),
            }
        }
        trouble.map_or(Ok(None), Err)
    }

    /// Asks for one manifest.
    pub(super) async fn manifest(
        &self,
        host: &Host,
        repository: &Repository,
        reference: &str,
        digest: Option<&str>,
        depth: Depth,
    ) -> Result<Seen, Unverified> {
        if self.is_body_worth_it(host, digest, depth) {
            return Ok(self.whole(host, repository, reference, digest).await?.0);
        }
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
            return seen(host, repository, reply, &grant, digest, Body::None);
        }
        Ok(self.whole(host, repository, reference, digest).await?.0)
    }

    /// Whether GET is the one request to make. Docker Hub counts GETs: there HEAD tells the digest first,
    /// of which everything may be known.
    fn is_body_worth_it(&self, host: &Host, digest: Option<&str>, depth: Depth) -> bool {
        let known = digest.and_then(|digest| self.cache.get(digest));
        !depth.is_none() && !is_docker_hub(&host.name) && !known.is_some_and(|facts| enough(&facts, depth))
    }

    /// Asks for one manifest by GET; with the body of an error.
    pub(super) async fn whole(
        &self,
        host: &Host,
        repository: &Repository,
        reference: &str,
        digest: Option<&str>,
    ) -> Result<(Seen, Vec<u8>), Unverified> {
        let request = self.manifest_request(host, repository, reference, Method::GET).await?;
        let request = Request { limit: MAX_MANIFEST, ..request };
        let (reply, grant) = self.authorized(host, repository, &repository.grant, &request).await?;
        let said = if reply.status.is_success() { Vec::new() } else { reply.body.clone() };
        Ok((seen(host, repository, reply, &grant, digest, Body::Whole)?, said))
    }

    /// Asks by GET for a manifest that HEAD did not find: gone is what the registry's own error says is.
    pub(super) async fn confirm(
        &self,
        host: &Host,
        repository: &Repository,
        reference: &str,
        digest: Option<&str>,
    ) -> Result<Seen, Unverified> {
        let (seen, said) = self.whole(host, repository, reference, digest).await?;
        if matches!(seen, Seen::Gone { .. }) && !describe::says_gone(&said) {
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
    reply: Reply,
    grant: &Grant,
    wanted: Option<&str>,
    body: Body,
) -> Result<Seen, Unverified> {
    match reply.status {
        StatusCode::OK => there(host, reply, wanted, body),
        StatusCode::NOT_FOUND if reply.url.path().contains("/manifests/") => {
            Ok(Seen::Gone { elsewhere: reply.wandered })
        }
        _ => Err(refused(host, repository, &reply, grant)),
    }
}

fn there(host: &Host, reply: Reply, wanted: Option<&str>, body: Body) -> Result<Seen, Unverified> {
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
        (Some(digest), _) => {
            let body = (body == Body::Whole).then_some(reply.body);
            Ok(Seen::There(There { digest, media_type, body }))
        }
        (None, _) => wrong("the manifest has no digest"),
    }
}

/// Whether what is known of a digest is all that is wanted. Whether what it names is there is never known.
fn enough(facts: &Facts, depth: Depth) -> bool {
    let platforms = !depth.platforms || facts.content != Content::Image || facts.platforms.is_some();
    platforms && !(depth.children && facts.content == Content::Index)
}
