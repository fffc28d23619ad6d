//! Faults that are known without a registry: of references, and of files.

use crate::rule::Rule;
use source::{RepoPath, Site};

/// A fault that is known without a registry.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The rule that it falls under.
    pub rule: Rule,
    /// The fault, in one line.
    pub message: String,
    /// The remedy.
    pub help: Option<String>,
    /// The place.
    pub site: Site,
    /// The tag that Helm makes of a number, which may exist.
    pub printed: Option<String>,
}

impl Problem {
    /// A tag that is written as a number and that Helm prints in another way.
    pub fn of_number(written: &str, printed: &str, site: Site) -> Self {
        Self {
            rule: Rule::NumericTag,
            message: format!("YAML reads {written} as a number, and Helm renders it as {printed}"),
            help: Some(format!("quote it: \"{written}\"")),
            site,
            printed: Some(printed.to_owned()),
        }
    }
}

/// A finding about a file as a whole, or about something that is not understood.
#[derive(Clone, Debug)]
pub struct FileProblem {
    /// The rule.
    pub rule: Rule,
    /// The file.
    pub path: RepoPath,
    /// The cause for programs: a word, and what it is about. Fingerprints hold it, so that messages can be reworded. What
    /// is not checked is reported once for all files with one message, which have one cause.
    pub cause: String,
    /// The fault, in one line.
    pub message: String,
    /// The remedy.
    pub help: Option<String>,
    /// The place, if there is one.
    pub site: Option<Site>,
    /// A hash of the text that has the problem, where another text with the same problem is a new one.
    pub about: u64,
}
