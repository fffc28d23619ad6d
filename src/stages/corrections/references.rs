//! The comparison of the references of a work tree before and after its edits.

use std::collections::{BTreeMap, BTreeSet};

use deploy::Extraction;
use model::correction::Correction;
use model::{Reference, Target};

use super::places::Places;

/// The identity of a reference for the comparison: its unit and its resource. The field is not included,
/// because a digest may be in another field than the tag.
type Place = (String, String);

/// The compared parts of a reference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Value {
    image: String,
    is_known: bool,
}

/// The references of each place, each once: a rendered reference does not always have an exact place, so that
/// two containers with the same image cannot be distinguished.
fn by_place(extraction: &Extraction) -> BTreeMap<Place, BTreeSet<Value>> {
    let mut found: BTreeMap<Place, BTreeSet<Value>> = BTreeMap::new();
    for reference in &extraction.references {
        let value = Value {
            image: reference.image_or_text(),
            is_known: matches!(reference.target, Target::Known(_)),
        };
        for unit in std::iter::once(&reference.unit).chain(&reference.also_in) {
            let place = (unit.to_string(), resource(reference));
            found.entry(place).or_default().insert(value.clone());
        }
    }
    found
}

fn resource(reference: &Reference) -> String {
    let kind = reference.kind.as_str();
    match &reference.resource {
        Some(resource) => format!("{kind} {resource:?}"),
        None => format!("{kind} {}", reference.site.file.path()),
    }
}

/// Compares the references before and after: every difference has to belong to a correction, and every
/// correction has to cause one.
pub(super) fn compare(
    before: &Extraction,
    after: &Extraction,
    corrections: &[Correction],
) -> Result<(), String> {
    let mut made = Places::new(corrections).made(after);
    let (before, after) = (by_place(before), by_place(after));
    let intended = Intended::new(corrections);
    let none = BTreeSet::new();
    for (place, values) in &after {
        let old = before.get(place).unwrap_or(&none);
        for value in values.difference(old) {
            let by = intended.explains(value, old);
            if by.is_empty() {
                return Err(format!("it would also change {} in {}", value.image, place.0));
            }
            made.extend(by);
        }
    }
    for (place, values) in &before {
        let new = after.get(place).unwrap_or(&none);
        if let Some(value) = values.difference(new).find(|value| !intended.replaces(value, new)) {
            return Err(format!("{} in {} would be gone", value.image, place.0));
        }
    }
    if made.len() == corrections.len() { Ok(()) } else { Err("it would change no reference".to_owned()) }
}

/// The references that corrections intend.
struct Intended<'a> {
    corrections: &'a [Correction],
    /// Corrections by the resulting reference, if it is known in advance.
    known: BTreeMap<&'a str, Vec<usize>>,
    /// All other corrections.
    unknown: Vec<usize>,
}

impl<'a> Intended<'a> {
    fn new(corrections: &'a [Correction]) -> Self {
        let mut intended = Self { corrections, known: BTreeMap::new(), unknown: Vec::new() };
        for (by, correction) in corrections.iter().enumerate() {
            match &correction.fix.image {
                Some(image) => intended.known.entry(image).or_default().push(by),
                None => intended.unknown.push(by),
            }
        }
        intended
    }

    /// The corrections that explain a new reference as the result of one that its place had before.
    fn explains(&self, new: &Value, old: &BTreeSet<Value>) -> Vec<usize> {
        let known = self.known.get(new.image.as_str()).into_iter().flatten();
        let unknown = self.unknown.iter().filter(|_| new.is_known);
        let mut by = Vec::new();
        for index in known.chain(unknown) {
            let Some(Correction { from, .. }) = self.corrections.get(*index) else { continue };
            if old.iter().any(|old| from.contains(&old.image)) {
                by.push(*index);
            }
        }
        by
    }

    /// True if a correction replaces a reference by one that its place has afterwards.
    fn replaces(&self, old: &Value, new: &BTreeSet<Value>) -> bool {
        for value in new {
            let known = self.known.get(value.image.as_str()).into_iter().flatten();
            let unknown = self.unknown.iter().filter(|_| value.is_known);
            for index in known.chain(unknown) {
                if self.corrections.get(*index).is_some_and(|by| by.from.contains(&old.image)) {
                    return true;
                }
            }
        }
        false
    }
}
