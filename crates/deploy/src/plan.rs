//! The first phase: selects the units that a run evaluates. No file is fetched, and no reference is read yet.

use std::collections::BTreeSet;

use model::policy::{Ignore, Patterns};
use source::change::Change;
use source::{Files, ReadError, RepoPath};

use crate::applied;
use crate::applied::Share;
use crate::engine::affected;
use crate::engine::exclusion;
use crate::engine::index::is_candidate;
use crate::engine::side::Side;
use crate::engine::unit::{Pair, Unit};
use crate::engine::units;
use crate::repositories::Repositories;

/// The files of a run, and the selection of them that it covers.
pub struct Input<'a> {
    /// The files at head.
    pub head: &'a dyn Files,
    /// The files at base; without them nothing is compared.
    pub base: Option<&'a dyn Files>,
    /// The selected files.
    pub selection: Selection<'a>,
    /// Maximum size of a file, in bytes.
    pub max_file_size: u64,
    /// True if charts are rendered between the evaluation and the build.
    pub renders: bool,
    /// The Git repositories that are known to be in these files.
    pub repositories: Repositories,
    /// The configuration's ignores: a reference that they covered at base counts as introduced.
    pub ignores: &'a [Ignore],
    /// Files that are not checked: a unit at such a path is not evaluated. A file that another unit reads is checked there.
    pub excluded: Option<&'a Patterns>,
}

/// The files that a run covers.
#[derive(Clone, Copy, Debug)]
pub enum Selection<'a> {
    /// Files that differ between base and head, and all files that are deployed with them.
    Changed(&'a [Change]),
    /// All files that may contain references by their names.
    Candidates,
    /// The same, for a run that covers only deployed charts: charts without a release are not rendered, and
    /// their dependencies are not fetched.
    Deployed,
    /// All files, with any name.
    All,
    /// The files of some units, or of some of their objects.
    Shares(&'a [Share]),
}

/// The units that a run evaluates, on one or both sides.
pub(crate) struct Plan<'a> {
    pub(crate) head: Side<'a>,
    pub(crate) base: Option<Side<'a>>,
    pub(crate) pairs: Vec<Pair>,
    /// The units of base that head does not have.
    pub(crate) gone: Vec<Box<dyn Unit>>,
    /// The changed files that a unit of head reads, as far as tracing determines them.
    pub(crate) read: BTreeSet<RepoPath>,
    pub(crate) changes: Option<&'a [Change]>,
    /// The same, with those of paths that symbolic links add.
    pub(crate) all_changes: Vec<Change>,
    pub(crate) ignores: &'a [Ignore],
    pub(crate) excluded: Option<&'a Patterns>,
    /// True if charts without a release are not rendered.
    pub(crate) is_of_deployed: bool,
}

/// True if base and head are the same. Symbolic links are not changed files.
///
/// # Errors
/// [`ReadError`] if the links cannot be listed.
pub(crate) fn is_empty(input: &Input<'_>, changes: &[Change]) -> Result<bool, ReadError> {
    let links_differ = match input.base {
        Some(base) => base.links()? != input.head.links()?,
        None => false,
    };
    Ok(changes.is_empty() && !links_differ)
}

impl<'a> Plan<'a> {
    /// Finds the units that the change affects, or all.
    pub(crate) fn new(
        head: Side<'a>,
        base: Option<Side<'a>>,
        selection: Selection<'a>,
        (ignores, excluded): (&'a [Ignore], Option<&'a Patterns>),
    ) -> Self {
        let (pairs, gone, read) = (Vec::new(), Vec::new(), BTreeSet::new());
        let is_of_deployed = matches!(selection, Selection::Deployed);
        let mut plan = Self {
            head,
            base,
            pairs,
            gone,
            read,
            changes: None,
            all_changes: Vec::new(),
            ignores,
            excluded,
            is_of_deployed,
        };
        match selection {
            Selection::Changed(changes) => plan.add_affected(changes),
            Selection::Candidates | Selection::Deployed => plan.pairs = units::all(&plan.head, is_candidate),
            Selection::All => plan.pairs = units::all(&plan.head, |_| true),
            Selection::Shares(shares) => plan.pairs = applied::pairs(&plan.head, shares),
        }
        if let Some(patterns) = excluded {
            exclusion::apply(&mut plan.pairs, &mut plan.gone, patterns);
        }
        plan
    }

    fn add_affected(&mut self, changes: &'a [Change]) {
        let found = affected::affected(&self.head, self.base.as_ref(), changes);
        self.pairs = found.pairs;
        self.gone = found.gone;
        self.read = found.read;
        self.changes = Some(changes);
        self.all_changes = found.changes;
    }

    /// Frees the memory of both sides in a separate thread.
    pub(crate) fn discard(self) {
        for side in std::iter::once(self.head).chain(self.base) {
            side.discard();
        }
    }
}
