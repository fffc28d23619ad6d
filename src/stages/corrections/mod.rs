//! The last stage of `fix` and `pin`: from a report to corrections of files, which are proven in memory before they are
//! written.

use ::run::Deadline;
use model::correction::{Corrections, Edited, Left, Mode, Task};

use crate::config::Options;
use crate::error::Error;

use super::evaluated::Evaluated;
use super::render::Renderer;

mod fix;
mod pin;
mod place;
mod places;
mod plan;
mod proof;
mod references;
mod values;
mod wanted;
mod write;

use plan::Plan;
use proof::Proof;

pub use wanted::Wanted;

/// Finds the corrections of a run, proves them, and writes them in the mode `Write`. A file that cannot be
/// written is part of the result.
pub(super) fn correct(
    wanted: &Wanted,
    options: &Options,
    evaluated: &Evaluated,
    renderer: &Renderer<'_>,
    deadline: &Deadline,
) -> Result<Corrections, Error> {
    let mut plan = match wanted.task {
        Task::Fix => fix::plan(&evaluated.report, wanted),
        Task::Pin => pin::plan(&evaluated.report, wanted),
    };
    plan.join();
    let proof = Proof::new(evaluated, options, renderer);
    let proven = proof.sift(plan)?;
    let mut files = proven.files;
    if let (Mode::Write, Some(root)) = (wanted.mode, &evaluated.source.root) {
        write::write(root, &mut files, deadline)?;
    }
    Ok(result(wanted, evaluated, proven.plan, files))
}

fn result(wanted: &Wanted, evaluated: &Evaluated, plan: Plan, files: Vec<Edited>) -> Corrections {
    let Plan { mut corrections, mut refused } = plan;
    corrections.sort_by_cached_key(|correction| correction.site().map(plan::order));
    refused.sort_by_cached_key(|refused| (plan::order(&refused.site), refused.reason.clone()));
    let corrected = plan::Corrected::new(&corrections);
    let mut left = Left::default();
    for finding in &evaluated.report.findings {
        if !corrected.holds(finding) {
            left.count(finding);
        }
    }
    let comparison = evaluated.report.comparison.clone();
    Corrections { task: wanted.task, mode: wanted.mode, comparison, corrections, refused, files, left }
}
