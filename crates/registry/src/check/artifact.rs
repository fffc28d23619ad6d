//! Reads artifacts: the layers that a manifest names, and the blob of one.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::fetch::{Fetched, Mode, fetch};
use super::session::Session;
use crate::client::Request;
use crate::message;
use crate::oci::manifest::{algorithm, digest_header, hash};
use image::Image;
use model::Unverified;

/// Time limit of one attempt at a blob.
const BLOB_TIMEOUT: Duration = Duration::from_mins(1);

/// A manifest of one artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Artifact {
    /// The digest of the manifest.
    pub digest: String,
    /// Its layers; none if it is an index.
    pub layers: Vec<Layer>,
    /// The digests of the manifests that it names, if it is an index.
    pub manifests: Vec<String>,
}

/// A layer of an artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Layer {
    /// Its media type.
    pub media_type: String,
    /// Its digest, as it is written.
    pub digest: String,
    /// Its size in bytes, from the manifest.
    pub size: u64,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    layers: Vec<Layer>,
    #[serde(default)]
    manifests: Vec<Child>,
}

#[derive(Deserialize)]
struct Child {
    #[serde(default)]
    digest: String,
}

/// Reads the manifest of an artifact; `None` if it is not found.
pub(super) async fn read_artifact(
    session: Session<'_>,
    image: &Image,
) -> Result<Option<Artifact>, Unverified> {
    let digest = image.digest.as_deref();
    let reference = digest.or(image.effective_tag()).unwrap_or_default();
    let Fetched::Found(found) = fetch(session, reference, digest, Mode::Body).await? else { return Ok(None) };
    match serde_json::from_slice::<Manifest>(&found.body.unwrap_or_default()) {
        Ok(Manifest { layers, manifests }) => {
            let manifests = manifests.into_iter().map(|child| child.digest).collect();
            Ok(Some(Artifact { digest: found.digest, layers, manifests }))
        }
        Err(_) => Err(session.no_registry("the layers of a manifest cannot be read")),
    }
}

/// Reads a blob, whose digest is verified.
pub(super) async fn read_blob(
    session: Session<'_>,
    digest: &str,
    limit: usize,
) -> Result<Vec<u8>, Unverified> {
    // The digest becomes part of an address.
    let Some(digest) = digest_header(Some(digest), None) else {
        return Err(session.no_registry("a manifest names a layer without a digest"));
    };
    let request = session.request(Method::GET, &format!("blobs/{digest}")).await?;
    let request = Request { limit, timeout: Some(BLOB_TIMEOUT), ..request };
    let (reply, grant) = session.send(&request).await?;
    let name = format!("{}/{}", session.endpoint(), session.repository());
    let why = match reply.status {
        StatusCode::OK if !reply.complete => format!("is longer than {limit} bytes"),
        StatusCode::OK if hash(algorithm(&digest), &reply.body) != Some(digest.clone()) => {
            "has another digest than the manifest lists".to_owned()
        }
        StatusCode::OK => return Ok(reply.body),
        StatusCode::NOT_FOUND => format!("is not there ({})", reply.described()),
        _ => return Err(session.refused(&reply, &grant)),
    };
    Err(message::registry_error(&format!("a layer of {name} {why}")))
}
