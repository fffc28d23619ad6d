//! The lines around a finding for miette: made safe, cut to a width, and small for files of any size.

use std::ops::Range;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use source::Site;

use super::safe::printable;

/// Columns of the frame around the lines.
const FRAME: usize = 10;
/// Columns before a label: the corner and the line that lead to it from the middle of the mark.
const CORNER: usize = 4;
/// Maximum number of lines of a marked text.
const LINES: usize = 4;

/// A few lines with a marked part.
#[derive(Debug)]
pub(super) struct Excerpt {
    name: String,
    text: String,
    mark: Range<usize>,
    /// The number of the first line, from 0.
    first_line: usize,
    /// The column of the mark in the file, from 0.
    column: usize,
}

impl Excerpt {
    /// The lines of `site`, from `from_line` on if that is near, with space for a label below the mark.
    pub(super) fn new(site: &Site, from_line: Option<usize>, label: &str, width: usize) -> Self {
        let columns = width.saturating_sub(FRAME).max(FRAME);
        let at = site.location();
        let first = from_line.filter(|line| *line < at.line).unwrap_or(at.line.saturating_sub(1)).max(1);
        let mut text = String::new();
        for line in first..at.line {
            text.push_str(&cut_end(site.file.line(line).unwrap_or_default(), columns));
            text.push('\n');
        }
        // The marked part gets half of the line, and the part before it the rest that the label leaves.
        let length = site.text().lines().next().unwrap_or_default().chars().count();
        let below = CORNER + label.chars().count();
        let lead = columns - length.min(columns / 2);
        let lead = lead.min(columns.saturating_sub(below + below.min(length / 2)));
        let (left, after) = around(site, lead);
        let before = cut_start(left, lead);
        let room = columns.saturating_sub(before.chars().count());
        text.push_str(&before);
        let start = text.len();
        let marked: Vec<String> = site.text().lines().take(LINES).map(|line| cut_end(line, room)).collect();
        text.push_str(&marked.join("\n"));
        let end = text.len();
        if marked.len() <= 1 && length <= room {
            text.push_str(&cut_end(after, room - length));
        }
        let name = printable(site.file.path().as_str());
        Self { name, text, mark: start..end, first_line: first - 1, column: at.column - 1 }
    }

    /// The marked part.
    pub(super) fn mark(&self) -> SourceSpan {
        (self.mark.start, self.mark.len()).into()
    }
}

/// The text before and after a site on its line, up to the columns that are shown.
fn around(site: &Site, columns: usize) -> (&str, &str) {
    let text = site.file.text();
    let most = columns + 1;
    let above = text.get(..site.span.range().start).unwrap_or_default();
    let mut start = above.len();
    for (at, c) in above.char_indices().rev().take(most) {
        if c == '\n' {
            break;
        }
        start = at;
    }
    let below = text.get(site.span.range().end..).unwrap_or_default();
    let mut end = 0;
    for (at, c) in below.char_indices().take(most) {
        if c == '\n' {
            break;
        }
        end = at + c.len_utf8();
    }
    let before = above.get(start..).unwrap_or_default();
    let after = below.get(..end).unwrap_or_default();
    (before, after.strip_suffix('\r').unwrap_or(after))
}

fn cut_end(line: &str, most: usize) -> String {
    match line.char_indices().nth(most) {
        Some((end, _)) => printable(line.get(..end).unwrap_or_default()) + "…",
        None => printable(line),
    }
}

fn cut_start(line: &str, most: usize) -> String {
    match line.char_indices().rev().nth(most) {
        Some((start, c)) => format!("…{}", printable(line.get(start + c.len_utf8()..).unwrap_or_default())),
        None => printable(line),
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, before, after)?;
        // If only the mark is queried, miette uses the place that it prints above the lines.
        let column = if (before, after) == (0, 0) { self.column } else { inner.column() };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line() + self.first_line,
            column,
            inner.line_count(),
        )))
    }
}
