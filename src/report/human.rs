//! The report for people: each finding with its lines, drawn by miette, then what was looked at and what
//! to do next.

use std::fmt::{self, Write as _};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, ThemeCharacters, ThemeStyles,
};

use textwrap::{WordSeparator, WordSplitter};

use model::{Finding, Pulled, Reference, Report, Target, Verdict};
use model::{Rule, Severity};

use super::chain;
use super::excerpt::Excerpt;
use super::safe::{log_lines, printable_lines};
use super::{
    Outcome, Style, Volume, compared, count, is_all_seen, next_steps, of_baseline, of_override, of_unread,
    outcome, printable, sum,
};
use crate::explain::address;

/// How many lines above a finding related parts are still shown.
const NEAR: usize = 5;

pub(super) fn render(report: &Report, style: Style) -> String {
    let mut out = String::new();
    if !report.asked || style.explain {
        list(&mut out, report, style);
    }
    let handler = GraphicalReportHandler::new_themed(theme(style))
        .with_width(style.width)
        // Names of images hold hyphens, and are copied: lines break at blanks alone.
        .with_word_separator(WordSeparator::AsciiSpace)
        .with_word_splitter(WordSplitter::NoHyphenation)
        .with_break_words(false)
        .with_context_lines(LINES_ABOVE)
        .with_links(false);
    for finding in &report.findings {
        if style.volume == Volume::Quiet && finding.severity == Severity::Notice {
            continue;
        }
        let reference = finding.reference.and_then(|index| report.references.get(index));
        let shown = Shown::new(finding, reference.map(|(reference, _)| reference), style);
        // Writing to a string does not fail, and the excerpt holds its own mark.
        if handler.render_report(&mut out, &shown).is_ok() {
            out.push('\n');
        }
    }
    let silent = style.volume == Volume::Quiet && report.overridden.is_none();
    if !silent || outcome(report) != Outcome::Passed {
        closing(&mut out, report, style);
    }
    // Text that was wrapped may bring a command to the start of a line.
    log_lines(&out)
}

/// Excerpts are cut to what is shown, so all of their lines are context.
const LINES_ABOVE: usize = 8;

pub(super) fn theme(style: Style) -> GraphicalTheme {
    GraphicalTheme {
        characters: if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
        styles: if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
    }
}

/// Every reference on a line of its own.
fn list(out: &mut String, report: &Report, style: Style) {
    let rows: Vec<(String, String, String)> = report
        .references
        .iter()
        .map(|(reference, verdict)| {
            let at = reference.site.location();
            let path = reference.site.file.path().as_str();
            // At the start of a line GitHub's runner takes `::` for a command.
            let here = if path.trim_start().starts_with("::") { "./" } else { "" };
            let place = format!("{here}{path}:{}:{}", at.line, at.column);
            (word(verdict), printable(&place), printable(&named(reference, verdict)))
        })
        .collect();
    let width =
        |of: fn(&(String, String, String)) -> &String| rows.iter().map(|row| of(row).chars().count()).max();
    let (verdicts, places) = (width(|row| &row.0).unwrap_or(0), width(|row| &row.1).unwrap_or(0).min(100));
    for ((verdict, place, name), (reference, _)) in rows.iter().zip(&report.references) {
        if verdicts > 0 {
            let _ = write!(out, "{verdict:<verdicts$}  ");
        }
        let _ = writeln!(out, "{place:<places$}  {name}");
        if style.explain {
            for line in chain::steps(reference).into_iter().chain(chain::units(reference)) {
                let _ = writeln!(out, "    {}", printable(&line));
            }
        }
    }
    if !rows.is_empty() {
        out.push('\n');
    }
}

fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Unasked => "",
        Verdict::Present(_) => "present",
        Verdict::Missing => "missing",
        Verdict::Unverified => "not verified",
        Verdict::Skipped(_) => "skipped",
        Verdict::Malformed => "malformed",
    }
    .to_owned()
}

fn named(reference: &Reference, verdict: &Verdict) -> String {
    let reason = match verdict {
        Verdict::Skipped(reason) => format!(" ({reason})"),
        Verdict::Present(pulled) => pulled_as(pulled, reference),
        _ => String::new(),
    };
    match &reference.target {
        Target::Known(image) if reference.kind == model::Kind::Repository => {
            let which = reference
                .range
                .as_ref()
                .map_or("no tag is written".to_owned(), |range| format!("range {range}"));
            format!("{} ({which}){reason}", image.name())
        }
        Target::Known(image) => format!("{image}{reason}"),
        Target::Malformed(_) | Target::Unknown(_) => format!("{}{reason}", reference.site.text()),
    }
}

/// Which version, which digest where it is not written, and from where.
fn pulled_as(pulled: &Pulled, reference: &Reference) -> String {
    let written = matches!(&reference.target, Target::Known(image) if image.digest.is_some());
    let version = pulled.version.as_ref().map(|version| format!(" takes {version}"));
    let digest = Some(&pulled.digest).filter(|digest| !digest.is_empty() && !written);
    let digest = digest.map(|digest| format!(" {digest}"));
    let mirror = pulled.mirror.as_ref().map(|mirror| format!(" through mirror {mirror}"));
    [version, digest, mirror].into_iter().flatten().collect()
}

