//! Maps spans of a text to spans of the file that contains it.

use std::sync::Arc;

use source::{SourceFile, Span};

/// The place of a text in a file.
pub(super) struct Place {
    pub(super) file: Arc<SourceFile>,
    pub(super) at: At,
}

/// The form in which a text is written in its file.
pub(super) enum At {
    /// In one piece, from this byte on.
    Offset(u32),
    /// Line by line: offsets in the text, and in the file.
    Lines(Vec<(u32, u32)>),
    /// In another form, within this span.
    Somewhere(Span),
}

impl Place {
    /// The place of a file's own text.
    pub(super) fn whole(file: &Arc<SourceFile>) -> Self {
        Self { file: Arc::clone(file), at: At::Offset(0) }
    }

    /// The span in the file of a span of the text.
    pub(super) fn span(&self, span: Span) -> Span {
        match &self.at {
            At::Offset(start) => {
                Span { start: start.saturating_add(span.start), end: start.saturating_add(span.end) }
            }
            At::Somewhere(whole) => *whole,
            At::Lines(lines) => {
                let start = offset(lines, span.start);
                // The end is on the line of the character before it.
                let end = if span.is_empty() { start } else { offset(lines, span.end - 1).saturating_add(1) };
                Span { start, end }
            }
        }
    }
}

/// The offset in the file of an offset in the text.
fn offset(lines: &[(u32, u32)], at: u32) -> u32 {
    let line = lines.partition_point(|(start, _)| *start <= at).saturating_sub(1);
    lines.get(line).map_or(0, |(start, outside)| outside.saturating_add(at.saturating_sub(*start)))
}
