//! The cache of facts about digests, on disk from run to run. Facts about a digest never change. The
//! existence of a tag or a digest may change, and is queried in every run.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::oci::content::Facts;
use crate::oci::manifest::digest_header;
use image::Platform;
use model::Content;

/// The name of the file; its number is the version of the format.
const FILE: &str = "digests-1.json";
/// Maximum number of digests that are kept. The oldest are dropped.
const MOST: usize = 10_000;
/// Maximum length of a file that is read, in bytes.
const MAX_BYTES: u64 = 8 << 20;

/// Facts by digest.
pub(super) struct DigestCache {
    file: Option<PathBuf>,
    /// The facts on disk, read when the first one is needed.
    stored: OnceLock<BTreeMap<String, Entry>>,
    /// The facts that this client has read.
    fresh: Mutex<HashMap<String, Facts>>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Entry {
    content: String,
    platforms: Option<Vec<String>>,
    /// The day of the entry, in days since 1970.
    day: u64,
}

impl Entry {
    fn of(facts: &Facts, day: u64) -> Self {
        let platforms = facts.platforms.as_ref().map(|all| all.iter().map(ToString::to_string).collect());
        Self { content: facts.content.as_str().to_owned(), platforms, day }
    }

    /// The facts of an entry; `None` if it cannot be read.
    fn facts(&self) -> Option<Facts> {
        let content = Content::from_name(&self.content)?;
        let Some(written) = &self.platforms else { return Some(Facts { content, platforms: None }) };
        let mut platforms = Vec::new();
        for text in written {
            platforms.push(read_platform(text)?);
        }
        Some(Facts { content, platforms: Some(platforms) })
    }
}

fn read_platform(text: &str) -> Option<Platform> {
    let mut parts = text.splitn(3, '/');
    let os = parts.next().unwrap_or_default();
    let architecture = parts.next().unwrap_or_default();
    let platform = Platform::new(os, architecture, parts.next().unwrap_or_default());
    platform.is_known().then_some(platform)
}

impl DigestCache {
    /// The cache in a folder; without a folder, the cache exists only in memory.
    pub(super) fn new(folder: Option<&Path>) -> Self {
        let file = folder.map(|folder| folder.join(FILE));
        Self { file, stored: OnceLock::new(), fresh: Mutex::default() }
    }

    pub(super) fn get(&self, digest: &str) -> Option<Facts> {
        if let Some(facts) = self.fresh().get(digest) {
            return Some(facts.clone());
        }
        self.stored().get(digest)?.facts()
    }

    pub(super) fn put(&self, digest: &str, facts: &Facts) {
        self.fresh().insert(digest.to_owned(), facts.clone());
    }

    fn fresh(&self) -> MutexGuard<'_, HashMap<String, Facts>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stored(&self) -> &BTreeMap<String, Entry> {
        self.stored.get_or_init(|| self.file.as_deref().map(read).unwrap_or_default())
    }

    /// Adds new facts to the file, and keeps those that other processes have written in the meantime. A cache
    /// that cannot be written is not an error.
    pub(super) fn save(&self) {
        let Some(file) = &self.file else { return };
        let fresh = self.fresh();
        if fresh.is_empty() {
            return;
        }
        let mut all = read(file);
        let today = today();
        for (digest, facts) in fresh.iter() {
            all.insert(digest.clone(), Entry::of(facts, today));
        }
        let _ = write(file, &drop_oldest(all));
    }
}

/// Today, in days since 1970.
fn today() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / 86_400
}

fn drop_oldest(all: BTreeMap<String, Entry>) -> BTreeMap<String, Entry> {
    if all.len() <= MOST {
        return all;
    }
    let mut by_age: Vec<_> = all.into_iter().collect();
    by_age.sort_by_key(|(_, entry)| Reverse(entry.day));
    by_age.truncate(MOST);
    by_age.into_iter().collect()
}

