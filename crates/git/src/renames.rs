//! Renames, found the way git finds them: equal content first, then files that share half of their lines.
//! Lines are counted, not aligned, so that the time is bounded whatever the files hold; nothing depends on
//! configuration, and the work tree is searched like a commit.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hasher};
use std::path::Path;

use gix::ObjectId;

use super::objects::Entry;
use super::worktree;
use source::RepoPath;
use source::change::Change;

/// Thousandths of the larger file that have to be the same.
const SIMILAR: u64 = 500;
/// Pairs of files that are looked at; with more of them only equal content makes a rename.
const PAIRS: usize = 1000 * 1000;
/// A file above this size is renamed only where its content is the same.
const FILE: u64 = 1 << 20;
/// Bytes that the search for similar files may read, and those that it may compare.
const HELD: u64 = 16 << 20;
const COMPARED: u64 = 512 << 20;
/// A longer line counts as several.
const LINE: usize = 64;

/// A file that was removed or added.
pub(super) struct Candidate {
    pub(super) path: RepoPath,
    pub(super) entry: Entry,
}

/// Where the content of candidates is. `disk`: the work tree, where it is the head.
pub(super) struct Contents<'a> {
    pub(super) repo: &'a gix::Repository,
    pub(super) disk: Option<&'a Path>,
    /// Blobs may be missing: only equal ids are looked for.
    pub(super) partial: bool,
}

/// Turns removed and added files, each sorted by path, into changes.
pub(super) fn pair(
    contents: &Contents,
    mut removed: Vec<Candidate>,
    mut added: Vec<Candidate>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    equal(&mut removed, &mut added, &mut changes, |file| (file.entry.id, file.path.file_name().to_owned()));
    equal(&mut removed, &mut added, &mut changes, |file| file.entry.id);
    if !contents.partial {
        similar(contents, &mut removed, &mut added, &mut changes);
    }
    changes.extend(removed.into_iter().map(|file| Change { base: Some(file.path), head: None }));
    changes.extend(added.into_iter().map(|file| Change { base: None, head: Some(file.path) }));
    changes
}

/// Takes out the pairs that have the same key; an empty file is no other file's rename.
fn equal<K: Ord>(
    removed: &mut Vec<Candidate>,
    added: &mut Vec<Candidate>,
    changes: &mut Vec<Change>,
    key: impl Fn(&Candidate) -> K,
) {
    let telling = |id: ObjectId| !id.is_null() && !id.is_empty_blob();
    let mut sources: BTreeMap<K, VecDeque<Candidate>> = BTreeMap::new();
    for source in removed.drain(..) {
        sources.entry(key(&source)).or_default().push_back(source);
    }
    added.retain(|file| {
        let same = sources.get_mut(&key(file)).filter(|_| telling(file.entry.id));
        let Some(source) = same.and_then(VecDeque::pop_front) else { return true };
        changes.push(Change { base: Some(source.path), head: Some(file.path.clone()) });
        false
    });
    removed.extend(sources.into_values().flatten());
    removed.sort_by(|a, b| a.path.cmp(&b.path));
}

/// Takes out the pairs that are alike, the most similar first; of equals those that keep their name.
fn similar(
    contents: &Contents,
    removed: &mut Vec<Candidate>,
    added: &mut Vec<Candidate>,
    changes: &mut Vec<Change>,
) {
    let Some((sources, targets)) = affordable(contents, removed, added) else { return };
    let sources: Vec<_> =
        sources.iter().filter_map(|file| Some((*file, contents.lines(file, false)?))).collect();
    let mut scores = Vec::new();
    for target in targets {
        let Some(lines) = contents.lines(target, true) else { continue };
        for (source, others) in &sources {
            let score = lines.shared(others);
            if score >= SIMILAR {
                let renamed = source.path.file_name() != target.path.file_name();
                scores.push((u64::MAX - score, renamed, &target.path, &source.path));
            }
        }
    }
    scores.sort();
    let (mut from, mut to) = (HashSet::new(), HashSet::new());
    for (_, _, target, source) in scores {
        if !from.contains(source) && !to.contains(target) {
            from.insert(source.clone());
            to.insert(target.clone());
            changes.push(Change { base: Some(source.clone()), head: Some(target.clone()) });
        }
    }
    removed.retain(|file| !from.contains(&file.path));
    added.retain(|file| !to.contains(&file.path));
}

