//! Line breaks of YAML 1.1. The readers of Kubernetes, kustomize and Helm begin a new line at U+0085, U+2028
//! and U+2029, which YAML 1.2 reads as letters: an image after such a character in a comment is deployed.

use std::borrow::Cow;

use source::Span;

/// Maximum number of passes over a text that find its quoted scalars.
const MOST_PASSES: usize = 16;

/// A text of the same length with line feeds instead of these line breaks. Those in quoted scalars are kept,
/// because they are part of the value. `quoted` finds the quoted scalars of a text, in the order of their
/// places.
pub(super) fn with_line_feeds(text: &str, quoted: impl Fn(&str) -> Vec<Span>) -> Cow<'_, str> {
    if text.is_ascii() || !text.contains(is_break) {
        return Cow::Borrowed(text);
    }
    let mut lines = text.to_owned();
    // A new line may begin a quoted scalar, or end a supposed one: the places are found again after each
    // replacement.
    for _ in 0..MOST_PASSES {
        let Some(at) = first_outside(&lines, &quoted(&lines)) else { return Cow::Owned(lines) };
        lines = replaced(&lines, at, 1);
    }
    Cow::Owned(replaced(&lines, 0, usize::MAX))
}

/// The place of the first line break outside of some spans.
fn first_outside(text: &str, spans: &[Span]) -> Option<usize> {
    let mut spans = spans.iter().peekable();
    for (at, _) in text.match_indices(is_break) {
        while spans.next_if(|span| span.range().end <= at).is_some() {}
        if spans.peek().is_none_or(|span| at < span.range().start) {
            return Some(at);
        }
    }
    None
}

/// Replaces line breaks from a place on, as many as are wanted.
fn replaced(text: &str, from: usize, most: usize) -> String {
    let (before, rest) = text.split_at_checked(from).unwrap_or((text, ""));
    let mut replaced = before.to_owned();
    for (n, piece) in rest.split_inclusive(is_break).enumerate() {
        let mark = piece.chars().next_back().filter(|c| n < most && is_break(*c));
        let length = mark.map_or(0, char::len_utf8);
        replaced.push_str(piece.get(..piece.len() - length).unwrap_or_default());
        replaced.push_str(match length {
            0 => "",
            2 => " \n",
            _ => "  \n",
        });
    }
    replaced
}

fn is_break(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_stays_and_quoted_text_too() {
        let quoted = |text: &str| {
            let start = text.find('"').unwrap();
            vec![Span::new(start..text.rfind('"').unwrap() + 1)]
        };
        let text = "a\u{85}b\u{2028}\"c\u{2029}d\"\u{2029}";
        assert_eq!(with_line_feeds(text, quoted), "a \nb  \n\"c\u{2029}d\"  \n");
        assert_eq!(with_line_feeds("é", |_| panic!("nothing to find")), "é");
    }

    #[test]
    fn the_passes_are_bounded() {
        // Each pass reports that all breaks except one are quoted.
        let text = "\u{2028}".repeat(40);
        let quoted = |text: &str| {
            let first = text.find('\u{2028}').unwrap_or_default();
            vec![Span::new(first + 3..text.len())]
        };
        assert_eq!(with_line_feeds(&text, quoted), "  \n".repeat(40));
    }
}
