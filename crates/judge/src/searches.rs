//! The searches for tags near missing ones: one for each image, independent of the number of references, and
//! at most a fixed number, because each compares every tag of a repository.

use std::collections::BTreeMap;

use image::Image;
use model::{Missing, TagList};

use super::near;

/// Maximum number of images for which near tags are searched.
pub(super) const MOST_SUGGESTED: usize = 100;

/// The tags near a missing one.
#[derive(Clone, Debug)]
pub(super) struct Near {
    /// Suggestions, the most likely first.
    pub(super) suggestions: Vec<String>,
    /// The only tag that can be meant.
    pub(super) only: Option<String>,
    /// The tags that differ by a typing mistake, the most likely first.
    pub(super) mistaken: Vec<String>,
    /// True if the registry lists no other tags.
    pub(super) is_complete: bool,
}

impl Near {
    fn search(wanted: &str, list: &TagList) -> Self {
        let only = near::only_slip(wanted, &list.tags).filter(|_| list.complete);
        Self {
            suggestions: near::tags(wanted, &list.tags),
            only: only.map(str::to_owned),
            mistaken: near::mistaken(wanted, &list.tags).into_iter().map(str::to_owned).collect(),
            is_complete: list.complete,
        }
    }
}

/// The searches of a run.
#[derive(Default)]
pub(super) struct Searches(BTreeMap<Image, Near>);

impl Searches {
    /// The tags near the missing tag of an image; `None` if there is nothing to search, or the bound is
    /// reached.
    pub(super) fn near(&mut self, image: &Image, missing: &Missing) -> Option<&Near> {
        let Missing::Tag(Some(list)) = missing else { return None };
        if !self.0.contains_key(image) && self.0.len() < MOST_SUGGESTED {
            let wanted = image.effective_tag().unwrap_or_default();
            self.0.insert(image.clone(), Near::search(wanted, list));
        }
        self.0.get(image)
    }
}
