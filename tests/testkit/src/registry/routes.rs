//! The endpoints of the distribution specification that a reading client uses.

use serde_json::json;

use super::State;
use super::auth;
use super::call::Call;
use super::reply::Reply;
use super::store::Manifest;

/// What the registry says when nothing goes wrong.
pub(super) fn answer(state: &State, call: &Call) -> Reply {
    let method = call.request.method.as_str();
    match (method, call.path()) {
        ("CONNECT", _) => Reply::status(405).header("Connection", "close"),
        (_, "/token") => auth::token(state, call),
        ("GET" | "HEAD", "/v2" | "/v2/") => match auth::admit(state, call, None) {
            Ok(()) => Reply::status(200).header("Content-Type", "application/json").body("{}"),
            Err(refusal) => refusal,
        }
        .header("Docker-Distribution-Api-Version", "registry/2.0"),
        ("GET" | "HEAD", path) => match Endpoint::parse(path) {
            Some(endpoint) => auth::admit(state, call, Some(endpoint.name()))
                .map_or_else(|refusal| refusal, |()| endpoint.answer(state, call)),
            None => Reply::error(404, "NOT_FOUND", "no such endpoint"),
        },
        _ => Reply::error(405, "UNSUPPORTED", "the operation is unsupported"),
    }
}

enum Endpoint<'a> {
    Manifest { name: &'a str, reference: &'a str },
    Blob { name: &'a str, digest: &'a str },
    Tags { name: &'a str },
}

impl<'a> Endpoint<'a> {
    fn parse(path: &'a str) -> Option<Self> {
        let rest = path.strip_prefix("/v2/")?;
        if let Some(name) = rest.strip_suffix("/tags/list") {
            return Some(Self::Tags { name });
        }
        let manifest = rest.rsplit_once("/manifests/");
        let blob = || rest.rsplit_once("/blobs/").map(|(name, digest)| Self::Blob { name, digest });
        manifest.map(|(name, reference)| Self::Manifest { name, reference }).or_else(blob)
    }

    fn name(&self) -> &'a str {
        match self {
            Self::Manifest { name, .. } | Self::Blob { name, .. } | Self::Tags { name } => name,
        }
    }

    fn answer(&self, state: &State, call: &Call) -> Reply {
        let store = state.store.lock().unwrap();
        let repository = store.repository(&call.request.host, self.name());
        match self {
            // A missing repository reads like a missing manifest here, at real registries too.
            Self::Manifest { reference, .. } => repository
                .and_then(|repository| repository.manifest(reference))
                .map_or_else(|| Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown"), manifest),
            Self::Blob { digest, .. } => {
                repository.and_then(|repository| repository.blob(digest)).map_or_else(
                    || Reply::error(404, "BLOB_UNKNOWN", "blob unknown to registry"),
                    |blob| {
                        Reply::status(200)
                            .header("Content-Type", "application/octet-stream")
                            .header("Docker-Content-Digest", digest)
                            .body(blob)
                    },
                )
            }
            Self::Tags { name } => repository.map_or_else(
                || Reply::error(404, "NAME_UNKNOWN", "repository name not known to registry"),
                |repository| tags(name, repository.tags(), state.settings.page_size, call),
            ),
        }
    }
}

fn manifest(manifest: Manifest) -> Reply {
    Reply::status(200)
        .header("Content-Type", &manifest.media_type)
        .header("Docker-Content-Digest", &manifest.digest)
        .body(manifest.body)
}

/// One page of a repository's tags, in lexical order.
fn tags<'a>(
    name: &str,
    all: impl Iterator<Item = &'a String>,
    page_size: Option<usize>,
    call: &Call,
) -> Reply {
    let parameter = |name| call.query(name).into_iter().next();
    let asked: Option<usize> = parameter("n").and_then(|n| n.parse().ok());
    let limit = asked.into_iter().chain(page_size).min().unwrap_or(usize::MAX);
    let mut rest = all.skip_while(|tag| parameter("last").is_some_and(|last| **tag <= last)).peekable();
    let page: Vec<&String> = rest.by_ref().take(limit).collect();
    let reply = Reply::status(200)
        .header("Content-Type", "application/json")
        .body(json!({ "name": name, "tags": page }).to_string());
    match page.last().filter(|_| rest.peek().is_some()) {
        None => reply,
        Some(last) => {
            reply.header("Link", &format!("</v2/{name}/tags/list?n={limit}&last={last}>; rel=\"next\""))
        }
    }
}
