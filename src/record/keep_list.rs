//! The keep-list: the manifests that a retention job must not delete. A wrong deletion is worse than a list
//! that is too long. An incomplete list therefore keeps all entries of an earlier one, and states what it
//! lacks.

use std::collections::{BTreeMap, BTreeSet};

use model::audit::{Audit, Rollback};
use model::report::{Document, ReferenceEntry, VerdictName};
use model::{Kind, time};

/// The first words of every keep-list.
const HEADING: &str = "# pullable keep-list 1:";

/// The reason why a manifest is on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    /// Git deploys it.
    InUse,
    /// A revert of a broken reference restores it.
    LastKnownGood,
    /// A revert of the last change restores it.
    Previous,
    /// An earlier list had it, and it may still be needed.
    Earlier,
}

impl Role {
    fn as_str(self) -> &'static str {
        match self {
            Self::InUse => "in-use",
            Self::LastKnownGood => "last-known-good",
            Self::Previous => "previous",
            Self::Earlier => "earlier-list",
        }
    }
}

/// The manifests that are kept.
#[derive(Clone, Debug, Default)]
pub struct KeepList {
    /// The reference and its manifest, `REPOSITORY@DIGEST`, each with its first role.
    entries: BTreeMap<(String, String), Role>,
    /// The known gaps of the list, one line each.
    lacks: Vec<String>,
}

impl KeepList {
    /// The list of a report.
    pub fn of(report: &Document) -> Self {
        let mut list = Self::default();
        for reference in &report.references {
            list.add_reference(reference);
        }
        let Some(audit) = &report.audit else { return list };
        for good in audit.rebuild.references.iter().filter_map(|broken| broken.last_known_good.as_ref()) {
            list.add(&good.image, good.digest.as_deref(), Role::LastKnownGood);
        }
        for value in audit.rollback.iter().flat_map(|rollback| &rollback.present) {
            list.add(&value.image, Some(&value.digest), Role::Previous);
        }
        list.lacks.extend(in_use(report, audit));
        list.lacks.extend(previous(audit));
        list
    }

    /// The known gaps of the list, one line each; empty if it is complete.
    pub fn lacks(&self) -> &[String] {
        &self.lacks
    }

    /// Keeps entries of the earlier list in a file, and returns their number: all of them if this list is not
    /// complete, otherwise those of missing images that Git still names: their tag was deleted, but their
    /// manifest may still run.
    ///
    /// # Errors
    /// A message that the bytes are not a keep-list, so that the file must not be replaced.
    pub fn keep_earlier(&mut self, bytes: &[u8], report: &Document) -> Result<usize, String> {
        let missing = missing(report);
        let known: BTreeSet<String> = self.entries.keys().map(|(_, manifest)| manifest.clone()).collect();
        let before = self.entries.len();
        for (image, manifest) in entries(bytes)? {
            let is_kept = !self.lacks.is_empty() || missing.contains(image.as_str());
            if is_kept && !known.contains(&manifest) {
                self.entries.insert((image, manifest), Role::Earlier);
            }
        }
        Ok(self.entries.len() - before)
    }

    /// The content of the file, for an audit with its start time, in seconds since 1970.
    pub fn text(&self, report: &Document, at: i64) -> String {
        let state = if self.lacks.is_empty() { "complete" } else { "PARTIAL" };
        let commit = report.audit.as_ref().map(|audit| audit.commit.as_str()).unwrap_or_default();
        let mut text = format!("{HEADING} {state}\n# commit {commit}, audited {}\n", time::text(at));
        for lack in &self.lacks {
            text += &format!("# partial {lack}\n");
        }
        text += "# MANIFEST REASON REFERENCE: delete none of these, and no manifest that one of them names\n";
        for ((image, manifest), role) in &self.entries {
            text += &format!("{manifest} {} {image}\n", role.as_str());
        }
        text
    }

    fn add_reference(&mut self, reference: &ReferenceEntry) {
        let image = reference.image.as_deref().filter(|_| reference.kind != Kind::Repository);
        if let (Some(image), Some(VerdictName::Present)) = (image, reference.verdict) {
            self.add(image, reference.digest.as_deref(), Role::InUse);
        }
    }

