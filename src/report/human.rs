//! The text report: each finding with its lines, drawn by miette, then the sum and the next steps.

use std::fmt::{self, Write as _};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, ThemeCharacters, ThemeStyles,
};

use textwrap::{WordSeparator, WordSplitter};

use model::audit::Audit;
use model::{Finding, Reference, Report};
use model::{Rule, Severity};
use source::RepoPath;

use super::audit::{Answered, answers};
use super::chain;
use super::changes::replacements;
use super::excerpt::Excerpt;
use super::lines::{compared, count, next_steps, of_baseline, of_excluded, of_override, of_unread, sum};
use super::list::list;
use super::outcome::{Outcome, is_all_seen, outcome};
use super::reference;
use super::safe::{log_lines, printable, printable_lines};
use super::style::{Style, Volume};
use super::wrap::hanging;
use crate::explain::address;

/// Lines above a finding in which related parts are shown.
const NEAR: usize = 5;

pub(super) fn render(report: &Report, style: Style) -> String {
    let mut out = String::new();
    if style.volume == Volume::Verbose {
        changes(&mut out, report, style);
    }
    if !report.asked || style.explain {
        list(&mut out, report, style);
    }
    let handler = GraphicalReportHandler::new_themed(theme(style))
        .with_width(style.width)
        // Names of images contain hyphens, and are copied: lines break only at blanks.
        .with_word_separator(WordSeparator::AsciiSpace)
        .with_word_splitter(WordSplitter::NoHyphenation)
        .with_break_words(false)
        .with_context_lines(LINES_ABOVE)
        .with_link_display_text("")
        .with_links(style.links);
    for finding in &report.findings {
        if style.volume == Volume::Quiet && finding.severity == Severity::Notice {
            continue;
        }
        let shown = Shown::new(finding, reference::of(finding, report), style);
        // Writing to a string does not fail, and the excerpt contains its own mark.
        if handler.render_report(&mut out, &shown).is_ok() {
            out.push('\n');
        }
    }
    if let Some(audit) = &report.audit {
        questions(&mut out, audit, style);
    }
    let silent = style.volume == Volume::Quiet && report.overridden.is_none();
    if !silent || outcome(report) != Outcome::Passed {
        closing(&mut out, report, style);
    }
    // A wrapped text may have a command at the start of a line.
    log_lines(&out)
}

/// Writes the replacements of the change, and an empty line after them.
fn changes(out: &mut String, report: &Report, style: Style) {
    let arrow = if style.unicode { "→" } else { "->" };
    let lines = replacements(report, arrow);
    if lines.is_empty() {
        return;
    }
    out.push_str("changes:\n");
    for line in &lines {
        let mut words = vec![line.images.as_str()];
        words.extend([line.mark, line.verdict].into_iter().filter(|word| !word.is_empty()));
        for text in [format!("  {}", words.join("  ")), format!("      {}", line.places())] {
            let _ = writeln!(out, "{}", hanging(&printable(&text), 2, Some(style.width)));
        }
    }
    out.push('\n');
}

/// The indentation of the rest of a long line of evidence, which is deeper than the indentation of lines
/// below it.
const EVIDENCE: usize = 4;

/// Writes the questions of an audit with their answers and the evidence, and an empty line after them.
fn questions(out: &mut String, audit: &Audit, style: Style) {
    for Answered { sentence, evidence, .. } in answers(audit) {
        let _ = writeln!(out, "{}", hanging(&printable(&sentence), 2, Some(style.width)));
        for line in evidence {
            let _ =
                writeln!(out, "{}", hanging(&printable(&format!("  {line}")), EVIDENCE, Some(style.width)));
        }
    }
    out.push('\n');
}

/// Excerpts are cut to the shown lines, so that all of their lines are context.
const LINES_ABOVE: usize = 8;

pub(super) fn theme(style: Style) -> GraphicalTheme {
    GraphicalTheme {
        characters: if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
        styles: if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
    }
}

/// The closing lines: the sum, override, comparison and baseline, and the next steps.
fn closing(out: &mut String, report: &Report, style: Style) {
    let took = format!("{:.2} s", report.elapsed.as_secs_f64());
    let files = count(report.files, "file");
    let mut lines = vec![format!("{} {} in {files}, {took}", mark(report, style), sum(report))];
    if let Some(overridden) = &report.overridden {
        lines.push(format!("  {}", printable(&of_override(overridden))));
    }
    if style.volume > Volume::Quiet {
        lines.extend(compared(report).map(|compared| format!("  compared {compared}")));
        lines.extend(
            report.baseline.iter().map(|baseline| format!("  {}", printable(&of_baseline(baseline)))),
        );
        for (sum, paths) in [(of_unread(report), &report.unread), (of_excluded(report), &report.excluded)] {
            for line in sum.map(|sum| listed(&sum, paths, style.volume)).into_iter().flatten() {
                lines.push(format!("  {line}"));
            }
        }
    }
    let arrow = if style.unicode { "→" } else { "->" };
    for step in next_steps(report) {
        lines.push(format!("  {arrow} {step}"));
    }
    for line in lines {
        let _ = writeln!(out, "{}", hanging(&line, 2, Some(style.width)));
    }
}

