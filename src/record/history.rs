//! The history of audits: the time since which images are missing, the time at which they were last present,
//! and the figures of every completed audit. Unknown lines are kept unchanged.

use std::collections::BTreeMap;

use model::Rule;
use model::audit::{Audit, BrokenReference};
use model::audit_history::{ImageLine, Line, RunLine, SuspendedLine};
use model::report::{Document, VerdictName};
use serde_json::{Map, Value};

/// Seconds after which the state of an image that Git no longer names is removed: 400 days.
const FORGOTTEN: i64 = 400 * 86_400;

/// The lines of a history file, in their order.
#[derive(Clone, Debug, Default)]
pub struct History {
    entries: Vec<Entry>,
    /// Numbers of the lines that are damaged, from 1.
    damaged: Vec<usize>,
}

/// A line.
#[derive(Clone, Debug)]
enum Entry {
    Known(Line),
    /// A line that is damaged, or of another version: its bytes.
    Other(Vec<u8>),
}

impl History {
    /// Reads a file. Damaged lines and lines of an unknown kind are kept.
    pub fn read(bytes: &[u8]) -> Self {
        let mut history = Self::default();
        for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            if let Ok(line) = serde_json::from_slice(line) {
                history.entries.push(Entry::Known(line));
                continue;
            }
            if !is_of_another_kind(line) {
                history.damaged.push(at + 1);
            }
            history.entries.push(Entry::Other(line.to_owned()));
        }
        history
    }

    /// Numbers of the lines that are damaged, from 1.
    pub fn damaged(&self) -> &[usize] {
        &self.damaged
    }

    /// The completed audits of all shards together, in the order of time.
    pub fn runs(&self) -> Vec<&RunLine> {
        let mut runs = Vec::new();
        for entry in &self.entries {
            if let Entry::Known(Line::Run(run)) = entry
                && run.shard.is_none()
            {
                runs.push(run);
            }
        }
        runs.sort_by_key(|run| run.at);
        runs
    }

    /// Adds the result of an audit with its start time, in seconds since 1970, and adds the facts of the
    /// history about broken references to the report. Only an audit that is complete is recorded as a run.
    pub fn add(&mut self, report: &mut Document, at: i64) {
        let Some(mut audit) = report.audit.take() else { return };
        let told = told(&audit);
        let mut images = self.take_images();
        for (image, state) in states(report) {
            let known = images.remove(image).unwrap_or_else(|| unknown_image(image, at));
            let told = told.get(image).copied().unwrap_or_default();
            images.insert(image.to_owned(), advanced(known, state, told, at));
        }
        for broken in &mut audit.rebuild.references {
            if let Some(line) = images.get(&broken.image) {
                broken.missing_since = line.first_missing;
                broken.last_present = line.last_present;
            }
        }
        images.retain(|_, line| at - line.last_named <= FORGOTTEN);
        self.entries.extend(images.into_values().map(|line| Entry::Known(Line::Image(line))));
        if audit.is_complete() {
            self.set_suspended(report, at);
            self.entries.push(Entry::Known(Line::Run(run(report, &audit, at))));
        }
        report.audit = Some(audit);
    }

    /// The content of the file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in &self.entries {
            match entry {
                Entry::Known(line) => bytes.extend(serde_json::to_vec(line).unwrap_or_default()),
                Entry::Other(line) => bytes.extend_from_slice(line),
            }
            bytes.push(b'\n');
        }
        bytes
    }

    /// Removes and returns the states of images. Two lines of one image are combined, because files of shards
    /// may have been joined.
    fn take_images(&mut self) -> BTreeMap<String, ImageLine> {
        let mut images: BTreeMap<String, ImageLine> = BTreeMap::new();
        for entry in std::mem::take(&mut self.entries) {
            let Entry::Known(Line::Image(line)) = entry else {
                self.entries.push(entry);
                continue;
            };
            let joined = match images.remove(&line.image) {
                Some(other) => joined(other, line),
                None => line,
            };
            images.insert(joined.image.clone(), joined);
        }
        images
    }

    /// Replaces the suspended objects by those of a report, each with the first audit in a row that found it.
    fn set_suspended(&mut self, report: &Document, at: i64) {
        let mut known: BTreeMap<(String, String), SuspendedLine> = BTreeMap::new();
        for entry in std::mem::take(&mut self.entries) {
            match entry {
                Entry::Known(Line::Suspended(line)) => {
                    known.insert((line.path.clone(), line.fingerprint.clone()), line);
                }
                entry => self.entries.push(entry),
            }
        }
        for finding in report.findings.iter().filter(|finding| finding.rule == Rule::Suspended.id()) {
            let (path, fingerprint) = (finding.path.clone(), finding.fingerprint.clone());
            let line = known.remove(&(path.clone(), fingerprint.clone())).unwrap_or_else(|| SuspendedLine {
                path,
                fingerprint,
                message: finding.message.clone(),
                suspended_since: at,
                further: Map::new(),
            });
            self.entries.push(Entry::Known(Line::Suspended(line)));
        }
    }
}

