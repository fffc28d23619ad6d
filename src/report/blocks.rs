//! Corrections as whole lines, the only form that review systems accept.

use model::{Edit, Fix};
use source::Span;

use super::safe::printable;

/// Maximum length of a block, in bytes: a line of a generated file can have any length.
const LONGEST: usize = 8_000;

/// Lines of a file and their replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) path: String,
    /// The first line, from 1.
    pub(super) line: usize,
    /// The last line, from 1.
    pub(super) end_line: usize,
    /// The new lines, without the end of the last one.
    pub(super) text: String,
}

/// The lines that a correction changes; none if one of them is too long or cannot be shown as it is.
pub(super) fn blocks(fix: &Fix) -> Vec<Block> {
    let mut edits: Vec<&Edit> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| (edit.site.file.path().clone(), edit.site.span));
    let mut blocks = Vec::new();
    let mut rest = edits.as_slice();
    while let Some((first, _)) = rest.split_first() {
        let lines = first.site.location();
        let together = rest.partition_point(|edit| is_of(edit, first, lines.end_line));
        let (group, behind) = rest.split_at(together.max(1));
        match block(group, lines.line, lines.end_line) {
            Some(block) => blocks.push(block),
            None => return Vec::new(),
        }
        rest = behind;
    }
    blocks
}

/// True if an edit is on the lines of another one of the same file.
fn is_of(edit: &Edit, first: &Edit, end_line: usize) -> bool {
    let at = edit.site.location();
    edit.site.file.path() == first.site.file.path() && at.end_line <= end_line
}

fn block(edits: &[&Edit], line: usize, end_line: usize) -> Option<Block> {
    let file = &edits.first()?.site.file;
    let (first, last) = (file.line_span(line)?, file.line_span(end_line)?);
    let mut text = String::new();
    let mut at = first.start;
    for edit in edits {
        let span = edit.site.span;
        text.push_str(file.slice(Span { start: at, end: span.start }));
        text.push_str(&edit.replacement);
        at = span.end;
    }
    text.push_str(file.slice(Span { start: at, end: last.end.max(at) }));
    let text = text.replace("\r\n", "\n");
    let is_printable = text.lines().all(|line| printable(line) == line.replace('\t', " "));
    (is_printable && text.len() <= LONGEST).then(|| Block {
        path: file.path().to_string(),
        line,
        end_line,
        text,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use source::{RepoPath, Site, SourceFile};

    use super::*;

    fn fix(text: &str, edits: &[(&str, &str)]) -> Fix {
        let file = SourceFile::decode(RepoPath::new("a.yaml"), text.as_bytes().to_vec()).unwrap();
        let file = Arc::new(file);
        let mut fix = Fix { description: String::new(), edits: Vec::new(), image: None };
        for (old, new) in edits {
            let at = text.find(old).unwrap();
            let site = Site { file: Arc::clone(&file), span: Span::new(at..at + old.len()) };
            fix.edits.push(Edit { site, replacement: (*new).to_owned() });
        }
        fix
    }

    fn shown(text: &str, edits: &[(&str, &str)]) -> Vec<(usize, usize, String)> {
        let blocks = blocks(&fix(text, edits));
        blocks.into_iter().map(|block| (block.line, block.end_line, block.text)).collect()
    }

    #[test]
    fn lines_are_whole_and_without_their_ends() {
        assert_eq!(shown("a: é\r\nb: old # c\r\n", &[("old", "new")]), [(2, 2, "b: new # c".to_owned())]);
        assert_eq!(shown("b: old", &[("old", "new\n  c: d")]), [(1, 1, "b: new\n  c: d".to_owned())]);
    }

    #[test]
    fn edits_of_one_line_are_one_block() {
        let found = shown("a: {b: x, c: y}\nd: z\n", &[("z", "3"), ("y", "2"), ("x", "1")]);
        assert_eq!(found, [(1, 1, "a: {b: 1, c: 2}".to_owned()), (2, 2, "d: 3".to_owned())]);
    }

    #[test]
    fn lines_that_cannot_be_shown_are_left_out() {
        assert_eq!(shown("a: \u{1b}[31m old", &[("old", "new")]), []);
        let long = format!("{}old", "x".repeat(LONGEST));
        assert_eq!(shown(&long, &[("old", "new")]), []);
    }
}
