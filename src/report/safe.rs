//! Makes text of files and registries safe for output: no part of it reaches a terminal, a log or a runner as
//! a command.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

/// Text from files and registries made safe to show: control characters and marks that change the writing
/// direction become `�`, tabs a blank. One character stays one character.
pub fn printable(text: &str) -> String {
    let shown = |c: char| match c {
        '\t' => ' ',
        c if is_unseen(c) => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

/// Control characters, marks that change the writing direction, line ends that only some programs recognise,
/// and code points that are not characters, for example in XML.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}')
}

/// Several lines, each made safe.
pub(super) fn printable_lines(text: &str) -> Vec<String> {
    text.lines().map(printable).collect()
}

/// Text for a log that a runner reads: `##[error]` and Azure's `##vso[…]` are commands at any place of a
/// line. Their bracket becomes `bracket`.
pub(super) fn defused(text: &str, bracket: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut hashes, mut armed) = (0, false);
    for c in text.chars() {
        match c {
            '#' => {
                hashes += 1;
                armed = hashes > 1;
            }
            '[' if armed => {
                out.push_str(bracket);
                (hashes, armed) = (0, false);
                continue;
            }
            c => {
                hashes = 0;
                armed = armed && c.is_ascii_alphabetic();
            }
        }
        out.push(c);
    }
    out
}

/// Lines for a log that a runner reads. In addition, a line that starts with `::`, also after blanks, is a
/// command of GitHub.
pub(super) fn log_lines(text: &str) -> String {
    let harmless = |line: &str| {
        let dot = if line.trim_start().starts_with("::") { ". " } else { "" };
        format!("{dot}{line}\n")
    };
    defused(text, "\u{fffd}").lines().map(harmless).collect()
}

/// At most `most` characters, with a mark if the rest is left out.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "…",
        None => text.to_owned(),
    }
}

/// A document as JSON. Characters that a terminal may interpret are escaped, which does not change the
/// meaning for a parser.
pub(super) fn json(document: &impl Serialize) -> String {
    let mut text = Vec::new();
    // Strings, numbers, and structs of these can always be serialised.
    let _ = write_json(document, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

/// Writes a document as [`json`] does, piece by piece.
pub(super) fn write_json(document: &impl Serialize, writer: &mut impl io::Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *writer, Harmless(PrettyFormatter::new()));
    document.serialize(&mut serializer)?;
    writer.write_all(b"\n")
}

/// The same on one line, without its end.
pub fn json_line(document: &impl Serialize) -> String {
    let mut text = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut text, Harmless(CompactFormatter));
    let _ = document.serialize(&mut serializer);
    String::from_utf8(text).unwrap_or_default()
}

/// A format of JSON in which all characters that a terminal or a runner may interpret are escaped.
struct Harmless<F>(F);

impl<F: Formatter> Formatter for Harmless<F> {
    /// Writes the part of a string between two characters that JSON itself escapes.
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, part: &str) -> io::Result<()> {
        if part.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !part.contains("##") {
            return writer.write_all(part.as_bytes());
        }
        writer.write_all(harmless(part).as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

/// A part of a string of JSON in which all characters that a terminal or a runner may interpret are escaped.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unseen(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    defused(&out, "\\u005b")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_get_no_escapes() {
        assert_eq!(
            printable("a\u{1b}[31mb\u{9b}c\u{202e}d\te\n"),
            "a\u{fffd}[31mb\u{fffd}c\u{fffd}d e\u{fffd}"
        );
    }

    #[test]
    fn runners_get_no_commands() {
        for (text, shown) in [
            ("##[error]x", "##(error]x"),
            ("a ###vso[task.x]y", "a ###vso(task.x]y"),
            ("##VSO[a]##[b]", "##VSO(a]##(b]"),
            ("# # [a] #[b] ## a[c] ##1[d]", "# # [a] #[b] ## a[c] ##1[d]"),
        ] {
            assert_eq!(defused(text, "("), shown);
        }
        assert_eq!(log_lines("a\n ::error::b\nc::d"), "a\n.  ::error::b\nc::d\n");
    }

    #[test]
    fn json_keeps_what_it_says() {
        let text = "a\u{1b}[31m\u{9b}\u{7f}\u{202e}\u{2028}##[error]\n\"é😀";
        let written = json(&[text]);
        assert!(
            !written.chars().any(|c| is_unseen(c) && c != '\n') && !written.contains("##["),
            "{written:?}"
        );
        assert_eq!(serde_json::from_str::<Vec<String>>(&written).unwrap(), [text]);
    }

    #[test]
    fn cuts_are_marked() {
        assert_eq!((cut("é😀a", 3), cut("é😀a", 2)), ("é😀a".to_owned(), "é😀…".to_owned()));
    }
}
