//! The first phase: which units a run evaluates. No file is fetched, and no reference is read yet.

use std::collections::BTreeSet;

use model::policy::Ignore;
use source::change::Change;
use source::{Files, ReadError, RepoPath};

use crate::applied;
use crate::applied::Share;
use crate::engine::affected;
use crate::engine::index::is_candidate;
use crate::engine::side::Side;
use crate::engine::survey;
use crate::engine::unit::{Pair, Unit};
use crate::engine::units;
use crate::repositories::Repositories;

/// The files of a run, and the part of them that it is about.
pub struct Input<'a> {
    /// The files at head.
    pub head: &'a dyn Files,
    /// The files at base; without them everything is taken.
    pub base: Option<&'a dyn Files>,
    /// Which of the files.
    pub selection: Selection<'a>,
    /// Largest file that is read, in bytes.
    pub max_file_size: u64,
    /// True if charts are rendered between the evaluation and the build.
    pub renders: bool,
    /// The Git repositories that are known to be in these files.
    pub repositories: Repositories,
    /// The configuration's ignores: a reference that they covered at the base does not count as already there.
    pub ignores: &'a [Ignore],
}

/// The files that a run is about.
#[derive(Clone, Copy, Debug)]
pub enum Selection<'a> {
    /// Those that differ between base and head, and all that is deployed with them.
    Changed(&'a [Change]),
    /// All with a name that may hold references.
    Candidates,
    /// All, whatever they are called.
    All,
    /// Those of units, or of some of their objects.
    Shares(&'a [Share]),
}

/// The units that a run evaluates, on one or both sides.
pub(crate) struct Plan<'a> {
    pub(crate) head: Side<'a>,
    pub(crate) base: Option<Side<'a>>,
    pub(crate) pairs: Vec<Pair>,
    /// The units of base that head does not have.
    pub(crate) gone: Vec<Box<dyn Unit>>,
    /// The changed files that a unit of head reads, as far as tracing shows it.
    pub(crate) read: BTreeSet<RepoPath>,
    pub(crate) changes: Option<&'a [Change]>,
    pub(crate) ignores: &'a [Ignore],
}

/// Surveys the files, and finds the units that the change affects, or all.
///
/// # Errors
/// [`ReadError`] where the files cannot be listed.
pub(crate) fn plan<'a>(input: &Input<'a>) -> Result<Plan<'a>, ReadError> {
    let is_whole = !matches!(input.selection, Selection::All);
    let mut head = survey::whole(input.head, input.max_file_size, is_whole, &input.repositories)?;
    head.renders = input.renders;
    let mut plan = Plan {
        head,
        base: None,
        pairs: Vec::new(),
        gone: Vec::new(),
        read: BTreeSet::new(),
        changes: None,
        ignores: input.ignores,
    };
    match input.selection {
        Selection::Changed(changes) => plan.add_affected(input.base, changes)?,
        Selection::Candidates => plan.pairs = units::all(&plan.head, is_candidate),
        Selection::All => plan.pairs = units::all(&plan.head, |_| true),
        Selection::Shares(shares) => plan.pairs = applied::pairs(&plan.head, shares),
    }
    Ok(plan)
}

impl<'a> Plan<'a> {
    fn add_affected(&mut self, base: Option<&'a dyn Files>, changes: &'a [Change]) -> Result<(), ReadError> {
        if let Some(files) = base {
            self.base = Some(survey::base_of(&self.head, files, changes)?);
        }
        let found = affected::affected(&self.head, self.base.as_ref(), changes);
        self.pairs = found.pairs;
        self.gone = found.gone;
        self.read = found.read;
        self.changes = Some(changes);
        Ok(())
    }

    /// Frees the memory of both sides, beside the run.
    pub(crate) fn discard(self) {
        for side in std::iter::once(self.head).chain(self.base) {
            side.discard();
        }
    }
}
