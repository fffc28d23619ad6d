//! The proof: the gate passes for the change from head to the result, and other changes are listed.

use std::collections::{BTreeMap, BTreeSet};

use deploy::{Input, Selection, key};
use model::incident::{Collateral, Incident, Outcome};
use model::{Class, Finding, Kind, Reference, Severity};

use crate::error::Error;
use crate::stages::Gated;

use super::edits::Edited;
use super::edits::EditedBy;
use super::find::Found;
use super::good::Good;
use super::session::{Run, Stopped};

impl Run<'_> {
    /// Runs the gate on the result. Returns the rules of the configuration that the result breaks: they do not stop a
    /// revert, which may be urgent.
    pub(super) async fn verified(
        &self,
        found: &Found,
        good: &[Option<Good>],
        edited: &EditedBy,
        incident: &mut Incident,
    ) -> Result<Result<Vec<String>, Stopped>, Error> {
        if edited.edits.is_empty() {
            return Ok(Err(Stopped::new(Outcome::Conflict, "the whole commit was reverted already")));
        }
        let limit = self.options.max_file_size;
        let result = Edited::new(&*self.files, &edited.edits, self.others(&edited.edits)?);
        let changes = result.changes(limit)?;
        let input = Input {
            head: &result,
            base: Some(&*self.files),
            selection: Selection::Changed(&changes),
            max_file_size: limit,
            renders: self.queries.renders()?,
            repositories: self.queries.repositories(),
            ignores: self.queries.ignores(),
            excluded: None,
        };
        let gated = self.queries.gate(&input).await?;
        incident.collateral = collateral(found, good, &gated);
        let judged = gated.judged;
        let errors: Vec<&Finding> =
            judged.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        let Some(first) = errors.iter().find(|finding| !is_unverified(finding)).or(errors.first()) else {
            return Ok(Ok(self.queries.broken_rules(&judged.references)));
        };
        let outcome = if is_unverified(first) { Outcome::Unverified } else { Outcome::Refused };
        let why = format!("the result does not pass the gate: {}: {}", first.shown_path(), first.message);
        Ok(Err(Stopped::new(outcome, why)))
    }
}

fn is_unverified(finding: &Finding) -> bool {
    finding.rule.class() == Class::Unverified
}

/// The references that change although they are not part of the incident.
fn collateral(found: &Found, good: &[Option<Good>], gated: &Gated) -> Vec<Collateral> {
    let mut meant: BTreeMap<(String, Kind), (String, Kind)> = BTreeMap::new();
    let mut taken_back: BTreeSet<(String, (String, Kind))> = BTreeSet::new();
    let mut units: BTreeSet<String> = BTreeSet::new();
    for (member, good) in found.members.iter().zip(good) {
        let bad = key(&member.reference);
        for unit in std::iter::once(&member.reference.unit).chain(&member.reference.also_in) {
            taken_back.insert((unit.to_string(), bad.clone()));
            units.insert(unit.to_string());
        }
        if let Some(good) = good {
            meant.insert(key(&good.reference), bad);
        }
    }
    let mut all = BTreeSet::new();
    for (reference, _) in &gated.judged.references {
        for unit in std::iter::once(&reference.unit).chain(&reference.also_in) {
            if !(units.contains(&unit.to_string()) && meant.contains_key(&key(reference))) {
                let from = reference.previous.as_ref().map(|previous| previous.image.clone());
                let to = Some(reference.image_or_text());
                all.insert(Collateral { unit: unit.to_string(), from, to });
            }
        }
    }
    for reference in &gated.removed {
        let unit = reference.unit.to_string();
        if !taken_back.contains(&(unit.clone(), key(reference))) {
            all.insert(Collateral { unit, from: Some(Reference::image_or_text(reference)), to: None });
        }
    }
    all.into_iter().collect()
}
