//! The commits that introduced the references, and the references by commit: one incident for each.

use std::collections::BTreeMap;

use deploy::{Share, key};
use history::Introduced;
use model::incident::Outcome;
use model::{Reference, UnitId};
use sha2::{Digest as _, Sha256};

use crate::error::Error;

use super::candidates::Broken;
use super::session::{Run, Stopped};
use super::walks::Walks;

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
    /// The reference at head, in the form that walks use.
    pub(super) reference: Reference,
    /// The reference in words.
    pub(super) image: String,
    /// The rule that it breaks.
    pub(super) rule: String,
    /// The unit at head whose history counts.
    pub(super) unit: UnitId,
    /// The part of the unit that has to be completed with charts for each commit; `None` if the tree alone
    /// has the reference.
    pub(super) share: Option<Share>,
    /// The introducing commit.
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
    /// References whose history could not be followed.
    pub(super) not_followed: Vec<String>,
}

impl Run<'_> {
    /// Finds the commit that introduced each reference, and groups the references by it, in their order.
    pub(super) async fn grouped(&self, walks: &mut Walks<'_>, broken: Vec<Broken>) -> Result<Grouped, Error> {
        let mut found: BTreeMap<String, Found> = BTreeMap::new();
        let mut order: Vec<String> = Vec::new();
        let mut not_followed = Vec::new();
        for one in broken {
            let image = one.reference.image_or_text();
            let member = match self.member(walks, one).await? {
                Ok(member) => member,
                Err(stopped) => {
                    self.context
                        .events
                        .note(&format!("the history of {image} was not followed: {}", stopped.why()));
                    not_followed.push(image);
                    continue;
                }
            };
            let commit = member.introduced.commit.clone();
            let parent = member.introduced.parent.clone();
            if !order.contains(&commit) {
                order.push(commit.clone());
            }
            let group = Found { commit: commit.clone(), parent, members: Vec::new() };
            found.entry(commit).or_insert(group).members.push(member);
        }
        let incidents = order.iter().filter_map(|commit| found.remove(commit)).collect();
        Ok(Grouped { incidents, not_followed })
    }

    /// A reference with its introducing commit.
    pub(super) async fn member(
        &self,
        walks: &mut Walks<'_>,
        broken: Broken,
    ) -> Result<Result<Member, Stopped>, Error> {
        let Broken { reference: shown, rule } = broken;
        let image = shown.image_or_text();
        let (reference, share) = match self.tracked(walks, *shown).await? {
            Ok(tracked) => tracked,
            Err(stopped) => return Ok(Err(stopped)),
        };
        let (unit, introduced) = match self.introduced(walks, &reference, share.as_ref()).await? {
            Ok(introduced) => introduced,
            Err(stopped) => return Ok(Err(stopped)),
        };
        let share = share.map(|share| Share { unit: unit.clone(), ..share });
        Ok(Ok(Member { reference, image, rule, unit, share, introduced }))
    }

    /// The reference in the form that a walk uses, and the part of its unit that has to be completed for it.
    async fn tracked(
        &self,
        walks: &mut Walks<'_>,
        shown: Reference,
    ) -> Result<Result<(Reference, Option<Share>), Stopped>, Error> {
        let in_tree = walks.in_tree().tracked(&shown.unit, &shown)?;
        // Another release of the unit may have the image that a chart's default makes here.
        let is_made = shown.default_of.is_some();
        let is_whole = |found: &Reference| !is_made && !found.registry_unknown && key(found) == key(&shown);
        if let Some(reference) = in_tree.filter(is_whole) {
            return Ok(Ok((reference, None)));
        }
        let share = Share::making(&shown, shown.unit.clone());
        let step = self.step(walks, Some(&share), |history| history.tracked(&shown.unit, &shown)).await?;
        Ok(step.and_then(|tracked| match tracked {
            Some(reference) => Ok((reference, Some(share))),
            None => Err(Stopped::new(Outcome::Unverified, "no scalar of the repository decides it")),
        }))
    }

    /// The introducing commit of a reference in the first of its units that existed before it. A unit that
    /// was added later only repeats the reference of another one.
    async fn introduced(
        &self,
        walks: &mut Walks<'_>,
        reference: &Reference,
        share: Option<&Share>,
    ) -> Result<Result<(UnitId, Introduced), Stopped>, Error> {
        let mut first = None;
        for unit in std::iter::once(&reference.unit).chain(&reference.also_in) {
            let of_unit = share.map(|share| Share { unit: unit.clone(), ..share.clone() });
            let step =
                self.step(walks, of_unit.as_ref(), |history| history.introducing(unit, reference)).await?;
            let introduced = match step {
                Ok(introduced) => introduced,
                Err(stopped) => return Ok(Err(stopped)),
            };
            if introduced.unit_before.is_some() {
                return Ok(Ok((unit.clone(), introduced)));
            }
            first.get_or_insert((unit.clone(), introduced));
        }
        let none = || Stopped::new(Outcome::Unverified, "no unit deploys it");
        Ok(first.ok_or_else(none))
    }
}
