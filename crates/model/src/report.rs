//! The report as a document, version 1, which `--format json` writes and later commands read.
//! `schemas/report.schema.json` describes it. New fields may be added within a version, so readers ignore
//! unknown fields.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::audit::Audit;
use crate::finding::Kind;
use crate::rule::{Class, Rule, Severity};
use crate::summary::Summary;

/// The version of the format. It is raised for a change that readers have to follow.
pub const SCHEMA_VERSION: u32 = 1;

/// A report: one run of `check` or `images`. Fields are in the order in which they are written.
///
/// ```
/// use model::report::Document;
///
/// let text = br#"{
///     "schema_version": 1, "tool": {"name": "pullable", "version": "0.1.0"}, "change": null,
///     "summary": {"references": 0, "images": 0, "present": 0, "missing": 0, "unverified": 0, "skipped": 0,
///                 "malformed": 0, "errors": 0, "warnings": 0, "notices": 0},
///     "references": [], "findings": []}"#;
/// let report = Document::parse(text)?;
/// assert_eq!(report.summary.missing, 0);
/// # Ok::<(), model::report::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document<References = Vec<ReferenceEntry>> {
    /// Always [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The program that wrote the report.
    pub tool: Tool,
    /// The comparison; `None` if whole files were checked.
    pub change: Option<Change>,
    /// The use of a baseline; `None` without one.
    pub baseline: Option<Baseline>,
    /// The use of `PULLABLE_OVERRIDE`; `None` if it was not set.
    #[serde(rename = "override")]
    pub overridden: Option<Overridden>,
    /// The Helm that rendered charts; absent if none was rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renderer: Option<Tool>,
    /// Figures.
    pub summary: Summary,
    /// References in the order of path and place. With a type other than a list, each entry can be made while
    /// it is written.
    pub references: References,
    /// References of the base that the change removes; absent if base and head are not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Vec<RemovedEntry>>,
    /// Findings in the order of path and place.
    pub findings: Vec<FindingEntry>,
    /// The answers of `pullable audit`; absent in a report of the gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<Audit>,
    /// Changed files that no unit read, outside of charts and deployed folders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
    /// Files that the configuration excludes, and that no other unit reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<String>,
}

/// The program that wrote a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// `pullable`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The two sides of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Object id of the base commit.
    pub base: String,
    /// Object id of the head commit, or `worktree`.
    pub head: String,
    /// The option, variable or event that chose the base.
    pub chosen_by: String,
}

/// The use of a baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Baseline {
    /// It was read.
    Applied {
        /// Findings that it contains, and that the report therefore leaves out.
        let_pass: usize,
        /// Entries that no longer occur; `None` if the run did not read all of their files.
        no_longer_occur: Option<usize>,
    },
    /// It was written.
    Written {
        /// Findings in it.
        written: usize,
    },
}

/// The use of `PULLABLE_OVERRIDE`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overridden {
    /// The reason that was given.
    pub reason: String,
    /// Findings that would otherwise be errors.
    pub let_pass: usize,
}

/// A reference with its verdict. Lines and columns start at 1, columns count characters, bytes are offsets into the
/// file as it is stored, and ends are exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "places are explained above")]
pub struct ReferenceEntry {
    /// The effective reference in full; `None` if it cannot be known or is malformed.
    pub image: Option<String>,
    /// The text of the deciding scalar.
    pub written: String,
    /// The kind of artifact.
    pub kind: Kind,
    /// The file.
    pub path: String,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
    pub byte_start: usize,
    pub byte_end: usize,
    /// The resource that holds the reference.
    pub resource: Option<ResourceEntry>,
    /// The path of the field in its document.
    pub field: String,
    /// The name of the extractor.
    pub extractor: String,
    /// The unit that deploys it.
    pub unit: String,
    /// Further units that deploy it unchanged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_in: Vec<String>,
    /// The reference of the base that it replaces: `Some(None)` for a new one, and absent if nothing was
    /// compared.
    #[serde(default, with = "nullable", skip_serializing_if = "Option::is_none")]
    pub previous: Option<Option<PreviousEntry>>,
    /// Other scalars that contribute.
    pub related: Vec<RelatedEntry>,
    /// The verdict; `None` if no registry was queried.
    pub verdict: Option<VerdictName>,
    /// The digest of the manifest, if it is present.
    pub digest: Option<String>,
    /// The version that a range selects, if it is present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The mirror that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<String>,
    /// The default of a fetched chart that makes it, or a part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_of: Option<DefaultEntry>,
    /// True if nothing known deploys it. Only an audit looks for that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_included: bool,
    /// The reason why it was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The default of a fetched chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultEntry {
    /// The name and the version of the chart.
    pub chart: String,
    /// The file of the chart.
    pub path: String,
    /// The line there, from 1.
    pub line: usize,
}

/// The resource that holds a reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are those of Kubernetes")]
pub struct ResourceEntry {
    pub api_version: String,
    pub kind: String,
    pub namespace: Option<String>,
    pub name: Option<String>,
}

/// A reference of the base that the change removes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "places are explained at the reference")]
pub struct RemovedEntry {
    /// The effective reference, or the text if there is none.
    pub image: String,
    pub path: String,
    pub line: usize,
    /// The unit that deployed it.
    pub unit: String,
}

/// A reference of the base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "places are explained at the reference")]
pub struct PreviousEntry {
    /// The effective reference, or the text if there is none.
    pub image: String,
    pub path: String,
    pub line: usize,
}

