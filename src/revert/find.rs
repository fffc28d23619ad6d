//! The commits that introduced the references, and the references by commit: one incident for each.

use std::collections::BTreeMap;

use deploy::key;
use history::{History, Introduced};
use model::{Reference, UnitId};
use sha2::{Digest as _, Sha256};

use crate::error::Error;

use super::candidates::Broken;

/// The references that one commit introduced.
pub(super) struct Found {
    /// Object id of the commit.
    pub(super) commit: String,
    /// Object id of its first parent.
    pub(super) parent: Option<String>,
    /// The references.
    pub(super) members: Vec<Member>,
}

/// A reference of an incident.
pub(super) struct Member {
    /// The reference at head, as it is without charts of chart repositories: histories are walked without network.
    pub(super) reference: Reference,
    /// The reference in words.
    pub(super) image: String,
    /// The rule that it breaks.
    pub(super) rule: String,
    /// The unit at head whose history counts.
    pub(super) unit: UnitId,
    /// Its introduction.
    pub(super) introduced: Introduced,
}

impl Found {
    /// The identity: a hash of the commit, and of the units and references in their order.
    pub(super) fn identity(&self) -> String {
        let mut keys: Vec<String> = Vec::new();
        for Member { reference, unit, .. } in &self.members {
            keys.push(format!("{unit}\0{}\0{}", key(reference).0, reference.field));
        }
        keys.sort();
        let hash = Sha256::digest(format!("{}\0{}", self.commit, keys.join("\0")));
        hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The incidents of a run.
#[derive(Default)]
pub(super) struct Grouped {
    pub(super) incidents: Vec<Found>,
    /// References that no scalar of the repository decides, so that no commit introduced them.
    pub(super) not_followed: Vec<String>,
}

/// Finds the commit that introduced each reference, and groups the references by it, in their order.
pub(super) fn grouped(history: &mut History<'_>, broken: Vec<Broken>) -> Result<Grouped, Error> {
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    let mut not_followed = Vec::new();
    for Broken { reference: shown, rule } in broken {
        let image = shown.image_or_text();
        let Some(reference) = history.tracked(&shown.unit, &shown)? else {
            not_followed.push(image);
            continue;
        };
        let (unit, introduced) = introduced(history, &reference)?;
        let commit = introduced.commit.clone();
        let parent = introduced.parent.clone();
        let member = Member { reference, image, rule, unit, introduced };
        if !order.contains(&commit) {
            order.push(commit.clone());
        }
        let group = Found { commit: commit.clone(), parent, members: Vec::new() };
        found.entry(commit).or_insert(group).members.push(member);
    }
    let incidents = order.iter().filter_map(|commit| found.remove(commit)).collect();
    Ok(Grouped { incidents, not_followed })
}

/// The introduction of a reference in the first of its units that existed before it. A unit that was added later only
/// repeats what another one has.
fn introduced(history: &mut History<'_>, reference: &Reference) -> Result<(UnitId, Introduced), Error> {
    let first = history.introducing(&reference.unit, reference)?;
    if first.unit_before.is_some() {
        return Ok((reference.unit.clone(), first));
    }
    for unit in &reference.also_in {
        let other = history.introducing(unit, reference)?;
        if other.unit_before.is_some() {
            return Ok((unit.clone(), other));
        }
    }
    Ok((reference.unit.clone(), first))
}
