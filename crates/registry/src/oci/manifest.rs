//! Manifests: media types, digests, and the form of a body. Specification:
//! <https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md>.

use http::HeaderValue;
use oci_client::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE,
};
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Maximum length of a manifest, in bytes.
pub(crate) const MAX_MANIFEST: usize = 8 << 20;
/// The header that carries a manifest's digest.
pub(crate) const DIGEST_HEADER: &str = "docker-content-digest";

const SCHEMA_1_SIGNED: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";
const SCHEMA_1: &str = "application/vnd.docker.distribution.manifest.v1+json";

/// The media types that are requested, the rarest last.
pub(crate) static ACCEPTED: HeaderValue = HeaderValue::from_static(
    "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.5",
);

/// The media types of manifests.
const MANIFESTS: [&str; 6] = [
    OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE,
    IMAGE_MANIFEST_LIST_MEDIA_TYPE,
    IMAGE_MANIFEST_MEDIA_TYPE,
    SCHEMA_1_SIGNED,
    SCHEMA_1,
];

/// The media type of a `Content-Type`, without its parameters.
pub(crate) fn media_type(content_type: &str) -> String {
    let media_type = content_type.split(';').next().unwrap_or_default();
    crate::message::clean(&media_type.trim().to_ascii_lowercase(), 100)
}

/// The media type of a manifest in a `Content-Type`; `None` if it is another one.
pub(crate) fn manifest_type(content_type: &str) -> Option<&'static str> {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    MANIFESTS.into_iter().find(|known| known.eq_ignore_ascii_case(media_type))
}

/// A well-formed digest in a header, of the wanted algorithm if there is one.
pub(crate) fn digest_header(value: Option<&str>, wanted: Option<&str>) -> Option<String> {
    let (algorithm, hex) = value?.split_once(':')?;
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return None,
    };
    let well_formed =
        hex.len() == length && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (well_formed && wanted.is_none_or(|wanted| wanted == algorithm)).then(|| format!("{algorithm}:{hex}"))
}

/// `sha256` of `sha256:…`.
pub(crate) fn algorithm(digest: &str) -> &str {
    digest.split_once(':').map_or(digest, |(algorithm, _)| algorithm)
}

/// The digest of a body; `None` for an unknown algorithm.
pub(crate) fn hash(algorithm: &str, body: &[u8]) -> Option<String> {
    let hex = match algorithm {
        "sha256" => hex(&Sha256::digest(body)),
        "sha384" => hex(&Sha384::digest(body)),
        "sha512" => hex(&Sha512::digest(body)),
        _ => return None,
    };
    Some(format!("{algorithm}:{hex}"))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.extend(char::from_digit((byte >> 4).into(), 16));
        text.extend(char::from_digit((byte & 15).into(), 16));
    }
    text
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form {
    schema_version: u64,
    manifests: Option<Vec<IgnoredAny>>,
    layers: Option<Vec<IgnoredAny>>,
    fs_layers: Option<Vec<IgnoredAny>>,
    config: Option<IgnoredAny>,
}

/// True if a body has the form of a manifest or an index.
pub(crate) fn is_manifest(body: &[u8]) -> bool {
    serde_json::from_slice::<Form>(body).is_ok_and(|form| match form.schema_version {
        1 => form.fs_layers.is_some(),
        2 => form.manifests.is_some() || (form.config.is_some() && form.layers.is_some()),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types() {
        let accepted = ACCEPTED.to_str().unwrap();
        assert!(accepted.split(", ").all(|accepted| manifest_type(accepted).is_some()));
        let found = manifest_type(" Application/vnd.OCI.image.index.v1+json ; charset=utf-8");
        assert_eq!(found, Some(OCI_IMAGE_INDEX_MEDIA_TYPE));
        assert_eq!(media_type(" Text/HTML; charset=utf-8"), "text/html");
        assert!(manifest_type("application/json").is_none() && manifest_type("").is_none());
    }

    #[test]
    fn digests() {
        let empty = hash("sha256", b"").unwrap();
        assert_eq!(empty, "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(digest_header(Some(&empty), None).as_deref(), Some(empty.as_str()));
        assert_eq!(digest_header(Some(&empty), Some("sha512")), None);
        for algorithm in ["sha384", "sha512"] {
            let digest = hash(algorithm, b"x").unwrap();
            assert_eq!(digest_header(Some(&digest), Some(algorithm)), Some(digest));
        }
        for bad in
            ["", "sha256:", "sha256:ABC", "md5:x", empty.strip_suffix('5').unwrap(), &empty.to_uppercase()]
        {
            assert_eq!(digest_header(Some(bad), None), None, "{bad}");
        }
    }

    #[test]
    fn forms() {
        for yes in [
            r#"{"schemaVersion":2,"config":{},"layers":[]}"#,
            r#"{"schemaVersion":2,"manifests":[{"a":1}]}"#,
            r#"{"schemaVersion":1,"fsLayers":[]}"#,
        ] {
            assert!(is_manifest(yes.as_bytes()), "{yes}");
        }
        for no in ["", "<html>", "{}", "[]", r#"{"schemaVersion":2}"#, r#"{"schemaVersion":2,"layers":[]}"#] {
            assert!(!is_manifest(no.as_bytes()), "{no}");
        }
    }
}