/// Maximum number of files that are listed.
const MOST_LISTED: usize = 100;

/// The number of files that were left out, and with `-v` their paths.
fn listed(sum: &str, paths: &[RepoPath], volume: Volume) -> Vec<String> {
    if volume < Volume::Verbose {
        return vec![format!("{sum} (-v lists them)")];
    }
    let mut lines = vec![format!("{sum}:")];
    for path in paths.iter().take(MOST_LISTED) {
        lines.push(format!("  {}", printable(path.as_str())));
    }
    let more = paths.len().saturating_sub(MOST_LISTED);
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines
}

/// The mark of the outcome.
fn mark(report: &Report, style: Style) -> String {
    let (unicode, ascii, code) = match outcome(report) {
        Outcome::Passed if is_all_seen(report) => ("✓", "ok:", "1;32"),
        Outcome::Failed => ("✗", "failed:", "1;31"),
        Outcome::Passed | Outcome::Unverified => ("!", "not verified:", "1;33"),
    };
    let mark = if style.unicode { unicode } else { ascii };
    if style.color { format!("\u{1b}[{code}m{mark}\u{1b}[0m") } else { mark.to_owned() }
}

/// A finding in the form for miette.
#[derive(Debug)]
struct Shown {
    rule: Rule,
    severity: Severity,
    message: String,
    help: Option<String>,
    excerpt: Option<Excerpt>,
    /// The address to which the name of the rule links.
    link: Option<String>,
}

impl Shown {
    fn new(finding: &Finding, reference: Option<&Reference>, style: Style) -> Self {
        let excerpt = excerpt(finding, reference, style);
        let mut help = Vec::new();
        if let Some(text) = &finding.help {
            help.extend(printable_lines(text));
        }
        if let Some(reference) = reference {
            for line in chain::elsewhere(reference, &finding.path).into_iter().chain(chain::units(reference))
            {
                help.push(printable(&line));
            }
        }
        if style.volume == Volume::Verbose {
            help.push(format!("about this rule: {}", address(finding.rule)));
        }
        let is_whole = excerpt.is_some() || finding.is_of_run();
        let place = if is_whole { String::new() } else { format!("{}: ", finding.path) };
        Self {
            rule: finding.rule,
            severity: finding.severity,
            message: printable(&format!("{place}{}", finding.message)),
            help: (!help.is_empty()).then(|| help.join("\n")),
            excerpt,
            link: style.links.then(|| address(finding.rule)),
        }
    }
}

/// The lines of a finding, from a related part on if that is near.
fn excerpt(finding: &Finding, reference: Option<&Reference>, style: Style) -> Option<Excerpt> {
    let site = finding.site.as_ref()?;
    let line = site.location().line;
    let mut above = None;
    for (other, _) in reference.map(|reference| reference.related.as_slice()).unwrap_or_default() {
        let at = other.location().line;
        let is_near = (line.saturating_sub(NEAR)..line).contains(&at);
        if is_near && other.file.path() == site.file.path() {
            above = Some(above.unwrap_or(at).min(at));
        }
    }
    Some(Excerpt::new(site, above, label(finding.rule), style.width))
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.rule))
    }

    fn url<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.link.as_ref().map(|link| Box::new(link) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Notice => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let excerpt = self.excerpt.as_ref()?;
        let label = LabeledSpan::new_primary_with_span(Some(label(self.rule).to_owned()), excerpt.mark());
        Some(Box::new(std::iter::once(label)))
    }
}

/// The label at the marked text.
fn label(rule: Rule) -> &'static str {
    match rule {
        Rule::MissingTag => "no such tag",
        Rule::MissingDigest => "no such digest",
        Rule::MissingRepository => "no such repository",
        Rule::UnknownRegistry => "no registry",
        Rule::MissingChartVersion => "not in the repository",
        Rule::MissingPlatform => "not built for that platform",
        Rule::WrongKind => "of the wrong kind",
        Rule::MalformedReference => "here",
        Rule::NumericTag => "a number",
        Rule::RateLimited
        | Rule::Unreachable
        | Rule::RegistryError
        | Rule::Unauthorized
        | Rule::UnreadableFile => "not verified",
        Rule::MissingOrPrivate => "missing, or private",
        Rule::MutableTag => "moves",
        Rule::DigestRequired => "no digest",
        Rule::RegistryNotAllowed => "not allowed",
        Rule::MovedTag => "differs from the digest",
        Rule::UnparseableFile => "the parser stopped here",
        Rule::SameCommit => "not compared",
        Rule::IgnoreAdded => "added here",
        Rule::Suspends | Rule::SuspendedParent | Rule::Suspended => "suspended here",
        Rule::Resumes => "resumed",
        Rule::BrokenKustomization => "kustomize stops here",
        Rule::OldManifest => "schema 1",
        Rule::UnresolvedReference => "not known here",
        Rule::DeploysAroundGit => "reaches a cluster",
        Rule::NotChecked => "not checked",
    }
}
