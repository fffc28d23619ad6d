//! Scans an index line by line for the entries of one chart. The generators of indexes (Helm, chart-releaser,
//! `ChartMuseum`) write `entries:` at the margin and each chart's name without quotes and indented by two
//! spaces. Every other form is left to the parser.

use std::io::{self, BufRead};

use super::parse;
use crate::entry::Entry;

/// The indentation of a line within a chart, independent of the indentation of its name and its list.
const DEEP: &[u8] = b"    ";

/// The result of a scan.
pub(super) enum Scan {
    /// The versions of the chart.
    Found(Vec<Entry>),
    /// The chart is not listed; these are.
    Absent(Vec<String>),
    /// The index is written in another form.
    Unclear,
}

/// The kinds of lines below `entries:`.
enum Line<'a> {
    /// The name of a chart.
    Chart(&'a str),
    /// A line of the entries below a name.
    Content,
    /// A comment, or an empty line.
    Blank,
    /// The next key at the margin.
    End,
    /// A form that the generators do not write.
    Other,
}

/// Scans an index for a chart.
pub(super) fn scan(mut input: impl BufRead, chart: &str) -> io::Result<Scan> {
    if !skip_to_entries(&mut input)? {
        return Ok(Scan::Unclear);
    }
    let mut charts: Vec<String> = Vec::new();
    let mut block = String::new();
    let mut line = Vec::new();
    loop {
        read_line(&mut input, &mut line)?;
        let is_wanted = charts.last().is_some_and(|name| name == chart);
        // Nearly all lines belong to other charts.
        if line.starts_with(DEEP) && !is_wanted && !charts.is_empty() {
            continue;
        }
        let Ok(text) = std::str::from_utf8(&line) else { return Ok(Scan::Unclear) };
        match kind_of(text) {
            Line::Chart(_) | Line::End if is_wanted => return Ok(read_block(&block, chart)),
            Line::End => return Ok(Scan::Absent(charts)),
            Line::Chart(name) => {
                charts.push(name.to_owned());
                if name == chart {
                    block.push_str(text);
                }
            }
            Line::Other => return Ok(Scan::Unclear),
            Line::Content if charts.is_empty() => return Ok(Scan::Unclear),
            Line::Content | Line::Blank if is_wanted => block.push_str(text),
            Line::Content | Line::Blank => {}
        }
    }
}

/// Reads up to the line `entries:`. Returns true if it exists and only simple keys precede it.
fn skip_to_entries(input: &mut impl BufRead) -> io::Result<bool> {
    let mut line = Vec::new();
    let mut first = true;
    loop {
        read_line(input, &mut line)?;
        let Ok(text) = std::str::from_utf8(&line) else { return Ok(false) };
        let mark = if first { "\u{feff}" } else { "" };
        let text = text.strip_prefix(mark).unwrap_or(text);
        if text.is_empty() {
            return Ok(false);
        }
        if text.trim_end() == "entries:" {
            return Ok(true);
        }
        let starts = first && text.trim_end() == "---";
        if !starts && !is_simple(text) {
            return Ok(false);
        }
        first = false;
    }
}

/// Reads the next line with its end. It is empty at the end of the input.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<()> {
    line.clear();
    input.read_until(b'\n', line)?;
    Ok(())
}

/// True if a line before `entries:` is a comment, a key with a value on the same line, or indented below such
/// a key.
fn is_simple(line: &str) -> bool {
    let text = line.trim_end();
    if text.is_empty() || text.starts_with(['#', ' ']) || text.starts_with("- ") {
        return true;
    }
    let Some((key, value)) = text.split_once(':') else { return false };
    let opens = |c: char| matches!(c, '{' | '[' | '&' | '*' | '!' | '"' | '\'' | '|' | '>' | '?' | '\t');
    let value = value.trim_start_matches(' ');
    is_name(key) && (!value.starts_with(opens) || is_closed(value))
}

/// True if a quoted text or an empty collection ends on the line on which it starts.
fn is_closed(value: &str) -> bool {
    let quoted = |quote: char| {
        let inner = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        inner.is_some_and(|inner| !inner.contains([quote, '\\']))
    };
    matches!(value, "{}" | "[]") || quoted('"') || quoted('\'')
}

fn kind_of(line: &str) -> Line<'_> {
    let text = line.trim_start_matches(' ');
    let indent = line.len() - text.len();
    let text = text.trim_end();
    let is_item = text == "-" || text.starts_with("- ");
    match indent {
        _ if line.is_empty() => Line::End,
        _ if text.is_empty() || text.starts_with('#') => Line::Blank,
        _ if line.trim_start_matches(' ').starts_with('\t') => Line::Other,
        0 => match text.split_once(':') {
            Some((name, _)) if is_name(name) => Line::End,
            _ => Line::Other,
        },
        1 => Line::Other,
        2 if is_item => Line::Content,
        2 => match text.strip_suffix(':') {
            Some(name) if is_name(name) => Line::Chart(name),
            _ => Line::Other,
        },
        _ => Line::Content,
    }
}

/// True if a text is a key that needs no quotes.
fn is_name(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    begins && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// The entries in the lines of one chart.
fn read_block(block: &str, chart: &str) -> Scan {
    parse::block(block, chart).map_or(Scan::Unclear, Scan::Found)
}
