//! Markdown, for a job's summary and for a comment at a pull request: the verdict, a table of findings, and a
//! folded list of the checked references. Text of a file or a registry cannot be a link, a mention or markup.

use model::Severity;
use model::{Finding, Fix, Reference, Report, Verdict};
use source::Site;

use super::audit::{Answered, answers};
use super::blocks::{Block, blocks};
use super::changes::{Replacement, replacements};
use super::lines::{compared, count, next_steps, of_baseline, of_excluded, of_override, of_unread, sum};
use super::outcome::{Outcome, by_gravity, is_all_seen, outcome};
use super::reference::word;
use super::safe::{cut, log_lines, printable, printable_lines};
use crate::explain::address;

/// Maximum number of bytes of a comment: GitHub accepts 65,536 characters.
pub(super) const COMMENT: usize = 64_000;
/// Bytes that are reserved for the text after a table.
const TAIL: usize = 2_000;
/// Maximum length of text of a cell, in characters.
const LONGEST: usize = 2_000;

/// Writes it, in no more than `room` bytes; the tables say how much they leave out.
pub(super) fn render(report: &Report, room: usize) -> String {
    let verdict = match outcome(report) {
        Outcome::Passed if is_all_seen(report) => "✅ pullable: passed",
        Outcome::Passed => "⚠️ pullable: passed, but not everything could be read and verified",
        Outcome::Failed => "❌ pullable: failed",
        Outcome::Unverified => "⚠️ pullable: could not verify everything",
    };
    // The comment identifies a posted report for later updates.
    let mut out = format!("<!-- pullable -->\n## {verdict}\n\n{}\n\n", sum(report));
    if let Some(overridden) = &report.overridden {
        out.push_str(&format!("⚠️ **{}**\n\n", prose(&of_override(overridden))));
    }
    for Answered { sentence, evidence, is_good } in report.audit.iter().flat_map(answers) {
        let icon = if is_good { "✅" } else { "⚠️" };
        out.push_str(&format!("{icon} **{}**\n\n", prose(&sentence)));
        for line in evidence {
            let indent = if line.starts_with(' ') { "  " } else { "" };
            out.push_str(&format!("{indent}- {}\n", prose(&cut(line.trim(), LONGEST))));
        }
        out.push('\n');
    }
    let findings = by_gravity(report);
    let mut budget = room.saturating_sub(out.len() + TAIL);
    changes(&mut out, &mut budget, report);
    if !findings.is_empty() {
        out.push_str("| rule | where | what |\n|---|---|---|\n");
        let rows = findings.iter().map(|finding| row(finding, report));
        table(&mut out, &mut budget, rows, "findings");
    }
    for step in next_steps(report) {
        let command = if step.command.is_empty() { String::new() } else { code(&step.command) + " " };
        out.push_str(format!("- {command}{}", prose(&step.effect)).trim_end());
        out.push('\n');
    }
    out.push('\n');
    corrections(&mut out, &mut budget, &findings);
    if !report.references.is_empty() && budget > TAIL {
        let title = if report.asked { "What was checked" } else { "References" };
        out.push_str(&format!(
            "<details><summary>{title}</summary>\n\n| verdict | image | where |\n|---|---|---|\n"
        ));
        let rows = report.references.iter().map(|(reference, verdict)| listed(reference, verdict, report));
        table(&mut out, &mut budget, rows, "references");
        out.push_str("</details>\n\n");
    }
    out.push_str(&format!("{}\n", facts(report).join(" · ")));
    out
}

/// The replacements of the change, in half of the room.
fn changes(out: &mut String, budget: &mut usize, report: &Report) {
    let replacements = replacements(report, "→");
    if replacements.is_empty() {
        return;
    }
    out.push_str("| change | verdict | workload |\n|---|---|---|\n");
    let mut room = *budget / 2;
    let before = out.len();
    table(out, &mut room, replacements.iter().map(replacement), "changes");
    *budget = budget.saturating_sub(out.len() - before);
}

fn replacement(line: &Replacement) -> String {
    let mark = if line.mark.is_empty() { String::new() } else { format!(" {}", line.mark) };
    let verdict = if line.verdict.is_empty() { "–" } else { line.verdict };
    format!(
        "| {}{mark} | {verdict} | {} |\n",
        code(&cut(&line.images, LONGEST)),
        prose(&cut(&line.places(), LONGEST))
    )
}

/// The corrections, as blocks that review systems offer to apply.
fn corrections(out: &mut String, budget: &mut usize, findings: &[&Finding]) {
    let mut written = String::new();
    for fix in findings.iter().flat_map(|finding| &finding.fixes) {
        for block in blocks(fix) {
            let text = correction(fix, &block);
            // A log reads such lines as commands, and they cannot be escaped here.
            let is_command = log_lines(&block.text) != format!("{}\n", block.text);
            if is_command || text.len() > *budget {
                continue;
            }
            *budget -= text.len();
            written.push_str(&text);
        }
    }
    if !written.is_empty() {
        out.push_str(&format!("<details><summary>Corrections</summary>\n\n{written}</details>\n\n"));
    }
}