/// The YAML and JSON files that may be compared; `None` where that would take too much time or memory.
fn affordable<'a>(
    contents: &Contents,
    removed: &'a [Candidate],
    added: &'a [Candidate],
) -> Option<(Vec<&'a Candidate>, Vec<&'a Candidate>)> {
    let yaml = |files: &'a [Candidate]| -> Vec<&'a Candidate> {
        files.iter().filter(|file| file.path.is_yaml()).collect()
    };
    let (mut removed, mut added) = (yaml(removed), yaml(added));
    if removed.is_empty() || added.is_empty() || removed.len().saturating_mul(added.len()) > PAIRS {
        return None;
    }
    let measure = |files: &mut Vec<&Candidate>, is_head: bool| {
        let mut sum = 0u64;
        files.retain(|file| {
            let size = contents.size(file, is_head).filter(|size| *size <= FILE);
            sum = sum.saturating_add(size.unwrap_or_default());
            size.is_some()
        });
        (files.len() as u64, sum)
    };
    let ((sources, from), (targets, to)) = (measure(&mut removed, false), measure(&mut added, true));
    let compared = sources.saturating_mul(to).saturating_add(targets.saturating_mul(from));
    (from.saturating_add(to) <= HELD && compared <= COMPARED).then_some((removed, added))
}

impl Contents<'_> {
    fn size(&self, file: &Candidate, is_head: bool) -> Option<u64> {
        match self.disk {
            Some(root) if is_head => worktree::size(root, &file.path),
            _ => Some(self.repo.find_header(file.entry.id).ok()?.size()),
        }
    }

    fn lines(&self, file: &Candidate, is_head: bool) -> Option<Lines> {
        match self.disk {
            Some(root) if is_head => Some(Lines::of(&worktree::read(root, &file.path, FILE).ok()??)),
            _ => Some(Lines::of(&self.repo.find_object(file.entry.id).ok()?.data)),
        }
    }
}

/// How many bytes a file has of each line, whatever its order.
struct Lines {
    /// Hashes of lines, sorted, with their bytes.
    bytes: Vec<(u32, u32)>,
    total: u64,
}

impl Lines {
    /// Lines that end in another way are the same: a checkout may have changed that.
    fn of(text: &[u8]) -> Self {
        let mut bytes: Vec<(u32, u32)> = Vec::new();
        for line in text.split(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            // One more for the line's end.
            let weight = |part: &[u8]| u32::try_from(part.len()).unwrap_or_default() + 1;
            bytes.extend(line.chunks(LINE).map(|part| (hash(part), weight(part))));
        }
        bytes.sort_unstable();
        bytes.dedup_by(|(hash, more), (first, sum)| {
            let same = hash == first;
            *sum += if same { *more } else { 0 };
            same
        });
        bytes.shrink_to_fit();
        let total = bytes.iter().map(|(_, bytes)| u64::from(*bytes)).sum();
        Self { bytes, total }
    }

    /// Thousandths of the larger file that both have.
    fn shared(&self, other: &Self) -> u64 {
        let (larger, smaller) = (self.total.max(other.total), self.total.min(other.total));
        if smaller * 1000 < larger * SIMILAR {
            return 0;
        }
        let mut shared = 0;
        let mut others = other.bytes.iter().peekable();
        for (hash, bytes) in &self.bytes {
            while others.next_if(|(other, _)| other < hash).is_some() {}
            if let Some((_, more)) = others.next_if(|(other, _)| other == hash) {
                shared += u64::from(*bytes.min(more));
            }
        }
        shared * 1000 / larger.max(1)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
fn hash(part: &[u8]) -> u32 {
    let mut hasher = DefaultHasher::new();
    hasher.write(part);
    hasher.finish() as u32
}
