//! The comparison of the references of a work tree before and after its edits.

use std::collections::BTreeMap;

use deploy::Extraction;
use model::correction::Correction;
use model::{Reference, Target};

use super::places::Places;

/// The place of a reference in what is deployed: its unit and its resource. The field is none of it, because a digest
/// may stand in another one than the tag.
type Place = (String, String);

/// A reference as far as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Value {
    image: String,
    is_known: bool,
}

/// The references of each place, each as often as it occurs.
fn counted(extraction: &Extraction) -> BTreeMap<(Place, Value), usize> {
    let mut counted = BTreeMap::new();
    for reference in &extraction.references {
        let value = Value {
            image: reference.image_or_text(),
            is_known: matches!(reference.target, Target::Known(_)),
        };
        for unit in std::iter::once(&reference.unit).chain(&reference.also_in) {
            let place = (unit.to_string(), resource(reference));
            *counted.entry((place, value.clone())).or_default() += 1;
        }
    }
    counted
}

fn resource(reference: &Reference) -> String {
    let kind = reference.kind.as_str();
    match &reference.resource {
        Some(resource) => format!("{kind} {resource:?}"),
        None => format!("{kind} {}", reference.site.file.path()),
    }
}

/// Compares the references before and after: every difference has to be one of a correction, and every correction has
/// to make one.
pub(super) fn compare(
    before: &Extraction,
    after: &Extraction,
    corrections: &[Correction],
) -> Result<(), String> {
    let made = Places::new(corrections).made(after);
    let (before, after) = (counted(before), counted(after));
    let mut gone: BTreeMap<Place, Vec<Value>> = BTreeMap::new();
    for ((place, value), count) in &before {
        let left = after.get(&(place.clone(), value.clone())).copied().unwrap_or_default();
        let more = std::iter::repeat_n(value.clone(), count.saturating_sub(left));
        gone.entry(place.clone()).or_default().extend(more);
    }
    let intended = Intended::new(corrections);
    for ((place, value), count) in &after {
        let left = before.get(&(place.clone(), value.clone())).copied().unwrap_or_default();
        for _ in left..*count {
            let gone = gone.entry(place.clone()).or_default();
            let Some(at) = intended.explains(value, gone) else {
                return Err(format!("it would also change {} in {}", value.image, place.0));
            };
            gone.swap_remove(at);
        }
    }
    for (place, gone) in &gone {
        if let Some(value) = gone.first() {
            return Err(format!("{} in {} would be gone", value.image, place.0));
        }
    }
    if made.len() == corrections.len() { Ok(()) } else { Err("it would change no reference".to_owned()) }
}

/// The references that corrections lead to.
struct Intended<'a> {
    corrections: &'a [Correction],
    /// By the reference afterwards, where it is known before.
    known: BTreeMap<&'a str, Vec<usize>>,
    /// The others.
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

    /// The value that a new one takes the place of, if a correction intends it.
    fn explains(&self, value: &Value, gone: &[Value]) -> Option<usize> {
        let known = self.known.get(value.image.as_str()).into_iter().flatten();
        let unknown = self.unknown.iter().filter(|_| value.is_known);
        for by in known.chain(unknown) {
            let from = &self.corrections.get(*by)?.from;
            if let Some(at) = gone.iter().position(|gone| from.contains(&gone.image)) {
                return Some(at);
            }
        }
        None
    }
}