/// A correction between fences that are longer than any within.
fn correction(fix: &Fix, block: &Block) -> String {
    let mut longest = 2;
    for run in block.text.split(|c| c != '`') {
        longest = longest.max(run.len());
    }
    let fence = "`".repeat(longest + 1);
    let place = code(&format!("{}:{}", block.path, block.line));
    format!("{place}: {}\n\n{fence}suggestion\n{}\n{fence}\n\n", prose(&fix.description), block.text)
}

/// The files, the commits and the baseline of a run.
fn facts(report: &Report) -> Vec<String> {
    let mut facts = vec![prose(&format!("{} looked at", count(report.files, "file")))];
    if let Some(compared) = compared(report) {
        facts.push(prose(&format!("compared {compared}")));
    }
    if let Some(baseline) = &report.baseline {
        facts.push(prose(&of_baseline(baseline)));
    }
    if let Some(unread) = of_unread(report) {
        facts.push(prose(&unread));
    }
    facts.extend(of_excluded(report));
    facts
}

/// Rows that fit into the space, and the number of omitted rows.
pub(super) fn table(out: &mut String, budget: &mut usize, rows: impl Iterator<Item = String>, what: &str) {
    let mut more = 0;
    for row in rows {
        // After an omitted row, no less severe one is written.
        if more > 0 || row.len() > *budget {
            more += 1;
            continue;
        }
        *budget -= row.len();
        out.push_str(&row);
    }
    out.push('\n');
    if more > 0 {
        out.push_str(&format!("{more} more {what}: the log has them all.\n\n"));
    }
}

fn row(finding: &Finding, report: &Report) -> String {
    let icon = match finding.severity {
        Severity::Error => "❌",
        Severity::Warning => "⚠️",
        Severity::Notice => "ℹ️",
    };
    let help: Vec<String> = finding.help.iter().flat_map(|help| help.lines()).map(prose).collect();
    let help = if help.is_empty() { String::new() } else { format!("<br>{}", help.join("<br>")) };
    let message = prose(&cut(&finding.message, LONGEST));
    let place = place(finding.shown_path(), finding.site.as_ref(), report);
    let rule = format!("[{}]({})", code(finding.rule.id()), address(finding.rule));
    format!("| {icon} {rule} | {place} | {message}{help} |\n")
}

fn listed(reference: &Reference, verdict: &Verdict, report: &Report) -> String {
    let word = word(verdict).unwrap_or("–");
    let image = reference.image().unwrap_or_else(|| cut(reference.site.text(), LONGEST));
    let reason = match verdict {
        Verdict::Skipped(reason) => format!("<br>{}", prose(&cut(reason, LONGEST))),
        _ => String::new(),
    };
    let place = place(reference.site.file.path().as_str(), Some(&reference.site), report);
    format!("| {word} | {}{reason} | {place} |\n", code(&image))
}

/// A place; a link if the address of the files is known and the place is a line of a file.
fn place(path: &str, site: Option<&Site>, report: &Report) -> String {
    let Some(at) = site.map(Site::location) else { return code(path) };
    let shown = code(&format!("{path}:{}:{}", at.line, at.column));
    // A file outside of the repository has an absolute path.
    match report.files_at.as_ref().filter(|_| !path.starts_with('/')) {
        Some(files) => format!("[{shown}]({files}{}#L{})", encoded(path), at.line),
        None => shown,
    }
}

/// A path within an address.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// A backtick in the text would end a code span. Text in this element is never a link or a mention.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(&printable_lines(text).join(" ")))
}

/// Plain text. A character that would make a mention, or name an issue, is followed by a zero-width space.
pub(super) fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = printable(text);
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        out.push(c);
        let follows = rest.peek().is_some_and(|next| next.is_alphanumeric() || *next == '"');
        if "@#!~%&$".contains(c) && !before.is_alphanumeric() && follows {
            out.push('\u{200b}');
        }
        before = c;
    }
    escaped(&out)
}

/// Replaces every character with a meaning in Markdown, HTML or a bare link by an entity; the rest is
/// readable.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (start, c) in text.char_indices() {
        let next = text.get(start + c.len_utf8()..).unwrap_or_default();
        let before = text.get(start.saturating_sub(3)..start).unwrap_or_default();
        let link = c == ':' && next.starts_with('/') || c == '.' && before.eq_ignore_ascii_case("www");
        if link || "&<>|\\`*_[]#!~@$\"'".contains(c) {
            out.push_str(&format!("&#{};", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_neither_markup_nor_a_mention() {
        for text in ["<b>", "[a](b)", "a|b", "`x`", "**a**", "a\\|b", "a@b.io", "##[x]", "<!-- -->"] {
            let shown = prose(text);
            assert!(!shown.replace("&#", "").contains(['<', '[', '|', '`', '*', '@', '\\']), "{shown}");
        }
        assert_eq!(prose("https://x.io WWW.x.io"), "https&#58;//x.io WWW&#46;x.io");
        assert_eq!(prose("ask @ops, see #1"), "ask &#64;\u{200b}ops, see &#35;\u{200b}1");
        assert_eq!(prose("web@sha256"), "web&#64;sha256");
        assert_eq!(code("a`b\nc"), "<code>a&#96;b c</code>");
        assert_eq!(encoded("a b/é](x).yaml"), "a%20b/%C3%A9%5D%28x%29.yaml");
    }
}