/// The entries of a file; none if it is absent, broken or too long.
fn read(file: &Path) -> BTreeMap<String, Entry> {
    let content = source::cached::read(file, MAX_BYTES).unwrap_or_default();
    let mut all: BTreeMap<String, Entry> = serde_json::from_slice(&content).unwrap_or_default();
    all.retain(|digest, _| digest_header(Some(digest), None).is_some());
    all
}

fn write(file: &Path, all: &BTreeMap<String, Entry>) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    source::cached::write(file, &serde_json::to_vec(all)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(n: usize) -> String {
        format!("sha256:{n:064x}")
    }

    fn facts(platforms: &[&str]) -> Facts {
        let platforms = platforms.iter().map(|text| Platform::parse(text).unwrap()).collect();
        Facts { content: Content::Index, platforms: Some(platforms) }
    }

    #[test]
    fn what_one_run_learns_the_next_one_knows() {
        let folder = tempfile::tempdir().unwrap();
        let known = facts(&["linux/arm/v6", "linux/amd64"]);
        let (one, other) = (DigestCache::new(Some(folder.path())), DigestCache::new(Some(folder.path())));
        assert_eq!(one.get(&digest(1)), None);
        one.put(&digest(1), &known);
        other.put(&digest(2), &Facts { content: Content::Chart, platforms: None });
        one.save();
        other.save();
        let next = DigestCache::new(Some(folder.path()));
        assert_eq!(next.get(&digest(1)), Some(known));
        assert_eq!(next.get(&digest(2)).unwrap().content, Content::Chart);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        // Without a folder nothing is kept.
        let nowhere = DigestCache::new(None);
        nowhere.put(&digest(1), &facts(&[]));
        nowhere.save();
        assert!(nowhere.get(&digest(1)).is_some() && DigestCache::new(None).get(&digest(1)).is_none());
    }

    #[test]
    fn what_is_broken_is_no_cache() {
        let folder = tempfile::tempdir().unwrap();
        let good = r#"{"content":"index","platforms":["linux/amd64"],"day":1}"#;
        for broken in [
            "",
            "{",
            "[]",
            "null",
            &format!(r#"{{"{}":{{"content":"index"}}}}"#, digest(1)),
            &format!(r#"{{"{}":{{"content":"ship","platforms":[],"day":1}}}}"#, digest(1)),
            &format!(r#"{{"{}":{{"content":"index","platforms":["x"],"day":1}}}}"#, digest(1)),
            &format!(r#"{{"sha256:no":{good}}}"#),
        ] {
            std::fs::write(folder.path().join(FILE), broken).unwrap();
            let cache = DigestCache::new(Some(folder.path()));
            assert_eq!(cache.get(&digest(1)), None, "{broken}");
            cache.put(&digest(1), &facts(&["linux/amd64"]));
            cache.save();
            assert!(DigestCache::new(Some(folder.path())).get(&digest(1)).is_some(), "{broken}");
        }
    }

    #[test]
    fn it_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let cache = DigestCache::new(Some(folder.path()));
        (0..MOST + 50).for_each(|n| cache.put(&digest(n), &facts(&["linux/amd64"])));
        cache.save();
        assert_eq!(read(&folder.path().join(FILE)).len(), MOST);
        let length = std::fs::metadata(folder.path().join(FILE)).unwrap().len();
        assert!(length < MAX_BYTES / 2, "{length}");
    }

    #[test]
    fn runs_side_by_side_do_not_break_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        std::thread::scope(|scope| {
            for n in 0..8 {
                let file = &file;
                scope.spawn(move || {
                    // One process uses one temporary name, so that the threads of this test only read.
                    for _ in 0..20 {
                        if n == 0 {
                            let entry = Entry::of(&facts(&["linux/amd64"]), 1);
                            write(file, &(0..500).map(|n| (digest(n), entry.clone())).collect()).unwrap();
                        }
                        assert!(matches!(read(file).len(), 0 | 500));
                    }
                });
            }
        });
    }
}
