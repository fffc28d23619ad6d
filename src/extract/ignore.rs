//! Inline ignores: `# pullable: ignore[rule] reason`, behind a value or in the comment above it. They
//! are read from the text, because comments are no part of a YAML tree.

use std::sync::LazyLock;

use regex::Regex;

use crate::finding::Ignore;
use crate::text::Site;

/// How far behind a value, in bytes, its comment is looked for.
const REACH: usize = 4096;

/// How many lines of a comment above a value are looked at.
const LINES: usize = 20;

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
    found.extend(above.filter_map(|(text, line)| parse(text, line)));
    found
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