/// A field that is absent, null or a value.
mod nullable {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[allow(clippy::ref_option, clippy::option_option, reason = "the form that serde asks for")]
    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<Option<T>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    #[allow(clippy::option_option, reason = "the form that serde asks for")]
    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::deserialize(deserializer).map(Some)
    }
}

/// A scalar that contributes to a reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "places are explained at the reference")]
pub struct RelatedEntry {
    pub path: String,
    pub line: usize,
    pub column: usize,
    /// Its role.
    pub label: String,
}

/// The verdict on a reference, without its details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerdictName {
    /// It can be pulled.
    Present,
    /// The registry reports that it does not exist.
    Missing,
    /// Its existence is unknown.
    Unverified,
    /// It was not queried, or a finding about it was ignored.
    Skipped,
    /// It is not a reference.
    Malformed,
}

/// A finding. Its place is absent if it is about a whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "places are explained at the reference")]
pub struct FindingEntry {
    /// The id of the rule. A report of a newer version may name rules that are unknown here.
    pub rule: String,
    /// The severity, after policy.
    pub severity: Severity,
    /// The fault, in one line.
    pub message: String,
    /// The remedy.
    pub help: Option<String>,
    /// Suggestions, the most likely first.
    pub suggestions: Vec<String>,
    /// Index into [`Document::references`].
    pub reference: Option<usize>,
    /// The file.
    pub path: String,
    pub line: Option<usize>,
    pub column: Option<usize>,
    pub end_line: Option<usize>,
    pub end_column: Option<usize>,
    /// Corrections that are certain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixes: Vec<FixEntry>,
    /// True if it does not decide if its reference can be pulled: Helm prints another tag from a number.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undecided: bool,
    /// A value that does not change when lines move.
    pub fingerprint: String,
}

impl FindingEntry {
    /// True for a known error, false for an unverified reference. An error of a rule that this version does
    /// not know counts as known.
    pub fn is_known_error(&self) -> bool {
        let class = Rule::from_id(&self.rule).map(Rule::class);
        self.severity == Severity::Error && class != Some(Class::Unverified)
    }
}

/// A correction that is certain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixEntry {
    /// Its effect, in one line.
    pub description: String,
    /// The edits. All of them belong together.
    pub edits: Vec<EditEntry>,
}

/// The replacement of a range of bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "places are explained at the reference")]
pub struct EditEntry {
    pub path: String,
    pub byte_start: usize,
    pub byte_end: usize,
    /// The text that replaces the bytes.
    pub replacement: String,
}

/// The reason why a text is not a report.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ParseError {
    /// The text is not JSON, or a field is absent or of another type.
    #[error("this is not a JSON report of pullable: {0}")]
    NotAReport(String),
    /// The report has another version of the format.
    #[error("the report has version {0} of the format, and this program reads version {SCHEMA_VERSION}")]
    OtherVersion(u32),
}

impl Document {
    /// 1 for a known fault, otherwise 3 for an unverified reference, otherwise 0.
    pub fn exit_code(&self) -> u8 {
        if self.known_errors() > 0 {
            return 1;
        }
        let is_part = self.audit.as_ref().is_some_and(|audit| !audit.missing_shards.is_empty());
        let fails = self.findings.iter().any(|finding| finding.severity == Severity::Error);
        if fails || is_part { 3 } else { 0 }
    }

    /// The number of known errors. In an audit, a tag that is a number does not count: the tag that Helm
    /// prints from it may exist.
    pub fn known_errors(&self) -> usize {
        let is_audit = self.audit.is_some();
        let errors = self.findings.iter().filter(|finding| finding.is_known_error());
        errors.filter(|finding| !(is_audit && finding.undecided)).count()
    }

    /// Reads a report.
    ///
    /// # Errors
    /// [`ParseError`] if it is not JSON, not a report, or of another version.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let version: Versioned = serde_json::from_slice(bytes).map_err(not_a_report)?;
        if version.schema_version != SCHEMA_VERSION {
            return Err(ParseError::OtherVersion(version.schema_version));
        }
        serde_json::from_slice(bytes).map_err(not_a_report)
    }
}

/// The part of a report that every version has.
#[derive(Deserialize)]
struct Versioned {
    schema_version: u32,
}

#[allow(clippy::needless_pass_by_value, reason = "errors are handed over by value")]
fn not_a_report(error: serde_json::Error) -> ParseError {
    ParseError::NotAReport(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_report_is_refused() {
        for text in ["", "[]", "{}", r#"{"schema_version": 1}"#, r#"{"schema_version": "1"}"#] {
            assert!(matches!(Document::parse(text.as_bytes()), Err(ParseError::NotAReport(_))), "{text}");
        }
        let newer = Document::parse(br#"{"schema_version": 2, "results": []}"#);
        assert_eq!(newer, Err(ParseError::OtherVersion(2)));
    }

    #[test]
    fn a_baseline_reads_as_it_was_written() {
        for baseline in [
            Baseline::Applied { let_pass: 2, no_longer_occur: None },
            Baseline::Applied { let_pass: 0, no_longer_occur: Some(1) },
            Baseline::Written { written: 3 },
        ] {
            let text = serde_json::to_string(&baseline).unwrap();
            assert_eq!(serde_json::from_str::<Baseline>(&text).unwrap(), baseline, "{text}");
        }
    }
}
