//! Finds the commit since which each unit deploys an image.

use model::located::SinceEntry;
use model::{Reference, SinceCommit, UnitId};

use crate::context::Context;
use crate::error::Error;
use crate::revert::{NotFollowed, Run, Walks};

/// The commits since which the units of each reference have it. Charts that complete a reference are those of
/// the cache.
pub(super) async fn since_all(
    run: &Run<'_>,
    references: &[Box<Reference>],
    context: &Context,
) -> Result<Vec<Vec<SinceEntry>>, Error> {
    let mut walks = run.walks()?;
    let mut all = Vec::new();
    for reference in references {
        context.events.progress(all.len(), references.len());
        let mut found = Vec::new();
        for unit in units(reference) {
            let of_unit = Reference { unit: unit.clone(), ..Reference::clone(reference) };
            found.push(match context.deadline.check() {
                Ok(()) => since(run, &mut walks, &of_unit).await?,
                Err(_) => unknown(unit, "the deadline passed first".to_owned()),
            });
        }
        all.push(found);
    }
    Ok(all)
}

async fn since(run: &Run<'_>, walks: &mut Walks<'_>, shown: &Reference) -> Result<SinceEntry, Error> {
    let unit = shown.unit.to_string();
    match run.introduction(walks, shown).await? {
        Ok(introduced) => {
            let adds_unit = introduced.unit_before.is_none();
            let commit = Some(commit(run, introduced.commit, true, adds_unit)?);
            Ok(SinceEntry { unit, commit, why: None })
        }
        Err(NotFollowed::Shallow { commit: end, fetch }) => {
            let commit = Some(commit(run, end, false, false)?);
            Ok(SinceEntry { unit, commit, why: Some(format!("this clone is shallow: {fetch}")) })
        }
        Err(NotFollowed::Other(why)) => Ok(unknown(&shown.unit, why)),
    }
}

fn commit(run: &Run<'_>, id: String, is_exact: bool, adds_unit: bool) -> Result<SinceCommit, Error> {
    let info = run.repository.commit_info(&id)?;
    Ok(SinceCommit { id, date: info.seconds, subject: info.subject, is_exact, adds_unit })
}

fn unknown(unit: &UnitId, why: String) -> SinceEntry {
    SinceEntry { unit: unit.to_string(), commit: None, why: Some(why) }
}

/// The units that deploy a reference.
fn units(reference: &Reference) -> impl Iterator<Item = &UnitId> {
    std::iter::once(&reference.unit).chain(&reference.also_in)
}
