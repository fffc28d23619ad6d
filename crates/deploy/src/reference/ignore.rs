//! Inline ignores: `# pullable: ignore[rule] reason`, after a value or in the comment above it. They are read
//! from the text, because comments are not part of a YAML tree.

use std::sync::{Arc, LazyLock};

use regex::Regex;

use model::Ignore;
use source::{Site, SourceFile, Span};

/// The text that every ignore contains.
const MARK: &str = "pullable:";

/// Maximum number of bytes between a value and its comment.
const REACH: usize = 4096;

/// Maximum number of lines of a comment above a value that are read.
const LINES: usize = 20;

/// Maximum number of lines above an ignore that are read to find its context.
const BLOCK: usize = 2000;

/// `None` only if the pattern is invalid, which a test would show.
static PATTERN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"#\s*pullable:\s*ignore\b(?:\[([^\]]*)\])?[\s:]*(.*)").ok());

/// The ignores that belong to the scalar at `site`.
pub(crate) fn ignores(site: &Site) -> Vec<Ignore> {
    let mut found = Vec::new();
    if let Some(comment) = after(site) {
        found.extend(parse(site, comment));
    }
    let line = site.location().line;
    let mut block = None;
    for above in (1..line).rev().take(LINES) {
        let Some(comment) = comment_on(&site.file, above) else { break };
        if !site.file.slice(comment).contains(MARK) {
            continue;
        }
        // Text of a block scalar may look like a comment.
        let block = block.get_or_insert_with(|| block_around(&site.file, line));
        if *block == block_around(&site.file, above) {
            found.extend(parse(site, comment));
        }
    }
    found
}

/// The comment on a line that has only a comment.
fn comment_on(file: &SourceFile, line: usize) -> Option<Span> {
    let span = file.line_span(line).filter(|span| span.range().len() < REACH)?;
    file.slice(span).trim_start().starts_with('#').then_some(span)
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

/// The column of the key whose block a line opens, or of the dash before an item.
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
    // The indentation of a key after dashes is its own column.
    while let Some(rest) = before.get(column..)?.strip_prefix("- ") {
        column += 2 + indentation(rest);
    }
    Some(column)
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The comment after a value on its last line: a `#` after white space.
fn after(site: &Site) -> Option<Span> {
    let text = site.file.text();
    let start = site.span.range().end;
    let mut end = text.len().min(start.saturating_add(REACH));
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let line = text.get(start..end)?.lines().next()?;
    for (at, _) in line.match_indices('#') {
        if line.get(..at).is_some_and(|before| before.ends_with([' ', '\t'])) {
            return Some(Span::new(start + at..start + line.len()));
        }
    }
    None
}

fn parse(scalar: &Site, comment: Span) -> Option<Ignore> {
    let captures = PATTERN.as_ref()?.captures(scalar.file.slice(comment))?;
    let mut rules = Vec::new();
    for rule in captures.get(1).map_or("", |rules| rules.as_str()).split(',') {
        if !rule.trim().is_empty() {
            rules.push(rule.trim().to_owned());
        }
    }
    let reason = captures.get(2).map_or("", |reason| reason.as_str()).trim().to_owned();
    let span = comment.part(captures.get(0)?.range());
    let comment = Site { file: Arc::clone(&scalar.file), span };
    Some(Ignore { rules, reason, scalar: scalar.clone(), comment })
}
