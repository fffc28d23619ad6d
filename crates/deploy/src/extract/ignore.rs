//! Inline ignores: `# pullable: ignore[rule] reason`, behind a value or in the comment above it. They
//! are read from the text, because comments are no part of a YAML tree.

use std::sync::LazyLock;

use regex::Regex;

use model::Ignore;
use source::{Site, SourceFile};

/// How far behind a value, in bytes, its comment is looked for.
const REACH: usize = 4096;

/// How many lines of a comment above a value are looked at.
const LINES: usize = 20;

/// How many lines above an ignore are looked at for what it stands in.
const BLOCK: usize = 2000;

/// None only if the pattern were wrong, which the tests would tell.
static PATTERN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"#\s*pullable:\s*ignore\b(?:\[([^\]]*)\])?[\s:]*(.*)").ok());

/// The ignores that speak of what stands at `site`.
pub(super) fn ignores(site: &Site) -> Vec<Ignore> {
    let place = site.location();
    let mut found: Vec<Ignore> =
        behind(site).and_then(|text| parse(text, place.end_line)).into_iter().collect();
    let above = (1..place.line).rev().take(LINES).map_while(|line| {
        let text = site.file.line(line).filter(|text| text.len() < REACH)?.trim_start();
        text.starts_with('#').then_some((text, line))
    });
    let around = std::cell::OnceCell::new();
    let block = || *around.get_or_init(|| block_around(&site.file, place.line));
    // What looks like a comment within a block is text of the block.
    let is_comment = |ignore: &Ignore| block_around(&site.file, ignore.line) == block();
    found.extend(above.filter_map(|(text, line)| parse(text, line)).filter(is_comment));
    found
}

/// The line that opens the innermost block (`|`, `>`) around a line.
fn block_around(file: &SourceFile, line: usize) -> Option<usize> {
    let mut inner = file.line(line).map(indentation)?;
    for line in (1..line).rev().take(BLOCK) {
        let text = file.line(line)?;
        let head = head(text);
        let outer = head.unwrap_or(indentation(text));
        if text.trim().is_empty() || outer >= inner {
            continue;
        }
        if head.is_some() {
            return Some(line);
        }
        inner = outer;
    }
    None
}

/// The column of what holds the block that a line opens: of the key, or of the dash before an item.
fn head(line: &str) -> Option<usize> {
    let code = line.split_once(" #").map_or(line, |(code, _)| code).trim_end();
    let (before, indicator) = code.rsplit_once(' ')?;
    let options = indicator.strip_prefix(['|', '>'])?;
    let holds = |word: &str| word.ends_with(':') || word == "-";
    let named = before.split(' ').rev().find(|word| !word.is_empty() && !word.starts_with(['&', '!']));
    if !options.bytes().all(|byte| matches!(byte, b'-' | b'+' | b'0'..=b'9')) || !named.is_some_and(holds) {
        return None;
    }
    let mut column = indentation(line);
    // A key behind dashes is as far in as it stands.
    while let Some(rest) = before.get(column..)?.strip_prefix("- ") {
        column += 2 + indentation(rest);
    }
    Some(column)
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The comment behind a value on its last line: a `#` after white space.
fn behind(site: &Site) -> Option<&str> {
    let text = site.file.text();
    let start = site.span.range().end;
    let mut end = text.len().min(start.saturating_add(REACH));
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let line = text.get(start..end)?.lines().next()?;
    let comment = line
        .match_indices('#')
        .find(|(at, _)| line.get(..*at).is_some_and(|before| before.ends_with([' ', '\t'])));
    line.get(comment?.0..)
}

fn parse(text: &str, line: usize) -> Option<Ignore> {
    let captures = PATTERN.as_ref()?.captures(text)?;
    let rules = captures.get(1).map_or("", |rules| rules.as_str());
    let rules = rules.split(',').map(str::trim).filter(|rule| !rule.is_empty()).map(str::to_owned).collect();
    let reason = captures.get(2).map_or("", |reason| reason.as_str()).trim().to_owned();
    Some(Ignore { rules, reason, line })
}
