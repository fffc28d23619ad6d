//! The property, as sets of (unit, image, kind): introduced = all(head) − all(base), modulo renames of units.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Entry, Tree};

/// A reference as the property counts it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    pub unit: String,
    pub image: String,
    pub kind: String,
}

/// The references of a run.
pub type Items = BTreeSet<Item>;

/// The three runs that the property compares.
#[derive(Debug)]
pub struct Runs {
    pub base: Items,
    pub head: Items,
    pub introduced: Items,
}

/// A difference from the property.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Head has it, base does not, and it is not introduced.
    Missed(Item),
    /// Base has it too, and it is introduced.
    NotNew(Item),
    /// It is introduced, and head as a whole does not have it.
    NotThere(Item),
}

/// The parts of a change that decide whether a unit is the same as before under another name.
#[derive(Debug, Default)]
pub struct Moves {
    /// From the old to the new path of each file that moved.
    pub renames: BTreeMap<String, String>,
    /// The folders that head's deployers deploy, and the files of the deployers themselves.
    pub deployed: BTreeSet<String>,
    /// The folders whose deployers at head are others than at base: their units are others too, under the same name.
    pub switched: BTreeSet<String>,
}

/// The faults of a comparison.
pub fn faults(runs: &Runs, moves: &Moves) -> Vec<Fault> {
    let mut faults = Vec::new();
    for item in runs.head.difference(&runs.base) {
        if !runs.introduced.contains(item) && !was_there(item, runs, moves) {
            faults.push(Fault::Missed(item.clone()));
        }
    }
    for item in &runs.introduced {
        if !runs.head.contains(item) {
            faults.push(Fault::NotThere(item.clone()));
        } else if runs.base.contains(item) && is_same_unit(&item.unit, moves) {
            faults.push(Fault::NotNew(item.clone()));
        }
    }
    faults
}

/// True if a name is that of the same unit at base and at head.
fn is_same_unit(unit: &str, moves: &Moves) -> bool {
    names_before(unit, &moves.renames).len() == 1 && !moves.switched.contains(folder(unit))
}

/// The folder in the name of a unit.
fn folder(unit: &str) -> &str {
    unit.split(" (").next().unwrap_or(unit)
}

/// True if base has the image of an item in the unit of another name. A file or a folder that nothing deploys any
/// longer is a unit of its own at head, and was part of another one at base.
fn was_there(item: &Item, runs: &Runs, moves: &Moves) -> bool {
    let known = names_before(&item.unit, &moves.renames);
    let is_old_unit = runs.base.iter().any(|old| old.unit == item.unit);
    let is_left_over = !is_old_unit && !moves.deployed.contains(&item.unit);
    let is_renamed = moves.renames.values().any(|new| *new == item.unit);
    runs.base.iter().any(|old| {
        let same_image = old.image == item.image && old.kind == item.kind;
        same_image && (is_left_over || is_renamed || known.iter().any(|unit| same_unit(unit, &old.unit)))
    })
}

/// A folder that one deployer deploys is called by the folder alone, so that a second deployer renames it.
fn same_unit(one: &str, other: &str) -> bool {
    one == other || (folder(one) == folder(other) && (one == folder(one) || other == folder(other)))
}

/// The names that a unit may have had: its own, and those that a renamed file or folder gave it.
fn names_before(unit: &str, renames: &BTreeMap<String, String>) -> Vec<String> {
    let mut names = vec![unit.to_owned()];
    for (old, new) in renames {
        if unit == new {
            names.push(old.clone());
        }
        let (Some((old, _)), Some((new, _))) = (old.rsplit_once('/'), new.rsplit_once('/')) else { continue };
        if old != new
            && let Some(rest) = unit.strip_prefix(new)
        {
            names.push(format!("{old}{rest}"));
        }
    }
    names
}

/// Files that moved with their content, from the old to the new path, as git finds them.
pub fn renames(base: &Tree, head: &Tree) -> BTreeMap<String, String> {
    let mut renames = BTreeMap::new();
    for (new, entry) in head.iter().filter(|(path, _)| !base.contains_key(*path)) {
        let gone = |old: &&String| !head.contains_key(*old) && !renames.contains_key(*old);
        let old = base.iter().filter(|(_, other)| *other == entry).map(|(path, _)| path).find(gone);
        if let (Some(old), Entry::File(_)) = (old, entry) {
            renames.insert(old.clone(), new.clone());
        }
    }
    renames
}
