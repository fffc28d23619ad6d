//! The baseline of a repository with existing broken references: the findings of one run, which later runs
//! ignore. Its order keeps diffs readable. Findings are recognised by fingerprints, which do not change when
//! lines move.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use model::{Class, Severity};
use model::{Finding, Report, Target};
use source::RepoPath;

/// The version of the format: it is raised for a change that readers have to follow.
const SCHEMA_VERSION: u32 = 1;

/// The known findings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Baseline {
    schema_version: u32,
    findings: Vec<Entry>,
}

/// A finding; all fields except the fingerprint are for readers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    fingerprint: String,
    rule: String,
    path: String,
    /// The effective image.
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    /// The text, if there is no image.
    #[serde(skip_serializing_if = "Option::is_none")]
    written: Option<String>,
    message: String,
}

impl Baseline {
    /// The errors and warnings of a report. Unverified references are left out: they may be correct.
    pub fn of(report: &Report) -> Self {
        let debts = report.findings.iter().filter(|finding| {
            finding.severity != Severity::Notice && finding.rule.class() != Class::Unverified
        });
        let mut findings: Vec<Entry> = debts.map(|finding| Entry::new(finding, report)).collect();
        findings.sort_by(|a, b| {
            let key = |entry: &Entry| {
                (entry.path.clone(), entry.rule.clone(), entry.image.clone(), entry.written.clone())
            };
            key(a).cmp(&key(b)).then_with(|| a.fingerprint.cmp(&b.fingerprint))
        });
        Self { schema_version: SCHEMA_VERSION, findings }
    }

    /// An empty baseline.
    pub fn empty() -> Self {
        Self { schema_version: SCHEMA_VERSION, findings: Vec::new() }
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// The fault, with line and column if they are known.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let baseline: Self =
            serde_json::from_slice(bytes).map_err(|error| format!("this is not a baseline: {error}"))?;
        match baseline.schema_version {
            SCHEMA_VERSION => Ok(baseline),
            other => Err(format!("this program cannot read version {other} of the baseline format")),
        }
    }

    /// The text for a file.
    pub fn to_json(&self) -> String {
        // Strings and a number can always be serialised.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// The number of its findings.
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// True if it has no finding.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// The fingerprints of all its findings.
    pub fn fingerprints(&self) -> HashSet<String> {
        self.findings.iter().map(|entry| entry.fingerprint.clone()).collect()
    }

    /// The number of its findings that did not occur, although their paths were checked.
    pub fn gone(&self, occurred: &[String], looked_at: impl Fn(&RepoPath) -> bool) -> usize {
        let occurred: HashSet<&String> = occurred.iter().collect();
        let mut paths: BTreeMap<&str, bool> = BTreeMap::new();
        let gone = self.findings.iter().filter(|entry| {
            let looked = *paths.entry(&entry.path).or_insert_with_key(|path| looked_at(&RepoPath::new(path)));
            looked && !occurred.contains(&entry.fingerprint)
        });
        gone.count()
    }
}

impl Entry {
    fn new(finding: &Finding, report: &Report) -> Self {
        let reference = finding.reference.and_then(|index| report.references.get(index));
        let (image, written) = match reference.map(|(reference, _)| (reference, &reference.target)) {
            Some((_, Target::Known(image))) => (Some(image.to_string()), None),
            Some((_, Target::Chart(chart))) => (Some(chart.to_string()), None),
            Some((reference, _)) => (None, Some(reference.site.text().to_owned())),
            None => (None, None),
        };
        Self {
            fingerprint: finding.fingerprint.clone(),
            rule: finding.rule.id().to_owned(),
            path: finding.path.to_string(),
            image,
            written,
            message: finding.message.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Baseline {
        let entry = |name: &str| Entry {
            fingerprint: format!("print-{name}"),
            rule: "missing-tag".to_owned(),
            path: format!("{name}.yaml"),
            image: None,
            written: None,
            message: "missing".to_owned(),
        };
        Baseline { schema_version: SCHEMA_VERSION, findings: vec![entry("a"), entry("b")] }
    }

    #[test]
    fn a_printed_baseline_is_parsed_again() {
        let parsed = Baseline::parse(two().to_json().as_bytes()).unwrap();
        assert_eq!(parsed.findings, two().findings);
        assert_eq!((parsed.len(), parsed.is_empty()), (2, false));
        assert_eq!(parsed.fingerprints(), HashSet::from(["print-a".to_owned(), "print-b".to_owned()]));
        assert!(Baseline::empty().is_empty());
        let later = two().to_json().replace("\"schema_version\": 1", "\"schema_version\": 2");
        assert!(Baseline::parse(later.as_bytes()).unwrap_err().contains("version 2"));
    }

    #[test]
    fn a_finding_is_gone_only_if_its_path_was_checked() {
        let gone = |occurred: &[&str], looked: &[&str]| {
            let occurred: Vec<String> = occurred.iter().map(|print| (*print).to_owned()).collect();
            two().gone(&occurred, |path| looked.contains(&path.to_string().as_str()))
        };
        assert_eq!(gone(&[], &["a.yaml", "b.yaml"]), 2);
        assert_eq!(gone(&["print-a"], &["a.yaml", "b.yaml"]), 1);
        assert_eq!(gone(&["print-a", "print-b"], &["a.yaml", "b.yaml"]), 0);
        assert_eq!(gone(&[], &["b.yaml"]), 1);
        assert_eq!(gone(&["print-b"], &["b.yaml"]), 0);
        assert_eq!(gone(&[], &[]), 0);
    }
}
