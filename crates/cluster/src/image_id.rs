//! The image ids that container runtimes report in `status.containerStatuses[].imageID`.

/// The digest of the manifest in an image id; `None` if the runtime reports the digest of a configuration, or nothing.
///
/// ```
/// let hex = "0".repeat(64);
/// let digest = Some(format!("sha256:{hex}"));
/// // containerd and CRI-O
/// assert_eq!(cluster::digest_of(&format!("docker.io/library/nginx@sha256:{hex}")), digest);
/// // dockershim and cri-dockerd
/// assert_eq!(cluster::digest_of(&format!("docker-pullable://nginx@sha256:{hex}")), digest);
/// // the digest of a configuration, which no registry serves as a manifest
/// assert_eq!(cluster::digest_of(&format!("docker://sha256:{hex}")), None);
/// assert_eq!(cluster::digest_of(&format!("sha256:{hex}")), None);
/// assert_eq!(cluster::digest_of(""), None);
/// ```
pub fn digest_of(image_id: &str) -> Option<String> {
    let (_, digest) = image_id.rsplit_once('@')?;
    let (algorithm, hex) = digest.split_once(':')?;
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return None,
    };
    let is_hex = hex.len() == length && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hex.then(|| digest.to_owned())
}
