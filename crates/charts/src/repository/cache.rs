//! The cache of indexes and archives in a folder of the user. A file of content is named by its own digest,
//! and verified when it is read. A record for each address names the content that the server sent last, with
//! its entity tag. A record for each request names the archive that it resolved to last, with its version.
//! The existence of a version is queried in every run that queries anything.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::SystemTime;

use sha2::{Digest, Sha256};
use source::cached;

/// Maximum number of bytes that are kept; the oldest files are removed.
const MOST_BYTES: u64 = 512 << 20;

/// The cache. Without a folder it keeps nothing.
#[derive(Debug, Default)]
pub(super) struct Cache {
    folder: Option<PathBuf>,
    prepared: OnceLock<bool>,
}

/// Content that a record names.
pub(super) struct Known {
    /// The entity tag of a file, or the version of an archive.
    pub(super) mark: String,
    pub(super) body: Vec<u8>,
}

/// `sha256:…` of some bytes.
pub(super) fn digest(bytes: &[u8]) -> String {
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// The key of an address or a request, for one user: the server may show other users other content.
pub(super) fn key(address: &str, user: &str) -> String {
    digest(format!("{address}\n{user}").as_bytes())
}

impl Cache {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, prepared: OnceLock::new() }
    }

    /// The content with a digest.
    pub(super) fn content(&self, wanted: &str) -> Option<Vec<u8>> {
        let bytes = self.read("content", wanted)?;
        if digest(&bytes) == wanted { Some(bytes) } else { None }
    }

    /// The content of the last record of a key.
    pub(super) fn known(&self, key: &str) -> Option<Known> {
        let record = String::from_utf8(self.read("record", key)?).ok()?;
        let (digest, mark) = record.trim_end().split_once('\n')?;
        let body = self.content(digest)?;
        Some(Known { mark: mark.to_owned(), body })
    }

    /// Keeps content. A cache that cannot be written is not an error.
    pub(super) fn keep(&self, bytes: &[u8]) {
        self.write("content", &digest(bytes), bytes);
    }

    /// Keeps the content of an address with its entity tag.
    pub(super) fn keep_known(&self, key: &str, etag: &str, bytes: &[u8]) {
        self.keep(bytes);
        self.record(key, &digest(bytes), etag);
    }

    /// Records the content of a key by its digest, with its mark.
    pub(super) fn record(&self, key: &str, digest: &str, mark: &str) {
        self.write("record", key, format!("{digest}\n{mark}\n").as_bytes());
    }

    fn read(&self, kind: &str, digest: &str) -> Option<Vec<u8>> {
        cached::read(&self.file(kind, digest)?, u64::MAX).ok()
    }

    fn write(&self, kind: &str, digest: &str, bytes: &[u8]) {
        let Some(file) = self.file(kind, digest) else { return };
        if *self.prepared.get_or_init(|| file.parent().is_some_and(|folder| prepare(folder).is_ok())) {
            let _ = cached::write(&file, bytes);
        }
    }

    fn file(&self, kind: &str, digest: &str) -> Option<PathBuf> {
        let hex = digest.strip_prefix("sha256:")?;
        let well_formed = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        let folder = self.folder.as_ref().filter(|_| well_formed)?;
        Some(folder.join(format!("{kind}-{hex}")))
    }
}

/// Creates the folder with access for its user only. If the folder is full, removes the oldest files.
fn prepare(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    remove_oldest(folder, MOST_BYTES)
}

fn remove_oldest(folder: &Path, most: u64) -> io::Result<()> {
    let mut files: Vec<(SystemTime, PathBuf, u64)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // Another run may have removed the file.
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_file() {
            files.push((meta.modified()?, entry.path(), meta.len()));
        }
    }
    files.sort();
    let mut total: u64 = files.iter().map(|(_, _, size)| size).sum();
    for (_, path, size) in files {
        if total <= most {
            break;
        }
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        total -= size;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_and_verified() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path().join("charts")));
        let (mine, other) = (key("https://charts.example", "me"), key("https://charts.example", ""));
        cache.keep_known(&mine, "\"a\"", b"index");
        let known = cache.known(&mine).unwrap();
        assert_eq!((known.mark.as_str(), known.body.as_slice()), ("\"a\"", b"index".as_slice()));
        assert!(cache.known(&other).is_none());
        let content = folder.path().join("charts").join(digest(b"index").replace("sha256:", "content-"));
        fs::write(content, "forged").unwrap();
        assert!(cache.known(&mine).is_none() && cache.content(&digest(b"index")).is_none());
        assert!(cache.content("sha256:../../etc/passwd").is_none());
        assert!(Cache::new(None).content(&digest(b"index")).is_none());
    }

    #[test]
    fn the_oldest_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        for (name, age) in [("a", 30), ("b", 20), ("c", 10)] {
            let file = fs::File::create(folder.path().join(name)).unwrap();
            file.set_len(100).unwrap();
            file.set_modified(SystemTime::now() - std::time::Duration::from_secs(age)).unwrap();
        }
        remove_oldest(folder.path(), 200).unwrap();
        let mut left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["b", "c"]);
    }
}
