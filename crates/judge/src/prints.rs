//! The fingerprints of the findings of a run. They do not change when lines move or messages are reworded.

use std::collections::BTreeMap;

use model::Rule;
use source::RepoPath;

use super::text::fingerprint;

/// The fingerprints that a run has made.
#[derive(Default)]
pub(super) struct Prints {
    /// The number of occurrences of a fingerprint's text, so that two equal findings have two fingerprints.
    seen: BTreeMap<String, usize>,
    /// The fingerprints of problems that are reported once for all files, by rule and message.
    shared: BTreeMap<(Rule, String), String>,
}

/// The cause of a problem for programs, and its message for people.
#[derive(Clone, Copy)]
pub(super) struct Why<'w> {
    pub(super) cause: &'w str,
    pub(super) message: &'w str,
}

/// The fingerprints of a problem of a file.
pub(super) struct PrintsOfFile {
    /// The fingerprint that contains the cause.
    pub(super) current: String,
    /// The fingerprint that contains the message, as in baselines of earlier versions.
    pub(super) former: String,
}

impl PrintsOfFile {
    /// True if one of them is among others.
    pub(super) fn is_in(&self, others: &[String]) -> bool {
        others.contains(&self.current) || others.contains(&self.former)
    }
}

impl Prints {
    /// The fingerprint of a finding. It is made from rule, path, text and the number of equal findings before. It
    /// contains no line, so it does not change when lines move.
    pub(super) fn of(&mut self, rule: Rule, path: &RepoPath, what: &str) -> String {
        let text = format!("{rule}\0{path}\0{what}");
        let occurrence = self.seen.entry(text.clone()).or_default();
        let print = fingerprint(&format!("{text}\0{occurrence}"));
        *occurrence += 1;
        print
    }

    /// The fingerprints of a problem of one file.
    pub(super) fn of_file(&mut self, rule: Rule, path: &RepoPath, why: Why<'_>) -> PrintsOfFile {
        PrintsOfFile {
            current: self.of(rule, path, &of_cause(why.cause)),
            former: self.of(rule, path, why.message),
        }
    }

    /// The fingerprints of a problem that is reported once for all files with its message. They contain neither
    /// the files nor their number.
    pub(super) fn of_all_files(&mut self, rule: Rule, why: Why<'_>) -> PrintsOfFile {
        let former = fingerprint(&format!("{rule}\0{}", why.message));
        let key = (rule, why.message.to_owned());
        let current = match self.shared.get(&key) {
            Some(known) => known.clone(),
            // Two messages with one cause are two findings.
            None => self.of(rule, &RepoPath::default(), &of_cause(why.cause)),
        };
        self.shared.insert(key, current.clone());
        PrintsOfFile { current, former }
    }
}

fn of_cause(cause: &str) -> String {
    format!("cause\0{cause}")
}
