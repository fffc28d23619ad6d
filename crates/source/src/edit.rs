//! Edits of a text: spans and their replacements. All other bytes of the file are kept as they are stored.

use thiserror::Error;

use crate::{SourceFile, Span};

/// The replacement of a span of a file's text; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The bytes of the file's text.
    pub span: Span,
    /// The text that replaces them.
    pub replacement: String,
}

impl Edit {
    /// The replacement of a span.
    pub fn new(span: Span, replacement: impl Into<String>) -> Self {
        Self { span, replacement: replacement.into() }
    }
}

/// The error of edits that cannot be applied to a file.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum EditError {
    /// The span ends after the text, or splits a character.
    #[error("the file has no text at the bytes {} to {}", .0.start, .0.end)]
    NoText(Span),
    /// Two edits replace the same text, and differ.
    #[error("two edits replace the same text, at the bytes {} and {}", .0.start, .1.start)]
    Overlap(Span, Span),
}

/// The bytes of a file after some edits, in any order. An edit that is given twice counts once.
///
/// ```
/// use source::edit::{Edit, apply};
/// use source::{RepoPath, SourceFile, Span};
///
/// let file = SourceFile::decode(RepoPath::new("a.yaml"), b"tag: 1.20\r\n".to_vec())?;
/// let bytes = apply(&file, &[Edit::new(Span::new(5..9), "\"1.20\"")])?;
/// assert_eq!(bytes, b"tag: \"1.20\"\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EditError`] if a span is not in the text, or two edits overlap.
pub fn apply(file: &SourceFile, edits: &[Edit]) -> Result<Vec<u8>, EditError> {
    Ok(file.encode(&edited(file.text(), edits)?))
}

/// A text after some edits.
fn edited(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut result = String::with_capacity(text.len());
    let mut end = 0;
    let mut before: Option<Span> = None;
    for edit in sorted {
        if let Some(before) = before
            && (edit.span.start < before.end || edit.span == before)
        {
            return Err(EditError::Overlap(before, edit.span));
        }
        let kept = text.get(end..edit.span.range().start);
        let (Some(kept), Some(_)) = (kept, text.get(edit.span.range())) else {
            return Err(EditError::NoText(edit.span));
        };
        result.push_str(kept);
        result.push_str(&edit.replacement);
        end = edit.span.range().end;
        before = Some(edit.span);
    }
    result.push_str(text.get(end..).unwrap_or_default());
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RepoPath;

    fn file(bytes: &[u8]) -> SourceFile {
        SourceFile::decode(RepoPath::new("a"), bytes.to_vec()).unwrap()
    }

    fn edit(start: usize, end: usize, replacement: &str) -> Edit {
        Edit::new(Span::new(start..end), replacement)
    }

    #[test]
    fn several_edits_in_any_order() {
        let file = file(b"a: 1\nb: 2\nc: 3");
        let edits = [edit(8, 9, "22"), edit(3, 4, ""), edit(14, 14, "!"), edit(0, 0, "# "), edit(8, 9, "22")];
        assert_eq!(apply(&file, &edits).unwrap(), b"# a: \nb: 22\nc: 3!");
        assert_eq!(apply(&file, &[]).unwrap(), file.bytes());
    }

    #[test]
    fn edits_that_touch_do_not_overlap() {
        let file = file(b"abcd");
        assert_eq!(apply(&file, &[edit(0, 2, "x"), edit(2, 4, "y")]).unwrap(), b"xy");
        assert_eq!(apply(&file, &[edit(2, 2, "-"), edit(2, 4, "y")]).unwrap(), b"ab-y");
    }

    #[test]
    fn overlapping_edits_are_refused() {
        let file = file("abcdé".as_bytes());
        for (one, other) in [
            (edit(0, 2, "x"), edit(1, 3, "y")),
            (edit(0, 2, "x"), edit(0, 2, "y")),
            (edit(0, 0, "x"), edit(0, 0, "y")),
            (edit(0, 0, ""), edit(0, 0, "y")),
        ] {
            let error = apply(&file, &[one, other]).unwrap_err();
            assert!(matches!(error, EditError::Overlap(..)), "{error}");
        }
        for edit in [edit(5, 6, ""), edit(7, 8, ""), edit(3, 9, "")] {
            assert_eq!(apply(&file, std::slice::from_ref(&edit)), Err(EditError::NoText(edit.span)));
        }
    }

    #[test]
    fn all_other_bytes_stay_as_they_are_stored() {
        let text = "é😀: old\r\nz: ü";
        let span = text.find("old").map(|at| Span::new(at..at + 3)).unwrap();
        let utf8 = |text: &str| text.as_bytes().to_vec();
        let marked = |text: &str| [b"\xef\xbb\xbf", text.as_bytes()].concat();
        let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
        let little_marked = |text: &str| [&[0xff, 0xfe], little(text).as_slice()].concat();
        let big_marked = |text: &str| [&[0xfe, 0xff], big(text).as_slice()].concat();
        let ascii = |text: &str| format!("a{text}");
        for store in [&utf8 as &dyn Fn(&str) -> Vec<u8>, &marked, &little_marked, &big_marked] {
            let file = file(&store(text));
            assert_eq!(file.bytes(), store(text));
            let edited = apply(&file, &[Edit::new(span, "new😀")]).unwrap();
            assert_eq!(edited, store(&text.replace("old", "new😀")));
        }
        // Without a mark the first character shows the encoding.
        for store in [&little as &dyn Fn(&str) -> Vec<u8>, &big] {
            let file = file(&store(&ascii(text)));
            let edited = apply(&file, &[Edit::new(Span::new(0..1), "b")]).unwrap();
            assert_eq!(edited, store(&format!("b{text}")));
        }
    }
}
