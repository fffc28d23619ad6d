//! Renderings with numbers, until one succeeds: a chart may refuse the text of a candidate, which is not
//! marked then.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use run::Deadline;
use source::RepoPath;

use super::collect::is_left_out;
use super::marked::{Copy, Marks};
use crate::documents::{self, Rendered};
use crate::plain::VALUES;
use crate::sandbox::{CHART, Sandbox};
use crate::{Chart, Failure, Helm, Limits, Release, schema};

/// The renderings of one trace. All of them use one copy of the chart.
pub(crate) struct Attempts<'a> {
    pub(crate) helm: &'a Helm,
    pub(crate) chart: &'a Chart,
    pub(crate) release: &'a Release,
    pub(crate) limits: &'a Limits,
    pub(crate) deadline: &'a Deadline,
    sandbox: Sandbox,
    arguments: Vec<String>,
    /// The files of the copy that differ from those of the chart.
    written: BTreeMap<RepoPath, String>,
    /// The number of renderings so far.
    pub(crate) count: usize,
    /// True if no more renderings are made.
    is_over: bool,
}

/// A rendering with numbers that succeeded.
pub(crate) struct Success {
    pub(crate) chosen: BTreeSet<usize>,
    pub(crate) rendered: Rendered,
}

impl<'a> Attempts<'a> {
    /// Copies the chart, without notes, which may refuse images other than the chart's own, and without
    /// schemas, which the plain rendering has already passed.
    pub(crate) fn new(
        helm: &'a Helm,
        chart: &'a Chart,
        release: &'a Release,
        limits: &'a Limits,
        deadline: &'a Deadline,
    ) -> Result<Self, Failure> {
        let arguments = release.arguments(CHART, schema::has_archives(chart))?;
        crate::sandbox::check_size(chart, limits)?;
        let sandbox = Sandbox::new()?;
        for (path, file) in chart.files() {
            deadline.check().map_err(Failure::Overdue)?;
            if !is_left_out(path) {
                sandbox.add(path, file.bytes())?;
            }
        }
        if chart.text(&RepoPath::new(VALUES)).is_none() && release.defaults.is_some() {
            sandbox.add(&RepoPath::new(VALUES), b"")?;
        }
        Ok(Self {
            helm,
            chart,
            release,
            limits,
            deadline,
            sandbox,
            arguments,
            written: BTreeMap::new(),
            count: 0,
            is_over: false,
        })
    }

    /// Renders with the candidates of `base` and as many of `more` as the chart accepts; `None` if it accepts
    /// none.
    pub(crate) fn settle(
        &mut self,
        marks: &Marks,
        base: &BTreeSet<usize>,
        more: Vec<usize>,
    ) -> Option<Success> {
        let mut success: Option<Success> = None;
        let mut groups = VecDeque::from([more]);
        while let Some(group) = groups.pop_front() {
            if self.is_over || self.count >= self.limits.attempts || group.is_empty() {
                continue;
            }
            let mut chosen = success.as_ref().map_or(base, |success| &success.chosen).clone();
            chosen.extend(&group);
            match self.render(marks, &chosen) {
                Ok(rendered) => success = Some(Success { chosen, rendered }),
                Err(Failure::Helm(message)) => groups.extend(smaller(group, &marks.named(&message))),
                // Time and memory are spent only once: a chart may exceed them only when it reads a number.
                Err(_) => self.is_over = true,
            }
        }
        success
    }

    fn render(&mut self, marks: &Marks, chosen: &BTreeSet<usize>) -> Result<Rendered, Failure> {
        self.count += 1;
        let copy = marks.copy(self.chart, self.release, chosen)?;
        self.write(&copy)?;
        let input = copy.values.into_bytes();
        let output = self.helm.run(&self.sandbox, &self.arguments, input, self.limits, self.deadline)?;
        String::from_utf8(output).map(documents::read).map_err(|_| Failure::NotText)
    }

    /// Writes the files that differ, and restores those that no longer differ.
    fn write(&mut self, copy: &Copy) -> Result<(), Failure> {
        let mut files = copy.files.clone();
        if let Some(defaults) = &copy.defaults {
            files.insert(RepoPath::new(VALUES), defaults.clone());
        }
        for path in self.written.keys().filter(|path| !files.contains_key(*path)) {
            if let Some(file) = self.chart.text(path) {
                self.sandbox.replace(path, file.text().as_bytes())?;
            }
        }
        for (path, text) in &files {
            if self.written.get(path) != Some(text) {
                self.sandbox.replace(path, text.as_bytes())?;
            }
        }
        self.written = files;
        Ok(())
    }
}

/// The groups to try after one that the chart refused: the group without the candidates that the message
/// names, otherwise its halves.
fn smaller(mut group: Vec<usize>, named: &BTreeSet<usize>) -> Vec<Vec<usize>> {
    let before = group.len();
    group.retain(|index| !named.contains(index));
    if group.len() < before {
        return vec![group];
    }
    if before < 2 {
        return Vec::new();
    }
    let half = group.split_off(before / 2);
    vec![group, half]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_group_is_made_smaller() {
        let named = BTreeSet::from([2]);
        assert_eq!(smaller(vec![1, 2, 3], &named), [vec![1, 3]]);
        assert_eq!(smaller(vec![1, 3, 4], &named), [vec![1], vec![3, 4]]);
        assert_eq!(smaller(vec![2], &named), [Vec::<usize>::new()]);
        assert!(smaller(vec![1], &named).is_empty());
    }
}