    /// Adds a manifest of a registry; archives of chart repositories are left out.
    fn add(&mut self, image: &str, digest: Option<&str>, role: Role) {
        let Ok((parsed, _)) = image::parse(image) else { return };
        let Some(digest) = digest.filter(|digest| !digest.is_empty()) else { return };
        let key = (image.to_owned(), format!("{}@{digest}", parsed.name()));
        let known = self.entries.entry(key).or_insert(role);
        *known = role.min(*known);
    }
}

/// The references and manifests of a list in a file. An absent or empty file has none.
///
/// # Errors
/// A message that it is not a keep-list.
pub fn entries(bytes: &[u8]) -> Result<BTreeSet<(String, String)>, String> {
    let text = String::from_utf8_lossy(bytes);
    if !text.is_empty() && !text.starts_with(HEADING) {
        return Err("it is not a keep-list of pullable, and is not replaced".to_owned());
    }
    let mut entries = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        if let Some(manifest) = words.next() {
            let image = words.nth(1).unwrap_or("-");
            entries.insert((image.to_owned(), manifest.to_owned()));
        }
    }
    Ok(entries)
}

/// The images of a report that are missing or malformed.
fn missing(report: &Document) -> BTreeSet<&str> {
    let mut missing = BTreeSet::new();
    for reference in &report.references {
        if matches!(reference.verdict, Some(VerdictName::Missing | VerdictName::Malformed)) {
            missing.extend(reference.image.as_deref());
        }
    }
    missing
}

/// The unknown facts about the images in use.
fn in_use(report: &Document, audit: &Audit) -> Vec<String> {
    let mut lacks = Vec::new();
    if let Some(shard) = audit.shard {
        lacks
            .push(format!("in-use: this is shard {} of {}; merge writes the list", shard.index, shard.total));
    }
    for shard in &audit.missing_shards {
        lacks.push(format!("in-use: shard {shard} has no report"));
    }
    let without_digest = report.references.iter().filter(|reference| has_no_digest(reference)).count();
    let rebuild = &audit.rebuild;
    // A manifest that nothing known deploys may be applied by hand.
    let of_others = |verdict| rebuild.not_included.iter().filter(|one| one.verdict == verdict).count();
    for (count, what) in [
        (rebuild.unverified + of_others("unverified"), "that could not be verified"),
        (rebuild.skipped + of_others("skipped"), "that were not queried"),
        (without_digest, "whose registry names no digest"),
    ] {
        if count > 0 {
            lacks.push(format!("in-use: images {what}: {count}"));
        }
    }
    if rebuild.not_read > 0 {
        lacks.push(format!("in-use: findings about content that was not read: {}", rebuild.not_read));
    }
    lacks
}

/// True for an image of a registry that is present without a digest.
fn has_no_digest(reference: &ReferenceEntry) -> bool {
    let image = reference.image.as_deref().filter(|_| reference.kind != Kind::Repository);
    let is_present = reference.verdict == Some(VerdictName::Present) && reference.digest.is_none();
    is_present && image.is_some_and(|image| image::parse(image).is_ok())
}

/// The unknown facts about the values that a revert restores.
fn previous(audit: &Audit) -> Vec<String> {
    let mut lacks = Vec::new();
    let open = audit.rebuild.references.iter().filter(|broken| {
        broken.last_known_good.is_none()
            && broken.tried.last().is_some_and(|tried| tried.verdict == "unverified")
    });
    match open.count() {
        0 => {}
        n => lacks.push(format!("previous: last known good values that could not be verified: {n}")),
    }
    let Some(Rollback { unverified, not_known, .. }) = &audit.rollback else {
        lacks.push(
            "previous: the previous values were not queried; --rollback always queries them".to_owned(),
        );
        return lacks;
    };
    if *unverified > 0 {
        lacks.push(format!("previous: values that could not be verified: {unverified}"));
    }
    for reason in not_known {
        lacks.push(format!("previous: values that are not known: {} ({})", reason.count, reason.why));
    }
    lacks
}
