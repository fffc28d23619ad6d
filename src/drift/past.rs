//! Settles containers that differ with the history of Git: they run an earlier value, or one that Git never
//! had. Also finds the commit that introduced Git's value. The history is that of `revert`: charts are
//! fetched and rendered for its commits.

use std::collections::HashMap;

use drift::{Relation, Renamed, State, relation};
use image::Image;
use model::drift::DriftVerdict;
use model::{Reference, Target};

use crate::config::RevertOptions;
use crate::error::Error;
use crate::revert::{self, Cause, NotFollowed, Walks};

use super::registries::Settled;
use super::session::Run;

/// Number of digits of a commit in text.
const DIGITS: usize = 10;

/// The values of a reference, newest first.
struct Past {
    /// Object id of the commit that introduced it, and true if that commit added the unit.
    introduced: (String, bool),
    /// Earlier values, each with the newest commit that has it.
    earlier: Vec<(Image, String)>,
    /// True if there are more than the limit.
    is_cut: bool,
    /// True if some are not determined by Git, for example a tag that is a variable.
    has_open: bool,
}

/// The reason why the values of a reference are not known.
struct NotKnown {
    reason: String,
    hint: Option<String>,
}

impl Run<'_> {
    /// Settles the containers that differ from Git.
    pub(super) async fn look_back(&self, all: &mut [Settled]) -> Result<(), Error> {
        if all.iter().all(|settled| settled.verdict.is_some()) {
            return Ok(());
        }
        let wanted = RevertOptions { onto: Some(self.head.clone()), ..RevertOptions::default() };
        let run = revert::Run::begin(Cause::default(), self.options, &wanted, self.context)?;
        let mut walks = run.walks()?;
        let mirrors = Renamed(self.queries.mirrors()?);
        let mut known: HashMap<_, Result<Past, NotKnown>> = HashMap::new();
        for settled in all.iter_mut().filter(|settled| settled.verdict.is_none()) {
            let Some(reference) = &settled.reference else { continue };
            let place = settled.item.place.to_string();
            let name = (reference.unit.clone(), place, reference.field.clone(), reference.image_or_text());
            if !known.contains_key(&name) {
                let past = self.past(&run, &mut walks, reference).await?;
                known.insert(name.clone(), past);
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
    async fn past(
        &self,
        run: &revert::Run<'_>,
        walks: &mut Walks<'_>,
        shown: &Reference,
    ) -> Result<Result<Past, NotKnown>, Error> {
        let found = match run.past(walks, shown, self.wanted.max_back).await? {
            Ok(found) => found,
            Err(why) => return Ok(Err(why.into())),
        };
        let adds_unit = found.introduced.unit_before.is_none();
        let introduced = (found.introduced.commit, adds_unit);
        let mut past = Past { introduced, earlier: Vec::new(), is_cut: found.is_cut, has_open: false };
        for value in found.earlier {
            match value.reference.target {
                Target::Known(image) => past.earlier.push((Image::clone(&image), value.commit)),
                _ => past.has_open = true,
            }
        }
        Ok(Ok(past))
    }
}

impl From<NotFollowed> for NotKnown {
    fn from(why: NotFollowed) -> Self {
        match why {
            NotFollowed::Shallow { fetch, .. } => Self {
                reason: "it differs from Git; this clone is shallow, so earlier values of Git are not known"
                    .to_owned(),
                hint: Some(fetch),
            },
            NotFollowed::Other(why) => {
                Self { reason: format!("it differs from Git; its history is not known: {why}"), hint: None }
            }
        }
    }
}

fn settle(settled: &mut Settled, past: &Past, mirrors: &Renamed) {
    settled.since = Some(past.introduced.clone());
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
                "it differs from Git, and is none of the last {} values in Git (--max-back)",
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
