//! The third phase: from evaluated units to the references that count.

use std::collections::{BTreeSet, HashSet};

use model::{FileProblem, Reference, Rule};
use source::change::Change;
use source::{ReadError, RepoPath, Span};

use crate::ecosystem::helm::fetched::Surveyed;
use crate::engine::account::{account, is_rendered};
use crate::engine::compare::merged;
use crate::engine::exclusion;
use crate::engine::file;
use crate::engine::file_unit::TEMPLATE;
use crate::engine::plugins;
use crate::engine::side::Side;
use crate::engine::suspended;
use crate::engine::tree::Tree;
use crate::engine::unread_keys;
use crate::engine::unread_keys::Covered;
use crate::evaluate::Evaluation;
use crate::reference::found::UnitResult;
use crate::render::Renderings;

/// The references of a run, in the order of path and place.
#[derive(Debug, Default)]
pub struct Extraction {
    /// The references.
    pub references: Vec<Box<Reference>>,
    /// Files, or parts of them, that could not be read or are not understood.
    pub problems: Vec<FileProblem>,
    /// References of affected units at base that are neither there at head nor replaced by another.
    pub removed: Vec<Box<Reference>>,
    /// Changed files that no unit reads, outside of charts and deployed folders.
    pub unread: Vec<RepoPath>,
    /// Files that the configuration excludes and that no other unit reads: changed ones, or all in a run over whole files.
    pub excluded: Vec<RepoPath>,
}

impl Evaluation<'_> {
    /// The references that count, with the charts that were fetched and the releases that were rendered. A chart that was
    /// not fetched is left out; the values of a release that was not rendered are read instead.
    pub fn build(mut self, charts: &Surveyed<'_>, renderings: &Renderings) -> Extraction {
        let units = self.finish(charts, renderings);
        let plan = self.plan;
        let mut all = UnitResult::default();
        let mut read = plan.read.clone();
        let (mut covered, mut rendered) = (Covered::new(), BTreeSet::new());
        for evaluated in units {
            rendered.extend(evaluated.rendered);
            read.extend(evaluated.read);
            for (path, spans) in evaluated.covered {
                covered.entry(path).or_default().extend(spans);
            }
            all.references.extend(evaluated.found.references);
            all.problems.extend(evaluated.found.problems);
            all.removed.extend(evaluated.found.removed);
        }
        all.removed.extend(plan.references_gone());
        let mut unread = Vec::new();
        let mut notices = Vec::new();
        if let Some(changes) = plan.changes {
            let account = account(&plan.head, changes, &read, &rendered);
            notices.extend(account.problems);
            notices.extend(plugins::changed(&plan.head, plan.base.as_ref(), changes));
            notices.extend(unread_keys::notices(
                &plan.head,
                plan.base.as_ref(),
                changes,
                &covered,
                &rendered,
            ));
            unread = account.unread;
            retain_added_ignores(&mut all.problems, changes);
        }
        notices.extend(suspended::notices(&plan));
        notices.extend(unreadable(&plan.head));
        notices.extend(plan.head.hidden());
        let mut excluded = Vec::new();
        if let Some(patterns) = plan.excluded {
            notices.retain(|problem| !patterns.fit(problem.path.as_str()));
            unread.retain(|path| !patterns.fit(path.as_str()));
            excluded = exclusion::files(&plan.head, plan.changes, patterns, &read);
        }
        all.problems.extend(notices);
        all.problems.retain(|problem| problem.message != TEMPLATE || !is_rendered(&rendered, &problem.path));
        retain_first(&mut all.problems);
        plan.discard();
        Extraction {
            references: merged(all.references),
            problems: all.problems,
            removed: merged(all.removed),
            unread,
            excluded,
        }
    }
}

/// The files of a tree that the system or git cannot read. A unit that is not affected by a change may read one of them, and
/// the change may have an effect through it.
fn unreadable(side: &Side<'_>) -> Vec<FileProblem> {
    let tree = Tree::new(side);
    let unreadable = side.index.unreadable().iter();
    unreadable
        .map(|(path, why)| file::unreadable(&tree.real(path), &ReadError::Unreadable(why.clone())))
        .collect()
}

/// A notice is about a file, and is reported once for it. A file that several units cannot read is one
/// problem.
fn retain_first(problems: &mut Vec<FileProblem>) {
    let mut seen: HashSet<(Rule, RepoPath, String, Option<Span>)> = HashSet::new();
    problems.retain(|problem| {
        let span = match problem.rule {
            Rule::NotChecked => None,
            Rule::UnreadableFile | Rule::UnparseableFile => problem.site.as_ref().map(|site| site.span),
            _ => return true,
        };
        seen.insert((problem.rule, problem.path.clone(), problem.message.clone(), span))
    });
}

/// A new unit reads files that are as they were: no ignore is added to these.
fn retain_added_ignores(problems: &mut Vec<FileProblem>, changes: &[Change]) {
    let at_head: HashSet<&RepoPath> = changes.iter().filter_map(|change| change.head.as_ref()).collect();
    problems.retain(|problem| problem.rule != Rule::IgnoreAdded || at_head.contains(&problem.path));
}
