//! The report as metrics, in the text of OpenMetrics: <https://github.com/prometheus/OpenMetrics>. All
//! families are gauges, so that the text is valid in Prometheus' own text format too. The time of the last
//! success is only in a complete audit: an alert fires on its absence.

use std::collections::{BTreeMap, BTreeSet};

use model::audit::{Audit, BrokenReference, Rebuild, Rollback};
use model::report::{Document, VerdictName};

use super::safe::{defused, printable};

/// Maximum number of images with a separate sample.
const MOST_IMAGES: usize = 100;

/// Writes it. `at`: the time of the run, in seconds since 1970.
pub(super) fn render(report: &Document, at: i64) -> String {
    let mut text = Text::default();
    gate(report, &mut text);
    if let Some(audit) = &report.audit {
        questions(audit, &mut text);
        broken(&audit.rebuild.references, &mut text);
        success(audit, at, &mut text);
    }
    text.0 + "# EOF\n"
}

/// The metric families that every report has.
fn gate(report: &Document, text: &mut Text) {
    text.family("references", "References by verdict.");
    for (verdict, count) in verdicts(report) {
        text.labelled("references", &[("verdict", verdict)], count);
    }
    text.gauge("images", "Distinct images, charts and artifacts.", report.summary.images);
    text.gauge("units", "Units that deploy a reference.", units(report));
    text.family("findings", "Findings by rule and severity; rules without a finding are left out.");
    for ((rule, severity), count) in findings(report) {
        text.labelled("findings", &[("rule", rule), ("severity", severity)], count);
    }
    let let_pass = report.overridden.as_ref().map_or(0, |overridden| overridden.let_pass);
    text.gauge("findings_overridden", "Findings that PULLABLE_OVERRIDE lets pass.", let_pass);
}

fn findings(report: &Document) -> BTreeMap<(&str, &'static str), usize> {
    let mut counts = BTreeMap::new();
    for finding in &report.findings {
        *counts.entry((finding.rule.as_str(), finding.severity.as_str())).or_default() += 1;
    }
    counts
}

fn verdicts(report: &Document) -> [(&'static str, usize); 6] {
    let count = |wanted| report.references.iter().filter(|reference| reference.verdict == wanted).count();
    [
        ("present", count(Some(VerdictName::Present))),
        ("missing", count(Some(VerdictName::Missing))),
        ("unverified", count(Some(VerdictName::Unverified))),
        ("skipped", count(Some(VerdictName::Skipped))),
        ("malformed", count(Some(VerdictName::Malformed))),
        ("not-queried", count(None)),
    ]
}

fn units(report: &Document) -> usize {
    let mut units: BTreeSet<&str> = BTreeSet::new();
    for reference in &report.references {
        units.insert(&reference.unit);
        units.extend(reference.also_in.iter().map(String::as_str));
    }
    units.len()
}

/// The figures of the answers of an audit.
fn questions(audit: &Audit, text: &mut Text) {
    let Rebuild { broken, unverified, skipped, not_read, suspended, .. } = audit.rebuild;
    text.gauge("audit_broken_images", "Images that cannot be pulled.", broken);
    text.gauge("audit_unverified_images", "Images that could not be verified.", unverified);
    text.gauge("audit_skipped_images", "Images that were not queried.", skipped);
    text.gauge("audit_not_read", "Findings about content that was not read.", not_read);
    let help = "References of manifests that nothing known deploys.";
    text.gauge("audit_not_included", help, audit.rebuild.not_included.len());
    text.gauge("audit_suspended_objects", "Objects that are suspended.", suspended);
    if let Some(Rollback { previous, gone, unverified, .. }) = audit.rollback {
        text.gauge("audit_previous_values", "Previous values that were queried.", previous);
        text.gauge("audit_rollback_impossible", "Previous values that cannot be pulled.", gone);
        text.gauge("audit_rollback_unverified", "Previous values that could not be verified.", unverified);
    }
    let lines = audit.around_git.lines;
    text.gauge("audit_deploys_around_git", "Lines of CI files that reach a cluster.", lines);
    text.gauge("audit_missing_shards", "Shards that have no report.", audit.missing_shards.len());
    let is_complete = usize::from(audit.is_complete());
    text.gauge("audit_complete", "1 if everything was examined, otherwise 0.", is_complete);
}

/// The images that cannot be pulled, by name.
fn broken(references: &[BrokenReference], text: &mut Text) {
    let mut images: BTreeMap<(&str, &str), Option<i64>> = BTreeMap::new();
    for reference in references {
        images.insert((&reference.image, &reference.rule), reference.missing_since);
    }
    text.family(
        "audit_broken_image",
        "An image that cannot be pulled, and the rule that it breaks; at most 100.",
    );
    for (image, rule) in images.keys().take(MOST_IMAGES) {
        text.labelled("audit_broken_image", &[("image", image), ("rule", rule)], 1);
    }
    let name = "audit_missing_since_timestamp_seconds";
    text.family(name, "The first audit in a row that found an image missing, by --history; at most 100.");
    for ((image, rule), since) in images.iter().take(MOST_IMAGES) {
        if let Some(since) = since {
            text.labelled(name, &[("image", image), ("rule", rule)], since);
        }
    }
}

/// The time of the last success. A single shard is not an audit.
fn success(audit: &Audit, at: i64, text: &mut Text) {
    if audit.is_complete() && audit.shard.is_none() {
        text.gauge("audit_last_success_timestamp_seconds", "The last audit that was completed.", at);
    }
}

/// Lines of the format, each name with the prefix of the program.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, help: &str) {
        self.0 += &format!("# TYPE pullable_{name} gauge\n# HELP pullable_{name} {help}\n");
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, help);
        self.0 += &format!("pullable_{name} {value}\n");
    }

    fn labelled(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<String> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        self.0 += &format!("pullable_{name}{{{}}} {value}\n", labels.join(","));
    }
}

/// The value of a label.
fn escaped(text: &str) -> String {
    let shown = defused(&printable(text), "\u{fffd}");
    shown.replace('\\', "\\\\").replace('"', "\\\"")
}
