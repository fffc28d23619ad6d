//! The report for programs: maps a run to the document of [`model::report`].

use std::io;

use serde::{Serialize, Serializer};

use model::report::{
    Baseline, Change, DefaultEntry, Document, EditEntry, FindingEntry, FixEntry, Overridden, PreviousEntry,
    ReferenceEntry, RelatedEntry, RemovedEntry, ResourceEntry, SCHEMA_VERSION, Tool, VerdictName,
};
use model::{
    BaselineUse, DefaultOf, Edit, Finding, Fix, Override, Previous, Pulled, Reference, Report, Resource,
    Verdict,
};
use source::Site;
use source::change::Comparison;

use super::safe;

/// Writes a run. Each reference becomes an entry when its turn comes: there may be very many.
pub(super) fn render(report: &Report) -> String {
    safe::json(&with_references(report, Entries(report)))
}

/// Writes a run piece by piece, so that its text never is in memory as a whole.
///
/// # Errors
/// [`io::Error`] if the writer fails.
pub fn write(report: &Report, writer: &mut impl io::Write) -> io::Result<()> {
    safe::write_json(&with_references(report, Entries(report)), writer)
}

/// A run as a document.
pub(super) fn document(report: &Report) -> Document {
    with_references(report, references(report).collect())
}

/// The references of a report, made while they are written.
struct Entries<'r>(&'r Report);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(references(self.0))
    }
}

fn with_references<References>(report: &Report, references: References) -> Document<References> {
    Document {
        schema_version: SCHEMA_VERSION,
        tool: tool(),
        change: report.comparison.as_ref().map(change),
        baseline: report.baseline.as_ref().map(baseline),
        overridden: report.overridden.as_ref().map(overridden),
        renderer: report.renderer.clone().map(|version| Tool { name: "helm".to_owned(), version }),
        summary: report.summary,
        references,
        removed: report.removed.as_ref().map(|all| all.iter().map(|one| removed(one)).collect()),
        findings: report.findings.iter().map(|one| finding(one, report)).collect(),
        audit: report.audit.clone(),
        unread: report.unread.iter().map(ToString::to_string).collect(),
        excluded: report.excluded.iter().map(ToString::to_string).collect(),
    }
}

/// This program.
pub(super) fn tool() -> Tool {
    Tool { name: "pullable".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
}

pub(super) fn change(comparison: &Comparison) -> Change {
    Change {
        base: comparison.base.clone(),
        head: comparison.head.clone(),
        chosen_by: comparison.chosen_by.clone(),
    }
}

pub(super) fn baseline(used: &BaselineUse) -> Baseline {
    match used {
        BaselineUse::Applied { dropped, gone } => {
            Baseline::Applied { let_pass: *dropped, no_longer_occur: *gone }
        }
        BaselineUse::Written { findings, .. } => Baseline::Written { written: *findings },
    }
}

pub(super) fn overridden(used: &Override) -> Overridden {
    Overridden { reason: used.reason.clone(), let_pass: used.findings }
}

fn references(report: &Report) -> impl Iterator<Item = ReferenceEntry> {
    let is_compared = report.removed.is_some();
    report.references.iter().map(move |(reference, verdict)| entry(reference, verdict, is_compared))
}

fn removed(reference: &Reference) -> RemovedEntry {
    RemovedEntry {
        image: reference.image_or_text(),
        path: reference.site.file.path().to_string(),
        line: reference.site.location().line,
        unit: reference.unit.to_string(),
    }
}

fn previous(previous: &Previous) -> PreviousEntry {
    PreviousEntry {
        image: previous.image.clone(),
        path: previous.site.file.path().to_string(),
        line: previous.site.location().line,
    }
}

/// A reference with its verdict.
pub(super) fn entry(reference: &Reference, verdict: &Verdict, is_compared: bool) -> ReferenceEntry {
    let at = reference.site.location();
    let pulled = verdict.pulled();
    ReferenceEntry {
        image: reference.image(),
        written: reference.site.text().to_owned(),
        kind: reference.kind,
        path: reference.site.file.path().to_string(),
        line: at.line,
        column: at.column,
        end_line: at.end_line,
        end_column: at.end_column,
        byte_start: at.byte_start,
        byte_end: at.byte_end,
        resource: reference.resource.as_deref().map(resource),
        field: reference.field.to_string(),
        extractor: reference.extractor.to_owned(),
        unit: reference.unit.to_string(),
        also_in: reference.also_in.iter().map(ToString::to_string).collect(),
        previous: is_compared.then(|| reference.previous.as_deref().map(previous)),
        related: reference.related.iter().map(related).collect(),
        verdict: name(verdict),
        digest: pulled.and_then(Pulled::digest_text),
        version: pulled.and_then(|pulled| pulled.version.as_deref().map(str::to_owned)),
        mirror: pulled.and_then(|pulled| pulled.mirror.as_deref().map(str::to_owned)),
        default_of: reference.default_of.as_deref().map(default_of),
        not_included: reference.left_out.is_some(),
        reason: match verdict {
            Verdict::Skipped(reason) => Some(reason.clone()),
            _ => None,
        },
    }
}

fn default_of(default: &DefaultOf) -> DefaultEntry {
    DefaultEntry { chart: default.chart.clone(), path: default.path.to_string(), line: default.line }
}

fn resource(resource: &Resource) -> ResourceEntry {
    ResourceEntry {
        api_version: resource.api_version.clone(),
        kind: resource.kind.clone(),
        namespace: resource.namespace.clone(),
        name: resource.name.clone(),
    }
}

fn related((site, label): &(Site, &'static str)) -> RelatedEntry {
    let at = site.location();
    RelatedEntry {
        path: site.file.path().to_string(),
        line: at.line,
        column: at.column,
        label: (*label).to_owned(),
    }
}

fn name(verdict: &Verdict) -> Option<VerdictName> {
    match verdict {
        Verdict::Unasked => None,
        Verdict::Present(_) => Some(VerdictName::Present),
        Verdict::Missing => Some(VerdictName::Missing),
        Verdict::Unverified => Some(VerdictName::Unverified),
        Verdict::Skipped(_) => Some(VerdictName::Skipped),
        Verdict::Malformed => Some(VerdictName::Malformed),
    }
}

fn finding(finding: &Finding, report: &Report) -> FindingEntry {
    let at = finding.site.as_ref().map(Site::location);
    FindingEntry {
        rule: finding.rule.id().to_owned(),
        severity: finding.severity,
        message: finding.message.clone(),
        help: finding.help.clone(),
        suggestions: finding.suggestions.clone(),
        reference: finding.reference,
        path: finding.shown_path().to_owned(),
        line: at.map(|at| at.line),
        column: at.map(|at| at.column),
        end_line: at.map(|at| at.end_line),
        end_column: at.map(|at| at.end_column),
        fixes: finding.fixes.iter().map(fix).collect(),
        undecided: report.is_undecided(finding),
        fingerprint: finding.fingerprint.clone(),
    }
}

fn fix(fix: &Fix) -> FixEntry {
    FixEntry { description: fix.description.clone(), edits: fix.edits.iter().map(edit).collect() }
}

pub(super) fn edit(edit: &Edit) -> EditEntry {
    let at = edit.site.location();
    EditEntry {
        path: edit.site.file.path().to_string(),
        byte_start: at.byte_start,
        byte_end: at.byte_end,
        replacement: edit.replacement.clone(),
    }
}
