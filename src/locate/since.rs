//! Since which commit each unit deploys an image.

use deploy::Repositories;
use git::{GitError, Repository};
use history::{History, HistoryError, Introduced};
use model::located::{SinceCommit, SinceEntry};
use model::{Reference, UnitId};

use crate::config::Options;
use crate::context::Context;
use crate::error::Error;
use crate::stages::Queries;

/// The reason why a reference of a rendered chart has no history.
const NO_SCALAR: &str = "no scalar of the repository decides it";

/// The history of a commit.
pub(super) struct Walk<'c> {
    repository: Repository,
    head: String,
    limit: u64,
    repositories: Repositories,
    context: &'c Context,
}

impl<'c> Walk<'c> {
    /// Opens the repository at the head of the options.
    pub(super) fn begin(options: &Options, context: &'c Context) -> Result<Self, Error> {
        let repository = Repository::open(&context.root, &context.deadline)?;
        let head = repository.commit_id(options.head.as_deref().unwrap_or("HEAD"))?;
        let files = repository.files_of(&head)?;
        let repositories = Queries::begin(options, context, &*files)?.repositories();
        Ok(Self { repository, head, limit: options.max_file_size, repositories, context })
    }

    /// Object id of the commit that walks start from.
    pub(super) fn head(&self) -> &str {
        &self.head
    }

    /// Since when the units of each reference have it.
    pub(super) fn since_all(&self, references: &[Reference]) -> Result<Vec<Vec<SinceEntry>>, Error> {
        let mut all = Vec::new();
        let mut history = History::new(&self.repository, &self.head, self.limit, &self.repositories)?;
        for reference in references {
            self.context.events.progress(all.len(), references.len());
            let mut found = Vec::new();
            for unit in units(reference) {
                found.push(self.since(&mut history, unit, reference)?);
            }
            all.push(found);
        }
        Ok(all)
    }

    fn since(
        &self,
        history: &mut History<'_>,
        unit: &UnitId,
        shown: &Reference,
    ) -> Result<SinceEntry, HistoryError> {
        if self.context.deadline.check().is_err() {
            return Ok(unknown(unit, "the deadline passed first"));
        }
        let Some(reference) = history.tracked(unit, shown)? else {
            return Ok(unknown(unit, NO_SCALAR));
        };
        match history.introducing(unit, &reference) {
            Ok(introduced) => self.introduced(unit, &introduced),
            Err(HistoryError::Git(GitError::ShallowBoundary { commit, fetch })) => {
                let commit = Some(self.commit(&commit, false, false)?);
                let why = Some(format!("this clone is shallow: {fetch}"));
                Ok(SinceEntry { unit: unit.to_string(), commit, why })
            }
            Err(HistoryError::NotThere { .. }) => Ok(unknown(unit, NO_SCALAR)),
            Err(error) => Err(error),
        }
    }

    fn introduced(&self, unit: &UnitId, introduced: &Introduced) -> Result<SinceEntry, HistoryError> {
        let adds_unit = introduced.unit_before.is_none();
        let commit = Some(self.commit(&introduced.commit, true, adds_unit)?);
        Ok(SinceEntry { unit: unit.to_string(), commit, why: None })
    }

    fn commit(&self, id: &str, is_exact: bool, adds_unit: bool) -> Result<SinceCommit, HistoryError> {
        let info = self.repository.commit_info(id)?;
        Ok(SinceCommit { id: id.to_owned(), date: info.seconds, subject: info.subject, is_exact, adds_unit })
    }
}

fn unknown(unit: &UnitId, why: &str) -> SinceEntry {
    SinceEntry { unit: unit.to_string(), commit: None, why: Some(why.to_owned()) }
}

/// The units that deploy a reference.
fn units(reference: &Reference) -> impl Iterator<Item = &UnitId> {
    std::iter::once(&reference.unit).chain(&reference.also_in)
}
