//! Renames, found as git finds them: equal content first, then files that share half of their lines. Lines
//! are counted and not aligned, so that the time is bounded for any content. The result does not depend on
//! configuration, and the work tree is treated like a commit.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hasher};
use std::path::Path;

use gix::ObjectId;

use super::objects::Entry;
use super::worktree;
use source::RepoPath;
use source::change::Change;

/// Minimum similarity, in thousandths of the larger file.
const SIMILAR: u64 = 500;
/// Maximum number of pairs of files that are compared; beyond it only equal content makes a rename.
const PAIRS: usize = 1000 * 1000;
/// Maximum size of a file that is compared; a larger file is a rename only if its content is the same.
const FILE: u64 = 1 << 20;
/// Maximum number of bytes that the search for similar files reads, and maximum number that it compares.
const HELD: u64 = 16 << 20;
const COMPARED: u64 = 512 << 20;
/// A longer line counts as several.
const LINE: usize = 64;

/// A file that was removed or added.
pub(super) struct Candidate {
    pub(super) path: RepoPath,
    pub(super) entry: Entry,
}

/// The sources of the content of candidates. `disk` is the work tree, if it is the head.
pub(super) struct Contents<'a> {
    pub(super) repo: &'a gix::Repository,
    pub(super) disk: Option<&'a Path>,
    /// True if blobs may be missing: only ids are compared.
    pub(super) partial: bool,
}

/// Turns removed and added files, each sorted by path, into changes.
pub(super) fn pair(
    contents: &Contents,
    mut removed: Vec<Candidate>,
    mut added: Vec<Candidate>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    equal(&mut removed, &mut added, &mut changes, Key::content_and_name);
    equal(&mut removed, &mut added, &mut changes, Key::content);
    if !contents.partial {
        similar(contents, &mut removed, &mut added, &mut changes);
    }
    for file in removed {
        changes.push(Change { base: Some(file.path), head: None });
    }
    for file in added {
        changes.push(Change { base: None, head: Some(file.path) });
    }
    changes
}

/// The properties that two equal files share.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    id: ObjectId,
    name: Option<String>,
}

impl Key {
    fn content(file: &Candidate) -> Self {
        Self { id: file.entry.id, name: None }
    }

    fn content_and_name(file: &Candidate) -> Self {
        Self { id: file.entry.id, name: Some(file.path.file_name().to_owned()) }
    }
}

/// Moves the pairs that have the same key to the changes. An empty file never counts as a rename.
fn equal(
    removed: &mut Vec<Candidate>,
    added: &mut Vec<Candidate>,
    changes: &mut Vec<Change>,
    key: fn(&Candidate) -> Key,
) {
    let mut sources: BTreeMap<Key, VecDeque<Candidate>> = BTreeMap::new();
    for source in removed.drain(..) {
        sources.entry(key(&source)).or_default().push_back(source);
    }
    let mut left = Vec::new();
    for file in added.drain(..) {
        let has_content = !file.entry.id.is_null() && !file.entry.id.is_empty_blob();
        match sources.get_mut(&key(&file)).and_then(|same| if has_content { same.pop_front() } else { None })
        {
            Some(source) => changes.push(Change { base: Some(source.path), head: Some(file.path) }),
            None => left.push(file),
        }
    }
    *added = left;
    removed.extend(sources.into_values().flatten());
    removed.sort_by(|a, b| a.path.cmp(&b.path));
}

/// Moves the similar pairs to the changes: the most similar first, and among equally similar ones those that
/// keep their name.
fn similar(
    contents: &Contents,
    removed: &mut Vec<Candidate>,
    added: &mut Vec<Candidate>,
    changes: &mut Vec<Change>,
) {
    let Some((sources, targets)) = affordable(contents, removed, added) else { return };
    let mut originals = Vec::new();
    for source in sources {
        if let Some(lines) = contents.lines(source, false) {
            originals.push((source, lines));
        }
    }
    let mut scores = Vec::new();
    for target in targets {
        let Some(lines) = contents.lines(target, true) else { continue };
        for (source, others) in &originals {
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

/// The YAML and JSON files that may be compared; `None` if that would take too much time or memory.
fn affordable<'a>(
    contents: &Contents,
    removed: &'a [Candidate],
    added: &'a [Candidate],
) -> Option<(Vec<&'a Candidate>, Vec<&'a Candidate>)> {
    let (old, new) = (yaml(removed), yaml(added));
    if old.is_empty() || new.is_empty() || old.len().saturating_mul(new.len()) > PAIRS {
        return None;
    }
    let (sources, from) = contents.small(old, false);
    let (targets, to) = contents.small(new, true);
    let against_targets = (sources.len() as u64).saturating_mul(to);
    let against_sources = (targets.len() as u64).saturating_mul(from);
    let compared = against_targets.saturating_add(against_sources);
    if from.saturating_add(to) > HELD || compared > COMPARED {
        return None;
    }
    Some((sources, targets))
}

fn yaml(files: &[Candidate]) -> Vec<&Candidate> {
    files.iter().filter(|file| file.path.is_yaml()).collect()
}

impl Contents<'_> {
    /// The files that are small enough to be compared, and their bytes.
    fn small<'a>(&self, files: Vec<&'a Candidate>, is_head: bool) -> (Vec<&'a Candidate>, u64) {
        let (mut small, mut sum) = (Vec::new(), 0u64);
        for file in files {
            if let Some(size) = self.size(file, is_head)
                && size <= FILE
            {
                small.push(file);
                sum = sum.saturating_add(size);
            }
        }
        (small, sum)
    }

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

/// The number of bytes of each distinct line of a file.
struct Lines {
    /// Hashes of lines, sorted, with their bytes.
    bytes: Vec<(u32, u32)>,
    total: u64,
}

impl Lines {
    /// Lines with different line ends are the same: a checkout may change line ends.
    fn of(text: &[u8]) -> Self {
        let mut bytes: Vec<(u32, u32)> = Vec::new();
        for line in text.split(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            for part in line.chunks(LINE) {
                // One byte is added for the line end.
                let weight = u32::try_from(part.len()).unwrap_or_default() + 1;
                bytes.push((hash(part), weight));
            }
        }
        bytes.sort_unstable();
        let mut total = 0;
        let mut sums: Vec<(u32, u32)> = Vec::new();
        for (hash, weight) in bytes {
            total += u64::from(weight);
            match sums.last_mut() {
                Some((last, sum)) if *last == hash => *sum += weight,
                _ => sums.push((hash, weight)),
            }
        }
        sums.shrink_to_fit();
        Self { bytes: sums, total }
    }

    /// The common part, in thousandths of the larger file.
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
