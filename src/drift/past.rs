//! Containers that differ, by the history of Git: an earlier value, or one that Git never had; and the commit that made
//! Git's value.

use std::collections::HashMap;

use drift::{Relation, Renamed, State, relation};
use git::GitError;
use history::{History, HistoryError, Introduced};
use image::Image;
use model::drift::DriftVerdict;
use model::{Reference, Target, UnitId};

use crate::error::Error;

use super::registries::Settled;
use super::session::Run;

/// Digits of a commit that people read.
const DIGITS: usize = 10;

/// The values of a reference from the newest on.
struct Past {
    introduced: Introduced,
    /// Earlier values, each with the newest commit that has it.
    earlier: Vec<(Image, String)>,
    /// True if there are more than are looked at.
    is_cut: bool,
    /// True if there are some that Git does not decide, such as a tag that is a variable.
    has_open: bool,
}

/// Why the values of a reference are not known.
struct NotKnown {
    reason: String,
    hint: Option<String>,
}

impl Run<'_> {
    /// Settles the containers that differ from Git.
    pub(super) fn look_back(&self, history: &mut History<'_>, all: &mut [Settled]) -> Result<(), Error> {
        let mirrors = Renamed(self.queries.mirrors()?);
        let mut known: HashMap<(UnitId, String, String), Result<Past, NotKnown>> = HashMap::new();
        for settled in all.iter_mut().filter(|settled| settled.verdict.is_none()) {
            let Some(reference) = &settled.reference else { continue };
            let name = (reference.unit.clone(), reference.field.clone(), reference.image_or_text());
            if !known.contains_key(&name) {
                known.insert(name.clone(), self.past(history, reference)?);
            }
            match known.get(&name) {
                Some(Ok(past)) => settle(settled, past, &mirrors),
                Some(Err(NotKnown { reason, hint })) => {
                    settled.verdict = Some(DriftVerdict::Unknown);
                    (settled.reason, settled.hint) = (Some(reason.clone()), hint.clone());
                }
                None => {}
            }
        }
        Ok(())
    }

    /// The values of a reference.
    fn past(&self, history: &mut History<'_>, shown: &Reference) -> Result<Result<Past, NotKnown>, Error> {
        match self.walk(history, shown) {
            Ok(Some(past)) => Ok(Ok(past)),
            Ok(None) | Err(HistoryError::NotThere { .. }) => Ok(Err(NotKnown {
                reason: "it differs from Git; a chart decides it, and earlier charts are not read".to_owned(),
                hint: None,
            })),
            Err(HistoryError::Git(error @ GitError::ShallowBoundary { .. })) => Ok(Err(NotKnown {
                reason: "it differs from Git; the history is cut off, so nobody knows if Git had it before"
                    .to_owned(),
                hint: error.help(),
            })),
            Err(error) => Err(error.into()),
        }
    }

    fn walk(&self, history: &mut History<'_>, shown: &Reference) -> Result<Option<Past>, HistoryError> {
        let Some(reference) = history.tracked(&shown.unit, shown)? else { return Ok(None) };
        let Target::Known(now) = &shown.target else { return Ok(None) };
        if !matches!(reference.target, Target::Known(_)) {
            return Ok(None);
        }
        let is_rendered = reference.image() != shown.image();
        let introduced = history.introducing(&reference.unit, &reference)?;
        let mut values = history.earlier(&introduced)?;
        let mut past = Past { introduced, earlier: Vec::new(), is_cut: false, has_open: false };
        while let Some(value) = values.next(history)? {
            if past.earlier.len() == self.wanted.max_back {
                past.is_cut = true;
                break;
            }
            match value.reference.target {
                Target::Known(image) => {
                    past.earlier.push((if is_rendered { in_place(now, image) } else { image }, value.commit));
                }
                _ => past.has_open = true,
            }
        }
        Ok(Some(past))
    }
}

/// An earlier value of a chart's tag, in the repository that the chart makes of it.
fn in_place(now: &Image, earlier: Image) -> Image {
    Image { registry: now.registry.clone(), repository: now.repository.clone(), ..earlier }
}

fn settle(settled: &mut Settled, past: &Past, mirrors: &Renamed) {
    settled.since = Some(past.introduced.commit.clone());
    let live = settled.item.live.as_ref().and_then(|live| live.image.as_ref());
    let running = match &settled.item.state {
        State::Digests { live: digest, .. } => {
            live.map(|image| Image { digest: Some(digest.clone()), ..image.clone() })
        }
        _ => live.cloned(),
    };
    let before = running.as_ref().and_then(|live| {
        past.earlier.iter().find(|(image, _)| {
            matches!(relation(&mirrors.original(image), live), Relation::Same | Relation::TagAndDigest(_))
        })
    });
    let (verdict, reason) = match before {
        Some((_, commit)) => (DriftVerdict::Behind, format!("Git had it until {}", short(commit))),
        None if past.is_cut => (
            DriftVerdict::Unknown,
            format!(
                "it differs from Git, and is none of its {} last values (--max-back)",
                past.earlier.len()
            ),
        ),
        None if past.has_open => (
            DriftVerdict::Unknown,
            "it differs from Git, and Git does not decide all of its earlier values: a variable, a template"
                .to_owned(),
        ),
        None => (
            DriftVerdict::Foreign,
            "Git never had it here: it was set in the cluster (kubectl set image, a rollback, an automation)"
                .to_owned(),
        ),
    };
    (settled.verdict, settled.reason) = (Some(verdict), Some(reason));
}

fn short(commit: &str) -> &str {
    commit.get(..DIGITS).unwrap_or(commit)
}
