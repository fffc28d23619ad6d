//! Findings with one cause are merged: they are reported once, with the references or files that share the
//! cause.

use std::collections::BTreeMap;

use model::{Class, Finding, Rule};
use source::RepoPath;

/// Maximum number of the others that are named.
const MOST_NAMED: usize = 5;
/// Maximum length of the name of one of the others, in characters.
const LONGEST: usize = 120;

/// The findings that represent several. Rule and cause lead to the first finding.
#[derive(Default)]
pub(super) struct Merged(BTreeMap<(Rule, String), Shared>);

/// A finding, and the references or files that share it.
struct Shared {
    /// Index of the finding.
    finding: usize,
    /// The names of the others.
    others: Vec<String>,
    /// The unit in which they are counted: references, or files.
    counted: Counted,
}

/// The unit in which those that share a finding are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// References in any file.
    References,
    /// References of one file.
    ReferencesOfFile,
    /// Files.
    Files,
}

/// The cause by which references of a rule share a finding, and the unit in which they are counted; `None` if
/// each has a separate finding. `path`: the file of the reference. `is_left_out`: nothing known deploys the
/// reference, so it has a different finding.
pub(super) fn shared(rule: Rule, path: &str, message: &str, is_left_out: bool) -> Option<(Counted, String)> {
    let everywhere = if is_left_out { "not included\0" } else { "\0" };
    match rule {
        Rule::UnresolvedReference | Rule::UnknownRegistry => {
            Some((Counted::ReferencesOfFile, format!("{path}\0{message}")))
        }
        Rule::NotChecked => Some((Counted::References, format!("{everywhere}{message}"))),
        rule if rule.class() == Class::Unverified => {
            Some((Counted::References, format!("{everywhere}{message}")))
        }
        _ => None,
    }
}

/// The name of one of the others, cut to the length of a line.
pub(super) fn name(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

impl Merged {
    /// Adds one more to a cause that has a finding. `false` if there is none yet; the cause then has the
    /// finding at index `next`.
    pub(super) fn joins(
        &mut self,
        rule: Rule,
        cause: String,
        name: &str,
        counted: Counted,
        next: usize,
    ) -> bool {
        if let Some(shared) = self.0.get_mut(&(rule, cause.clone())) {
            shared.others.push(self::name(name));
            return true;
        }
        self.0.insert((rule, cause), Shared { finding: next, others: Vec::new(), counted });
        false
    }

    /// Writes the counts into the messages and the names into the help.
    pub(super) fn write(self, findings: &mut [Finding]) {
        for mut shared in self.0.into_values() {
            let Some(finding) = findings.get_mut(shared.finding) else { continue };
            if shared.counted == Counted::Files {
                shared.others.sort();
                shared.others.dedup();
                let own = RepoPath::as_str(&finding.path);
                shared.others.retain(|path| path != own);
            }
            if shared.others.is_empty() {
                continue;
            }
            finding.message = shared.counted.message(&finding.message, shared.others.len());
            finding.help = shared.counted.help(finding.help.take(), finding.rule, &shared.others);
        }
    }
}

impl Counted {
    /// A help with the names of the others, if these have no separate findings elsewhere.
    pub(super) fn help(self, help: Option<String>, rule: Rule, others: &[String]) -> Option<String> {
        if self != Self::Files && rule.class() != Class::Unverified {
            return help;
        }
        let others = format!("the others: {}", named(others));
        Some(match help {
            Some(help) => format!("{help}\n{others}"),
            None => others,
        })
    }

    /// A message with the number of the others.
    pub(super) fn message(self, message: &str, more: usize) -> String {
        let s = if more == 1 { "" } else { "s" };
        match self {
            Self::References => format!("{message} (and {more} more reference{s})"),
            Self::ReferencesOfFile => format!("{message} (and {more} more reference{s} in this file)"),
            Self::Files => format!("{message} ({} files)", more + 1),
        }
    }
}

/// `a, b, c, d, e and 4 more`.
fn named(names: &[String]) -> String {
    let mut distinct: Vec<&str> = Vec::new();
    for name in names {
        if distinct.len() < MOST_NAMED && !distinct.contains(&name.as_str()) {
            distinct.push(name);
        }
    }
    let more = names.len() - distinct.len();
    if more == 0 { distinct.join(", ") } else { format!("{} and {more} more", distinct.join(", ")) }
}
