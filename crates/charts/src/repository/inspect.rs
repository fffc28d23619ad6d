//! From the bytes of an archive to the answer.

use std::sync::Arc;

use model::Cause;
use model::chart::Note;
use source::{Files as _, Memory, RepoPath, SourceFile};
use yaml::{Node, each_document};

use super::answer::{Answer, Chart};
use super::cache;
use crate::archive::{ArchiveError, Limits, unpack};

/// Longest `Chart.yaml` that is read, in bytes.
const MAX_CHART_FILE: u64 = 5 << 20;

/// An archive as it was received.
pub(super) struct Arrived {
    pub(super) bytes: Vec<u8>,
    /// The version as the repository lists it; nothing if a digest was requested.
    pub(super) version: Option<String>,
    /// True if the text is a version, false if it is another tag.
    pub(super) is_version: bool,
    /// The digest of the manifest, if there is one.
    pub(super) manifest: Option<String>,
    /// The digest that the index lists; may be empty.
    pub(super) listed: String,
}

/// Unpacks an archive, in a separate thread.
pub(super) async fn inspect(arrived: Arrived, limits: Limits) -> Answer {
    let work = tokio::task::spawn_blocking(move || unpack_arrived(arrived, limits));
    match work.await {
        Ok(answer) => answer,
        Err(error) => Answer::unverified(Cause::RegistryError, &format!("an archive was not read: {error}")),
    }
}

/// Unpacks an archive.
pub(super) fn unpack_arrived(arrived: Arrived, limits: Limits) -> Answer {
    let unpacked = match unpack(arrived.bytes.as_slice(), limits) {
        Ok(unpacked) => unpacked,
        // A layer is verified by its digest; over HTTP the content may be the page of a login.
        Err(why @ ArchiveError::NotCompressed) if arrived.manifest.is_none() => {
            let version = arrived.version.unwrap_or_default();
            let detail = format!("version {version}: {why}");
            return Answer::unverified(Cause::RegistryError, &detail);
        }
        Err(why) => return Answer::Unreadable { version: arrived.version.unwrap_or_default(), why },
    };
    let digest = cache::digest(&arrived.bytes);
    let inside = version_inside(&unpacked.files);
    let mut notices = Vec::new();
    if !arrived.listed.is_empty() && hex(&arrived.listed) != hex(&digest) {
        notices.push(Note::OtherDigest { listed: arrived.listed });
    }
    if arrived.is_version && arrived.version.as_ref().is_some_and(|version| !is_same(version, &inside)) {
        notices.push(Note::OtherVersion { inside: inside.clone() });
    }
    if !unpacked.ignored.is_empty() {
        notices.push(Note::Links(unpacked.ignored));
    }
    Answer::Found(Box::new(Chart {
        version: arrived.version.unwrap_or(inside),
        archive: digest.clone(),
        digest: arrived.manifest.unwrap_or(digest),
        files: unpacked.files,
        notices,
    }))
}

/// The digits of a digest. Indexes write digests with and without the algorithm.
fn hex(digest: &str) -> String {
    digest.strip_prefix("sha256:").unwrap_or(digest).to_ascii_lowercase()
}

/// True if two texts name the same version. A tag has `_` in place of `+`.
fn is_same(listed: &str, inside: &str) -> bool {
    let plain = |text: &str| text.strip_prefix('v').unwrap_or(text).replacen('_', "+", 1);
    plain(listed) == plain(inside)
}

/// The version in `Chart.yaml`; empty if there is none.
fn version_inside(files: &Memory) -> String {
    let path = RepoPath::new("Chart.yaml");
    let Ok(Some(bytes)) = files.read(&path, MAX_CHART_FILE) else { return String::new() };
    let Ok(file) = SourceFile::decode(path, bytes) else { return String::new() };
    let mut version = String::new();
    each_document(&Arc::new(file), |document| {
        if let Ok(root) = document
            && let Some(text) = root.get("version").and_then(Node::scalar)
        {
            text.clone_into(&mut version);
        }
    });
    version
}