/// True for a JSON object that names another kind of line.
fn is_of_another_kind(line: &[u8]) -> bool {
    let kind = serde_json::from_slice::<Value>(line)
        .ok()
        .and_then(|value| Some(value.get("line")?.as_str()?.to_owned()));
    kind.is_some_and(|kind| !["run", "image", "suspended"].contains(&kind.as_str()))
}

/// The images that a report names, each with its verdict: missing before present before any other.
fn states(report: &Document) -> BTreeMap<&str, Option<VerdictName>> {
    let mut states: BTreeMap<&str, Option<VerdictName>> = BTreeMap::new();
    for reference in &report.references {
        let Some(image) = reference.image.as_deref() else { continue };
        let verdict = reference.verdict.filter(|verdict| is_known(*verdict));
        let state = states.entry(image).or_insert(verdict);
        if verdict == Some(VerdictName::Missing) || state.is_none() {
            *state = verdict;
        }
    }
    states
}

fn is_known(verdict: VerdictName) -> bool {
    matches!(verdict, VerdictName::Present | VerdictName::Missing)
}

fn unknown_image(image: &str, at: i64) -> ImageLine {
    let image = image.to_owned();
    ImageLine { image, last_named: at, first_missing: None, last_present: None, further: Map::new() }
}

/// The times that a report already has: the histories of shards are in their reports.
#[derive(Clone, Copy, Default)]
struct Told {
    missing_since: Option<i64>,
    last_present: Option<i64>,
}

fn told(audit: &Audit) -> BTreeMap<String, Told> {
    let mut all = BTreeMap::new();
    for BrokenReference { image, missing_since, last_present, .. } in &audit.rebuild.references {
        all.insert(image.clone(), Told { missing_since: *missing_since, last_present: *last_present });
    }
    all
}

/// The state of an image after an audit. A registry that did not answer changes nothing.
fn advanced(known: ImageLine, state: Option<VerdictName>, told: Told, at: i64) -> ImageLine {
    let mut line = ImageLine { last_named: known.last_named.max(at), ..known };
    match state {
        Some(VerdictName::Present) => {
            line.last_present = line.last_present.max(Some(at));
            line.first_missing = None;
        }
        Some(VerdictName::Missing) => {
            line.last_present = line.last_present.max(told.last_present);
            let since = first_after(line.last_present, [told.missing_since, line.first_missing]);
            line.first_missing = Some(since.unwrap_or(at));
        }
        _ => {}
    }
    line
}

/// The first time after the last one at which the image was present.
fn first_after(last_present: Option<i64>, moments: [Option<i64>; 2]) -> Option<i64> {
    moments.into_iter().flatten().filter(|moment| Some(*moment) > last_present).min()
}

/// Combines two states of one image.
fn joined(first: ImageLine, second: ImageLine) -> ImageLine {
    let last_present = first.last_present.max(second.last_present);
    ImageLine {
        image: first.image,
        last_named: first.last_named.max(second.last_named),
        first_missing: first_after(last_present, [first.first_missing, second.first_missing]),
        last_present,
        further: first.further.into_iter().chain(second.further).collect(),
    }
}

/// The line of a completed audit.
fn run(report: &Document, audit: &Audit, at: i64) -> RunLine {
    RunLine {
        at,
        commit: audit.commit.clone(),
        shard: audit.shard,
        references: report.summary.references,
        images: audit.rebuild.images,
        broken: audit.rebuild.broken,
        unverified: audit.rebuild.unverified,
        suspended: audit.rebuild.suspended,
        rollback_impossible: audit.rollback.as_ref().map(|rollback| rollback.gone),
        further: Map::new(),
    }
}
