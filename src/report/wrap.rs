//! Wrapped text. Lines break only at blanks, because images, paths and commands are copied.

use textwrap::{Options, WordSeparator, WordSplitter};

/// A text wrapped to lines of at most `columns`, unless a word is longer. `first` and `others`: the
/// indentation of the first line and of the following ones.
pub(super) fn wrapped(text: &str, columns: usize, first: &str, others: &str) -> String {
    let options = Options::new(columns)
        .initial_indent(first)
        .subsequent_indent(others)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

/// A line wrapped to at most `columns`; the following lines are indented by `deeper` more. Without `columns`
/// it is not wrapped.
pub(super) fn hanging(line: &str, deeper: usize, columns: Option<usize>) -> String {
    let Some(columns) = columns else { return line.to_owned() };
    let text = line.trim_start_matches(' ');
    let indent = " ".repeat(line.len() - text.len());
    wrapped(text, columns, &indent, &" ".repeat(indent.len() + deeper))
}

#[cfg(test)]
mod tests {
    use super::hanging;

    #[test]
    fn lines_break_at_blanks_and_hang() {
        let line = "  docker.io/library/a-long-name:1.2.3-rc.1 at 0123456789ab: missing-tag";
        let narrow = "  docker.io/library/a-long-name:1.2.3-rc.1\n    at 0123456789ab:\n    missing-tag";
        assert_eq!(hanging(line, 2, Some(24)), narrow);
        assert_eq!(hanging(line, 2, None), line);
    }
}
