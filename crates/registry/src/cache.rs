//! What never changes of a digest, kept on disk from run to run. Whether a tag or a digest is there is
//! asked anew each time: that does change.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::content::Facts;
use super::manifest::digest_header;
use image::Platform;
use model::Content;

/// The name says the version: another form gets another file.
const FILE: &str = "digests-1.json";
/// Most digests that are kept; those that were not asked for longest go first.
const MOST: usize = 10_000;
/// Longest file that is read.
const MAX_BYTES: u64 = 8 << 20;

/// Facts by digest.
pub(super) struct Cache {
    file: Option<PathBuf>,
    kept: OnceLock<BTreeMap<String, Entry>>,
    fresh: Mutex<HashMap<String, Facts>>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Entry {
    content: String,
    platforms: Option<Vec<String>>,
    /// The day on which it was written, in days since 1970.
    day: u64,
}

impl Entry {
    fn of(facts: &Facts, day: u64) -> Self {
        let written = |all: &Vec<Platform>| all.iter().map(ToString::to_string).collect();
        let content = facts.content.as_str().to_owned();
        Self { content, platforms: facts.platforms.as_ref().map(written), day }
    }

    fn facts(&self) -> Option<Facts> {
        let read = |text: &String| {
            let mut parts = text.splitn(3, '/');
            let mut part = || parts.next().unwrap_or_default();
            let platform = Platform::new(part(), part(), part());
            platform.is_known().then_some(platform)
        };
        let platforms = match &self.platforms {
            Some(all) => Some(all.iter().map(read).collect::<Option<Vec<_>>>()?),
            None => None,
        };
        Some(Facts { content: Content::from_name(&self.content)?, platforms })
    }
}

impl Cache {
    /// In this folder; without one it lasts as long as the run.
    pub(super) fn new(folder: Option<&Path>) -> Self {
        let file = folder.map(|folder| folder.join(FILE));
        Self { file, kept: OnceLock::new(), fresh: Mutex::default() }
    }

    pub(super) fn get(&self, digest: &str) -> Option<Facts> {
        let fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner).get(digest).cloned();
        fresh.or_else(|| self.kept().get(digest)?.facts())
    }

    pub(super) fn put(&self, digest: &str, facts: &Facts) {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner).insert(digest.to_owned(), facts.clone());
    }

    fn kept(&self) -> &BTreeMap<String, Entry> {
        self.kept.get_or_init(|| self.file.as_deref().map(read).unwrap_or_default())
    }

    /// Writes what is new beside what others have written meanwhile. That a cache cannot be written is
    /// nobody's trouble.
    pub(super) fn save(&self) {
        let Some(file) = &self.file else { return };
        let fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        if fresh.is_empty() {
            return;
        }
        let mut all = read(file);
        let today = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / 86_400);
        all.extend(fresh.iter().map(|(digest, facts)| (digest.clone(), Entry::of(facts, today))));
        if all.len() > MOST {
            let mut by_age: Vec<_> = all.into_iter().collect();
            by_age.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.day));
            by_age.truncate(MOST);
            all = by_age.into_iter().collect();
        }
        let _ = write(file, &all);
    }
}

fn read(file: &Path) -> BTreeMap<String, Entry> {
    let mut content = Vec::new();
    let whole = std::fs::File::open(file)
        .and_then(|opened| opened.take(MAX_BYTES + 1).read_to_end(&mut content))
        .is_ok_and(|read| read as u64 <= MAX_BYTES);
    let mut all: BTreeMap<String, Entry> =
        whole.then(|| serde_json::from_slice(&content).ok()).flatten().unwrap_or_default();
    all.retain(|digest, _| digest_header(Some(digest), None).is_some());
    all
}

/// At once or not at all: a reader sees the old file or the new one.
fn write(file: &Path, all: &BTreeMap<String, Entry>) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let text = serde_json::to_vec(all)?;
    let beside = folder.join(format!("{FILE}.{}", std::process::id()));
    // Of a run that was killed, whose number this one has.
    let _ = std::fs::remove_file(&beside);
    let mut new = std::fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
    let written = new.write_all(&text).and_then(|()| std::fs::rename(&beside, file));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
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
        let (one, other) = (Cache::new(Some(folder.path())), Cache::new(Some(folder.path())));
        assert_eq!(one.get(&digest(1)), None);
        one.put(&digest(1), &known);
        other.put(&digest(2), &Facts { content: Content::Chart, platforms: None });
        one.save();
        other.save();
        let next = Cache::new(Some(folder.path()));
        assert_eq!(next.get(&digest(1)), Some(known));
        assert_eq!(next.get(&digest(2)).unwrap().content, Content::Chart);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        // Without a folder nothing is kept.
        let nowhere = Cache::new(None);
        nowhere.put(&digest(1), &facts(&[]));
        nowhere.save();
        assert!(nowhere.get(&digest(1)).is_some() && Cache::new(None).get(&digest(1)).is_none());
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
            let cache = Cache::new(Some(folder.path()));
            assert_eq!(cache.get(&digest(1)), None, "{broken}");
            cache.put(&digest(1), &facts(&["linux/amd64"]));
            cache.save();
            assert!(Cache::new(Some(folder.path())).get(&digest(1)).is_some(), "{broken}");
        }
    }

    #[test]
    fn it_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path()));
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
                    // One process has one name to write beside: threads stand in for readers here.
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
