//! The survey of a tree that is made of the survey of another one: each unit has the references, the places and the reads
//! that a survey of the tree by itself has.

use std::collections::BTreeSet;

use deploy::{Survey, key};
use model::UnitId;
use source::{Files, Memory};

use super::library::{MAX_FILE_SIZE, changes, memory, references};
use super::model::Tree;
use super::oracle::{Fault, Item, Items};

/// The differences between both ways, for each of the two sides made of the other one, and for head made of that again.
pub fn faults(base: &Tree, head: &Tree) -> Vec<Fault> {
    let forward = changes(base, head, &std::collections::BTreeMap::new());
    let back: Vec<_> = forward.iter().cloned().map(source::change::Change::reversed).collect();
    let (old, new) = (memory(base), memory(head));
    let units = units(&old, &new);
    let at_head = Survey::new(&new as &dyn Files, MAX_FILE_SIZE, &deploy::Repositories::default()).unwrap();
    let at_base = at_head.before(&old as &dyn Files, &forward).unwrap();
    let again = at_base.before(&new as &dyn Files, &back).unwrap();
    let alone = Survey::new(&old as &dyn Files, MAX_FILE_SIZE, &deploy::Repositories::default()).unwrap();
    let mut faults = different(&items(&alone, &units), &items(&at_base, &units));
    faults.extend(different(&items(&at_head, &units), &items(&again, &units)));
    faults
}

/// The units of both sides with references.
fn units(old: &Memory, new: &Memory) -> Vec<UnitId> {
    let mut units = Vec::new();
    for reference in [references(old), references(new)].into_iter().flatten() {
        units.push(reference.unit);
        units.extend(reference.also_in);
    }
    units.sort_by_key(ToString::to_string);
    units.dedup();
    units
}

fn items(survey: &Survey<'_>, units: &[UnitId]) -> Items {
    let mut items = BTreeSet::new();
    for unit in units {
        let Some(state) = survey.unit(unit) else { continue };
        let reads = format!("{:?}", state.reads);
        items.insert(Item { unit: unit.to_string(), image: reads, kind: "reads".to_owned() });
        for reference in &state.references {
            let (image, kind) = key(reference);
            let image = format!("{image} at {} {:?}", reference.site.file.path(), reference.site.span);
            items.insert(Item { unit: unit.to_string(), image, kind: kind.as_str().to_owned() });
        }
    }
    items
}

fn different(alone: &Items, made: &Items) -> Vec<Fault> {
    let mut faults: Vec<Fault> = alone.difference(made).cloned().map(Fault::Missed).collect();
    faults.extend(made.difference(alone).cloned().map(Fault::NotThere));
    faults
}
