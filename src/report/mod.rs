//! Reports: findings to text. Every format has the same signature; the exit code is decided elsewhere
//! and depends on none of them.

use clap::ValueEnum;

use model::report::Document;
use model::{BaselineUse, Finding, Override, Report};
use model::{Class, Rule, Severity};

mod chain;
mod concise;
mod excerpt;
mod failure;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod markdown;
mod safe;
mod sarif;

pub use failure::{failure, heading, note};
pub use github::refusal;
pub use safe::printable;

/// A format of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Human,
    /// One line for each finding, for editors and logs
    Concise,
    /// All that is known, for programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// The report for people, then annotations for GitHub Actions
    Github,
    /// Code Quality, for GitLab's merge requests
    Gitlab,
    /// JUnit XML, for lists of tests
    Junit,
    /// Markdown, for a comment at a pull request
    Markdown,
}

impl Format {
    /// The name, as it is written on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a report is shown to people.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// With colours.
    pub color: bool,
    /// Beyond ASCII.
    pub unicode: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// How much is said.
    pub volume: Volume,
    /// Every reference, with how it came about.
    pub explain: bool,
}

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Volume {
    /// Errors and warnings.
    Quiet,
    /// Findings, and what was done.
    Normal,
    /// Every reference too.
    Verbose,
}

/// Writes the report in a format.
pub fn render(report: &Report, format: Format, style: Style) -> String {
    match format {
        Format::Human => human::render(report, style),
        Format::Concise => concise::render(report, style),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report),
        Format::Github => github::render(report, style),
        Format::Gitlab => gitlab::render(report),
        Format::Junit => junit::render(report),
        Format::Markdown => markdown::render(report, markdown::COMMENT),
    }
}

/// Writes a document as `--format json` does.
pub fn document(document: &Document) -> String {
    safe::json(document)
}

/// Markdown for a job's summary, of no more than `room` bytes.
pub fn summary(report: &Report, room: usize) -> String {
    markdown::render(report, room)
}

/// The gravest findings first, and what is known before what could not be verified.
fn by_gravity(report: &Report) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| (finding.severity, finding.rule.class() == Class::Unverified));
    findings
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Nothing at error severity.
    Passed,
    /// Something is known to be wrong.
    Failed,
    /// Nothing is known to be wrong, and something could not be verified.
    Unverified,
}

fn outcome(report: &Report) -> Outcome {
    match by_gravity(report).first() {
        Some(first) if first.severity == Severity::Error => match first.rule.class() {
            Class::Unverified => Outcome::Unverified,
            Class::Known(_) => Outcome::Failed,
        },
        _ => Outcome::Passed,
    }
}

/// Whether everything was verified and read, as far as the report knows: else no check mark is printed. A guess of a
/// registry is not verified.
fn is_all_seen(report: &Report) -> bool {
    report.summary.unverified + report.summary.unknown_registry == 0
        && !report.findings.iter().any(Finding::is_unseen)
}

/// What to do next, where something failed.
fn next_steps(report: &Report) -> Vec<String> {
    let errors = by_gravity(report).into_iter().filter(|finding| finding.severity == Severity::Error);
    let mut rules: Vec<Rule> = errors.map(|finding| finding.rule).collect();
    rules.sort_unstable();
    let mut steps = Vec::new();
    if outcome(report) == Outcome::Unverified {
        steps.push(format!("nothing is known to be missing: {}, and run this again", remedy(&rules)));
        steps.push("PULLABLE_OVERRIDE=\"reason\" lets it pass once, --on-unverified warn always".to_owned());
    }
    steps.extend(rules.first().map(|rule| format!("pullable explain {rule}")));
    steps
}

/// What ends the state that something could not be verified.
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

/// What the baseline had to do with it, in one line.
fn of_baseline(baseline: &BaselineUse) -> String {
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

/// How many changed files nothing read, in one line.
fn of_unread(report: &Report) -> Option<String> {
    match report.unread.len() {
        0 => None,
        1 => Some("1 other changed file is not read by anything that is deployed".to_owned()),
        n => Some(format!("{n} other changed files are not read by anything that is deployed")),
    }
}

/// What the override had to do with it, in one line.
fn of_override(overridden: &Override) -> String {
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
fn count(n: usize, what: &str) -> String {
    let end = match (n, what) {
        (1, _) => "",
        _ => "s",
    };
    format!("{n} {what}{end}")
}

/// The sum of a report in one line: what is wrong, then what was looked at.
fn sum(report: &Report) -> String {
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

/// References that are present and hold another kind of artifact than they should.
fn wrong_kind(report: &Report) -> usize {
    report.findings.iter().filter(|finding| finding.rule == Rule::WrongKind).count()
}

/// Most mirrors that are named.
const MOST_MIRRORS: usize = 3;

/// How many references only a mirror is known to have, and which mirrors: ` (2 through mirror.example/hub)`.
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

/// What was compared, in one line.
fn compared(report: &Report) -> Option<String> {
    let comparison = report.comparison.as_ref()?;
    let short = |oid: &str| oid.get(..10).unwrap_or(oid).to_owned();
    Some(format!(
        "{} against {} ({})",
        short(&comparison.head),
        short(&comparison.base),
        printable(&comparison.chosen_by)
    ))
}
