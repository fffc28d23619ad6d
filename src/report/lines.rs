//! The lines that several formats share: the sum of a report, the next steps, baseline, override and comparison.

use std::fmt;

use model::{BaselineUse, Finding, Override, Report, Rule, Severity};

use super::outcome::{Outcome, outcome};
use super::safe::printable;

/// A next step: a command, its effect, or both.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) command: String,
    pub(super) effect: String,
}

impl Step {
    fn new(command: impl Into<String>, effect: impl Into<String>) -> Self {
        Self { command: command.into(), effect: effect.into() }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let between = if self.command.is_empty() || self.effect.is_empty() { "" } else { " " };
        write!(f, "{}{between}{}", self.command, self.effect)
    }
}

/// The next steps, if the check failed.
pub(super) fn next_steps(report: &Report) -> Vec<Step> {
    let mut rules: Vec<Rule> = Vec::new();
    for finding in &report.findings {
        if finding.severity == Severity::Error {
            rules.push(finding.rule);
        }
    }
    rules.sort_unstable();
    let mut steps = Vec::new();
    match report.findings.iter().filter(|finding| !finding.fixes.is_empty()).count() {
        0 => {}
        n => steps.push(Step::new("pullable fix", format!("corrects {n} of these findings"))),
    }
    if outcome(report) == Outcome::Unverified {
        let remedy = format!("nothing is known to be missing: {}, and run this again", remedy(&rules));
        steps.push(Step::new("", remedy));
        // An audit has no override.
        if report.audit.is_none() {
            let effect = "lets it pass once; --on-unverified warn does so in every run";
            steps.push(Step::new("PULLABLE_OVERRIDE=\"reason\"", effect));
        }
    }
    steps.extend(rules.first().map(|rule| Step::new(format!("pullable explain {rule}"), "")));
    steps
}

/// The remedy for findings that could not be verified.
fn remedy(rules: &[Rule]) -> &'static str {
    let files = rules.iter().filter(|rule| **rule == Rule::UnreadableFile).count();
    let denied =
        rules.iter().filter(|rule| matches!(rule, Rule::Unauthorized | Rule::MissingOrPrivate)).count();
    if files == rules.len() {
        "make the files readable"
    } else if files > 0 {
        "make the files readable, wait for the registry"
    } else if denied == rules.len() {
        "log in to the registry"
    } else {
        "wait for the registry"
    }
}

/// The effect of the baseline, in one line.
pub(super) fn of_baseline(baseline: &BaselineUse) -> String {
    match baseline {
        BaselineUse::Written { findings, file } => {
            format!("{} written to {file}; --baseline {file} lets them pass", count(*findings, "finding"))
        }
        BaselineUse::Applied { dropped, gone } => {
            let dropped = format!("{} in the baseline let pass", count(*dropped, "finding"));
            match gone {
                None | Some(0) => dropped,
                Some(1) => format!("{dropped}, 1 entry of it no longer occurs: write it again"),
                Some(n) => format!("{dropped}, {n} entries of it no longer occur: write it again"),
            }
        }
    }
}

/// The number of changed files that no unit read, in one line.
pub(super) fn of_unread(report: &Report) -> Option<String> {
    match report.unread.len() {
        0 => None,
        1 => Some("1 other changed file is not read by anything that is deployed".to_owned()),
        n => Some(format!("{n} other changed files are not read by anything that is deployed")),
    }
}

/// The number of files that the configuration excludes, in one line.
pub(super) fn of_excluded(report: &Report) -> Option<String> {
    match report.excluded.len() {
        0 => None,
        n => Some(format!("{} excluded by the configuration", count(n, "file"))),
    }
}

/// The effect of the override, in one line.
pub(super) fn of_override(overridden: &Override) -> String {
    let reason = &overridden.reason;
    match overridden.findings {
        0 => format!("PULLABLE_OVERRIDE is set, and nothing needed it: {reason}"),
        n => format!(
            "PULLABLE_OVERRIDE lets {} pass that could not be verified: {reason}",
            count(n, "finding")
        ),
    }
}

/// `1 image`, `2 images`.
pub(super) fn count(n: usize, what: &str) -> String {
    let end = if n == 1 { "" } else { "s" };
    format!("{n} {what}{end}")
}

/// The sum of a report in one line: first the references that are wrong, then all others.
pub(super) fn sum(report: &Report) -> String {
    if report.references.is_empty() {
        return "no image reference to check".to_owned();
    }
    let s = &report.summary;
    let wrong_kind = wrong_kind(report);
    let counts = [
        (s.missing, "missing"),
        (wrong_kind, "of the wrong kind"),
        (s.malformed, "malformed"),
        (s.unverified, "not verified"),
        (s.present.saturating_sub(wrong_kind), "present"),
        (s.unknown_registry, "with an unknown registry"),
        (s.skipped.saturating_sub(s.unknown_registry), "skipped"),
    ];
    let mut parts = Vec::new();
    for (n, what) in counts {
        if n > 0 && what == "present" {
            parts.push(format!("{n} {what}{}", through_mirrors(report)));
        } else if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    }
    let references = count(s.references, "reference");
    if parts.is_empty() { references } else { format!("{references}: {}", parts.join(", ")) }
}

/// References that are present but have another kind of artifact than expected.
fn wrong_kind(report: &Report) -> usize {
    report.findings.iter().filter(|finding| finding.rule == Rule::WrongKind).count()
}

/// Maximum number of mirrors that are named.
const MOST_MIRRORS: usize = 3;

/// The number of references that only a mirror is known to have, and the mirrors: ` (2 through mirror.example/hub)`.
fn through_mirrors(report: &Report) -> String {
    let mut mirrors: Vec<&str> = Vec::new();
    let mut through = 0;
    for (_, verdict) in &report.references {
        let Some(mirror) = verdict.pulled().and_then(|pulled| pulled.mirror.as_deref()) else { continue };
        through += 1;
        if !mirrors.contains(&mirror) {
            mirrors.push(mirror);
        }
    }
    if through == 0 {
        return String::new();
    }
    let more = if mirrors.len() > MOST_MIRRORS { ", …" } else { "" };
    mirrors.truncate(MOST_MIRRORS);
    printable(&format!(" ({through} through {}{more})", mirrors.join(", ")))
}

/// The commits that were compared, in one line.
pub(super) fn compared(report: &Report) -> Option<String> {
    let comparison = report.comparison.as_ref()?;
    let short = |oid: &str| oid.get(..10).unwrap_or(oid).to_owned();
    Some(format!(
        "{} against {} ({})",
        short(&comparison.head),
        short(&comparison.base),
        printable(&comparison.chosen_by)
    ))
}

/// The suggestions of a finding, after its message; empty if there are none.
pub(super) fn suggestions(finding: &Finding) -> String {
    match finding.suggestions.as_slice() {
        [] => String::new(),
        several => format!(" (did you mean {}?)", several.join(" or ")),
    }
}

/// The help of a finding on the lines after its message; empty if there is none.
pub(super) fn help(finding: &Finding) -> String {
    match &finding.help {
        Some(help) => format!("\n{help}"),
        None => String::new(),
    }
}
