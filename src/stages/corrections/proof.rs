//! The proof of corrections: the references of the edited files are read again in memory, and have to differ
//! from those of the work tree exactly as intended. Corrections that fail the proof are left out, and the
//! reason is reported.

use std::collections::BTreeMap;

use deploy::{Extraction, Input, Selection};
use model::correction::{Correction, Edited};
use model::{FileProblem, Rule};
use source::change::Change;
use source::{Files, Overlay, RepoPath};

use crate::config::{Options, What};
use crate::error::Error;
use crate::stages::evaluated::Evaluated;
use crate::stages::render::Renderer;
use crate::stages::repositories;

use super::plan::Plan;
use super::references::compare;
use super::values;

/// The run whose corrections are proven.
pub(super) struct Proof<'a> {
    evaluated: &'a Evaluated,
    options: &'a Options,
    renderer: &'a Renderer<'a>,
}

/// Maximum number of proofs of a run: each evaluates all units with corrections again.
const MOST_PROOFS: usize = 200;

/// Proven corrections, and their files.
pub(super) struct Proven {
    pub(super) plan: Plan,
    pub(super) files: Vec<Edited>,
}

/// The result of a proof: the files, or the reason why the corrections fail together.
type Held = Result<Vec<Edited>, String>;

impl<'a> Proof<'a> {
    pub(super) fn new(evaluated: &'a Evaluated, options: &'a Options, renderer: &'a Renderer<'a>) -> Self {
        Self { evaluated, options, renderer }
    }

    /// Leaves out the corrections of a plan that fail the proof.
    pub(super) fn sift(&self, plan: Plan) -> Result<Proven, Error> {
        let mut left = Plan { corrections: Vec::new(), refused: plan.refused };
        let mut editable = Vec::new();
        for correction in plan.corrections {
            match values::uneditable(&correction, &*self.evaluated.source.head, self.options.max_file_size) {
                Some(reason) => left.refuse(&correction, reason),
                None => editable.push(correction),
            }
        }
        if let Ok(files) = self.holds(&editable)? {
            return Ok(Proven { plan: Plan { corrections: editable, ..left }, files });
        }
        let kept = self.kept(editable, &mut left, &mut MOST_PROOFS.clone())?;
        let files = self.holds(&kept)?.unwrap_or_default();
        Ok(Proven { plan: Plan { corrections: kept, ..left }, files })
    }

    /// The proven corrections: all of them, or those of each half that pass together. Each proof costs one of
    /// `fuel`.
    fn kept(
        &self,
        mut all: Vec<Correction>,
        left: &mut Plan,
        fuel: &mut usize,
    ) -> Result<Vec<Correction>, Error> {
        let Err(reason) = self.held(&all, fuel)? else { return Ok(all) };
        if all.len() == 1 || *fuel == 0 {
            for correction in &all {
                left.refuse(correction, &reason);
            }
            return Ok(Vec::new());
        }
        let half = all.split_off(all.len() / 2);
        let mut kept = self.kept(all, left, fuel)?;
        let others = self.kept(half, left, fuel)?;
        if kept.is_empty() || others.is_empty() {
            kept.extend(others);
            return Ok(kept);
        }
        kept.extend_from_slice(&others);
        if let Err(reason) = self.held(&kept, fuel)? {
            kept.truncate(kept.len() - others.len());
            for correction in &others {
                left.refuse(correction, &reason);
            }
        }
        Ok(kept)
    }

    fn held(&self, corrections: &[Correction], fuel: &mut usize) -> Result<Held, Error> {
        let Some(rest) = fuel.checked_sub(1) else {
            return Ok(Err("too many corrections failed verification: name fewer files at once".to_owned()));
        };
        *fuel = rest;
        self.holds(corrections)
    }

    /// Applies corrections in memory, and compares the references before and after.
    fn holds(&self, corrections: &[Correction]) -> Result<Held, Error> {
        if corrections.is_empty() {
            return Ok(Ok(Vec::new()));
        }
        let files = match values::edited(corrections) {
            Ok(files) => files,
            Err(reason) => return Ok(Err(reason)),
        };
        let head = &*self.evaluated.source.head;
        let mut overlay = Overlay::new(head);
        let mut changes = Vec::new();
        for Edited { after, .. } in &files {
            let path = after.path();
            overlay.insert(path.clone(), after.bytes());
            changes.push(Change { base: Some(path.clone()), head: Some(path.clone()) });
        }
        let before = self.extract(head, &changes)?;
        let after = self.extract(&overlay, &changes)?;
        if let Some(problem) = new_problem(&before, &after) {
            return Ok(Err(format!("the result would have a new problem: {}", problem.message)));
        }
        Ok(compare(&before, &after, corrections).map(|()| files))
    }

    /// The references of all units that read the files; in a run over all units, those of all.
    fn extract(&self, head: &dyn Files, changes: &[Change]) -> Result<Extraction, Error> {
        let selection = match (&self.options.what, &self.evaluated.source.changes) {
            (What::Change, Some(_)) => Selection::Changed(changes),
            (What::Change, None) => Selection::Candidates,
            _ => Selection::All,
        };
        let evaluation = self.renderer.evaluate(&Input {
            head,
            base: None,
            selection,
            max_file_size: self.options.max_file_size,
            renders: self.renderer.is_on()?,
            repositories: repositories::known(&self.evaluated.policy),
            ignores: &self.evaluated.policy.ignores,
            excluded: self.evaluated.policy.excluded.as_ref(),
        })?;
        let Some(evaluation) = evaluation else { return Ok(Extraction::default()) };
        let charts = self.evaluated.charts.survey()?;
        let renderings = self.renderer.render_untraced(&evaluation.renderings(&charts))?;
        Ok(evaluation.build(&charts, &renderings))
    }
}

/// A problem of the edited files that the work tree does not have.
fn new_problem(before: &Extraction, after: &Extraction) -> Option<FileProblem> {
    let mut known: BTreeMap<(Rule, &RepoPath, &str), usize> = BTreeMap::new();
    for FileProblem { rule, path, message, .. } in &before.problems {
        *known.entry((*rule, path, message)).or_default() += 1;
    }
    for problem in &after.problems {
        let FileProblem { rule, path, message, .. } = problem;
        match known.get_mut(&(*rule, path, message.as_str())) {
            Some(left) if *left > 0 => *left -= 1,
            _ => return Some(problem.clone()),
        }
    }
    None
}