/// What was looked at, how long it took, what to do next.
fn closing(out: &mut String, report: &Report, style: Style) {
    let (unicode, ascii, code) = match outcome(report) {
        Outcome::Passed if is_all_seen(report) => ("✓", "ok:", "1;32"),
        Outcome::Failed => ("✗", "failed:", "1;31"),
        Outcome::Passed | Outcome::Unverified => ("!", "not verified:", "1;33"),
    };
    let (mark, arrow) = if style.unicode { (unicode, "→") } else { (ascii, "->") };
    let mark = if style.color { format!("\u{1b}[{code}m{mark}\u{1b}[0m") } else { mark.to_owned() };
    let took = format!("{:.2} s", report.elapsed.as_secs_f64());
    let files = count(report.files, "file");
    let sum =
        if report.references.is_empty() { "no image reference to check".to_owned() } else { sum(report) };
    let wrap = |text: &str| {
        let width = textwrap::Options::new(style.width.saturating_sub(2)).subsequent_indent("  ");
        textwrap::fill(text, width.break_words(false).word_splitter(WordSplitter::NoHyphenation))
    };
    let _ = writeln!(out, "{mark} {}", wrap(&format!("{sum} in {files}, {took}")));
    if let Some(overridden) = &report.overridden {
        let _ = writeln!(out, "  {}", wrap(&printable(&of_override(overridden))));
    }
    if style.volume > Volume::Quiet {
        let compared = compared(report).map(|compared| format!("compared {compared}"));
        let baseline = report.baseline.as_ref().map(|baseline| printable(&of_baseline(baseline)));
        for line in compared.into_iter().chain(baseline).chain(unread(report, style.volume)) {
            let _ = writeln!(out, "  {line}");
        }
    }
    for step in next_steps(report) {
        let _ = writeln!(out, "  {arrow} {step}");
    }
}

/// Most unread files that are listed.
const MOST_UNREAD: usize = 100;

/// The changed files that nothing read: how many, and which with `-v`.
fn unread(report: &Report, volume: Volume) -> Vec<String> {
    let Some(sum) = of_unread(report) else { return Vec::new() };
    if volume < Volume::Verbose {
        return vec![format!("{sum} (-v lists them)")];
    }
    let mut lines = vec![format!("{sum}:")];
    for path in report.unread.iter().take(MOST_UNREAD) {
        lines.push(format!("  {}", printable(path.as_str())));
    }
    let more = report.unread.len().saturating_sub(MOST_UNREAD);
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines
}

/// A finding as miette reads it.
#[derive(Debug)]
struct Shown {
    rule: Rule,
    severity: Severity,
    message: String,
    help: Option<String>,
    excerpt: Option<Excerpt>,
}

impl Shown {
    fn new(finding: &Finding, reference: Option<&Reference>, style: Style) -> Self {
        let excerpt = finding.site.as_ref().map(|site| {
            let line = site.location().line;
            let related = reference.map(|reference| reference.related.iter()).into_iter().flatten();
            let above = related
                .filter(|(other, _)| other.file.path() == site.file.path())
                .map(|(other, _)| other.location().line)
                .filter(|above| (line.saturating_sub(NEAR)..line).contains(above))
                .min();
            Excerpt::new(site, above, style.width)
        });
        let of_reference = reference.into_iter().flat_map(|reference| {
            chain::elsewhere(reference, &finding.path).into_iter().chain(chain::units(reference))
        });
        let beside = of_reference.map(|line| printable(&line));
        let help = finding.help.iter().flat_map(|help| printable_lines(help));
        let mut help: Vec<String> = help.chain(beside).collect();
        if style.volume == Volume::Verbose {
            help.push(format!("about this rule: {}", address(finding.rule)));
        }
        let is_whole = excerpt.is_some() || finding.path.as_str().is_empty();
        let place = if is_whole { String::new() } else { format!("{}: ", finding.path) };
        Self {
            rule: finding.rule,
            severity: finding.severity,
            message: printable(&format!("{place}{}", finding.message)),
            help: (!help.is_empty()).then(|| help.join("\n")),
            excerpt,
        }
    }
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

/// What is said at the mark.
fn label(rule: Rule) -> &'static str {
    match rule {
        Rule::MissingTag => "no such tag",
        Rule::MissingDigest => "no such digest",
        Rule::MissingRepository => "no such repository",
        Rule::UnknownRegistry => "no registry",
        Rule::MissingPlatform => "not for that platform",
        Rule::WrongKind => "of the wrong kind",
        Rule::MalformedReference => "here",
        Rule::NumericTag => "a number",
        Rule::RateLimited | Rule::Unreachable | Rule::RegistryError | Rule::Unauthorized => "not verified",
        Rule::MissingOrPrivate => "missing, or private",
        Rule::MovedTag => "not what the digest is",
        Rule::UnparseableFile | Rule::UnreadableFile => "the reader stopped here",
        Rule::SameCommit => "not compared",
        Rule::IgnoreAdded => "added here",
        Rule::BrokenKustomization => "kustomize stops here",
        Rule::OldManifest => "schema 1",
        Rule::UnresolvedReference => "not known here",
        Rule::NotChecked => "not checked",
    }
}
