//! `pullable explain`: the page of a rule, or the list of rules.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use judge::nearest_rule;
use model::policy::{Level, Rules};
use model::{Class, Rule, Severity};
use textwrap::{WordSeparator, WordSplitter};

use crate::ci::Env;
use crate::cli::VolumeArgs;
use crate::error::Error;
use crate::explain::page;
use crate::stages::configuration_of_work_tree;

use super::failure::{note, whole};
use super::gate::context;
use super::outcome::Outcome;
use super::progress::Progress;
use super::terminal;

/// The width of the pages, in columns.
const WIDTH: usize = 80;
/// Columns between the parts of a line of the list.
const GAP: usize = 2;
/// Time to find and read the configuration.
const LIMIT: Duration = Duration::from_secs(10);

pub(super) fn explain(rule: Option<&str>, env: &Arc<Env>) -> Result<Outcome, Error> {
    let Some(written) = rule else {
        return Ok(Outcome::text(list(&configured(env), terminal::columns(env))));
    };
    let Some(rule) = Rule::from_id(written) else {
        let nearest = nearest_rule(written).map(Rule::id);
        return Err(Error::UnknownRule { asked: written.to_owned(), nearest });
    };
    let summary = rule.summary();
    let severity = severity(rule);
    let set = set(rule, &configured(env));
    let text = format!("{rule}\n\n{summary}\n\nSeverity: {severity}.{set}\n\n{}", page(rule));
    let width = terminal::columns(env).unwrap_or(WIDTH).min(WIDTH);
    Ok(Outcome::text(wrapped(&text, width)))
}

/// The severities that the configuration of the current work tree sets. A configuration with an error sets
/// none.
fn configured(env: &Arc<Env>) -> Rules {
    let progress = Arc::new(Progress::new(VolumeArgs { quiet: true, verbose: false }, env));
    let file = context(Path::new("."), LIMIT, env, progress)
        .and_then(|context| configuration_of_work_tree(&context));
    match file {
        Ok(file) => file.rules,
        Err(error) => {
            note(false, &format!("only the default severities are shown: {}", whole(&error)));
            Rules::default()
        }
    }
}

/// The severity that the configuration sets for a rule, as a sentence; empty if it sets none.
fn set(rule: Rule, rules: &Rules) -> String {
    match rules.settings.get(&rule) {
        Some(setting) => {
            let (level, file, line) = (setting.level.as_str(), &setting.file, setting.line);
            format!("\nIn this repository: {level}, as set in {file} line {line}.")
        }
        None => String::new(),
    }
}

/// Every rule with its severity, one line each. `columns`: the columns of a terminal, for which lines are
/// wrapped. On a narrow terminal the summary is below the name.
fn list(rules: &Rules, columns: Option<usize>) -> String {
    let (mut ids, mut severities) = (0, 0);
    for rule in Rule::ALL {
        ids = ids.max(rule.id().len() + GAP);
        severities = severities.max(shown_severity(*rule, rules).len() + GAP);
    }
    let mut list = String::new();
    for rule in Rule::ALL {
        let severity = shown_severity(*rule, rules);
        let line = format!("{:<ids$}{severity:<severities$}{}", rule.id(), rule.summary());
        let indent = " ".repeat(ids + severities);
        list += &match columns {
            Some(width) if width > indent.len() + WIDTH / 4 => fill(&line, width, &indent),
            Some(width) => {
                let summary = format!("  {}", rule.summary());
                format!("{} ({severity})\n{}", rule.id(), fill(&summary, width, "  "))
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
        (_, Class::Optional) => "off, unless the configuration sets one",
    }
}

fn short_severity(rule: Rule) -> &'static str {
    match rule.class() {
        Class::Known(severity) => severity.as_str(),
        Class::Unverified => "not verified",
        Class::Optional => "off",
    }
}

/// The severity of a rule in this repository, with its default if it differs.
fn shown_severity(rule: Rule, rules: &Rules) -> String {
    let default = short_severity(rule);
    match rules.level(rule).map(Level::as_str) {
        Some(level) if level != default => format!("{level} (default: {default})"),
        _ => default.to_owned(),
    }
}

/// The text with its paragraphs and lists wrapped to `width` columns. Examples, which are indented, are not
/// changed.
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

/// The parts of a paragraph that are wrapped separately: items of a list, and lines of an example.
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

/// Wraps only between words.
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
        let rules = Rules::default();
        assert_eq!(list(&rules, None).lines().count(), Rule::ALL.len());
        for width in [40, 80] {
            let shown = list(&rules, Some(width));
            assert!(shown.lines().all(|line| line.len() <= width), "{shown}");
            assert!(shown.contains("not verified"));
        }
    }
}
