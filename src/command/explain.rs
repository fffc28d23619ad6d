//! `pullable explain`: the page of a rule, or the list of rules.

use judge::nearest_rule;
use model::{Class, Rule, Severity};
use textwrap::{WordSeparator, WordSplitter};

use crate::ci::Env;
use crate::error::Error;
use crate::explain::page;

use super::outcome::Outcome;
use super::terminal;

/// Columns that the pages are written for.
const WIDTH: usize = 80;
/// Columns between the parts of a line of the list.
const GAP: usize = 2;

pub(super) fn explain(rule: Option<&str>, env: &Env) -> Result<Outcome, Error> {
    let Some(written) = rule else { return Ok(Outcome::text(list(terminal::columns(env)))) };
    let Some(rule) = Rule::from_id(written) else {
        let nearest = nearest_rule(written).map(Rule::id);
        return Err(Error::UnknownRule { asked: written.to_owned(), nearest });
    };
    let summary = rule.summary();
    let text = format!("{rule}\n\n{summary}\n\nSeverity: {}.\n\n{}", severity(rule), page(rule));
    let width = terminal::columns(env).unwrap_or(WIDTH).min(WIDTH);
    Ok(Outcome::text(wrapped(&text, width)))
}

/// Every rule with its severity, one line each. `columns`: those of a terminal, where lines are wrapped; a narrow one has
/// the summary below.
fn list(columns: Option<usize>) -> String {
    let longest = |text: fn(Rule) -> &'static str| Rule::ALL.iter().map(|rule| text(*rule).len()).max();
    let ids = longest(Rule::id).unwrap_or_default() + GAP;
    let severities = longest(short_severity).unwrap_or_default() + GAP;
    let mut list = String::new();
    for rule in Rule::ALL {
        let line = format!("{:<ids$}{:<severities$}{}", rule.id(), short_severity(*rule), rule.summary());
        let indent = " ".repeat(ids + severities);
        list += &match columns {
            Some(width) if width > indent.len() + WIDTH / 4 => fill(&line, width, &indent),
            Some(width) => {
                let summary = format!("  {}", rule.summary());
                format!("{} ({})\n{}", rule.id(), short_severity(*rule), fill(&summary, width, "  "))
            }
            None => line,
        };
        list.push('\n');
    }
    list
}

/// The severity of a rule, in words.
fn severity(rule: Rule) -> &'static str {
    match (rule, rule.class()) {
        (Rule::UnknownRegistry, _) => "notice, or warning (exit code 0; with --strict 1)",
        (Rule::SameCommit, _) => "notice (exit code 0)",
        (Rule::UnparseableFile | Rule::BrokenKustomization, _) => "warning (exit code 0; with --strict 1)",
        (_, Class::Known(Severity::Error)) => "error (exit code 1)",
        (_, Class::Known(Severity::Warning)) => "warning (exit code 0)",
        (_, Class::Known(Severity::Notice)) => "notice (exit code 0; with --strict 1)",
        (_, Class::Unverified) => "not verified (exit code 3; with --on-unverified warn 0)",
    }
}

fn short_severity(rule: Rule) -> &'static str {
    match rule.class() {
        Class::Known(severity) => severity.as_str(),
        Class::Unverified => "not verified",
    }
}

/// The text with its paragraphs and lists in so many columns. Examples, which are indented, stay as they are.
fn wrapped(text: &str, width: usize) -> String {
    if text.lines().all(|line| line.chars().count() <= width) {
        return text.to_owned();
    }
    let mut out = String::new();
    for paragraph in text.split("\n\n") {
        let paragraph = paragraph.trim_end_matches('\n');
        if !out.is_empty() {
            out.push('\n');
        }
        for part in items(paragraph) {
            let indent = if part.starts_with("- ") { "  " } else { "" };
            out += &if part.starts_with("    ") { part } else { fill(&part, width, indent) };
            out.push('\n');
        }
    }
    out
}

/// The parts of a paragraph that lines are not joined across: items of a list, and lines of an example.
fn items(paragraph: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in paragraph.lines() {
        match items.last_mut() {
            Some(last) if !line.starts_with("- ") && !line.starts_with("    ") => {
                *last = format!("{last} {}", line.trim_start());
            }
            _ => items.push(line.to_owned()),
        }
    }
    items
}

/// Wraps between words alone.
fn fill(text: &str, width: usize, indent: &str) -> String {
    let options = textwrap::Options::new(width)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .subsequent_indent(indent);
    textwrap::fill(text, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_fit_every_width_and_no_word_is_split() {
        for rule in Rule::ALL {
            let text = page(*rule);
            for width in [40, 60, 80, 120] {
                let shown = wrapped(text, width);
                let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
                assert_eq!(words(&shown), words(text), "{rule} {width}");
                let too_long = shown.lines().filter(|line| line.len() > width && !line.starts_with("    "));
                // A word may be longer than a line.
                for line in too_long {
                    assert!(!line.trim_start().contains(' '), "{rule} {width}: {line}");
                }
            }
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{rule}");
        }
    }

    #[test]
    fn lines_of_the_list() {
        assert_eq!(list(None).lines().count(), Rule::ALL.len());
        for width in [40, 80] {
            let shown = list(Some(width));
            assert!(shown.lines().all(|line| line.len() <= width), "{shown}");
            assert!(shown.contains("not verified"));
        }
    }
}
