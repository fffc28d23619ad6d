//! The YAML tree: spans are places, and libyaml reads the same tree.

use libyaml_safer::{EventData, Parser, ScalarStyle};
use source::{RepoPath, SourceFile};
use std::panic::catch_unwind;
use std::sync::Arc;
use yaml::each_document_and_repeated_key;

use super::tree::{add_events, each_scalar, is_at_its_place};

/// Reads any bytes as YAML.
pub fn run(data: &[u8]) {
    let Ok(file) = SourceFile::decode(RepoPath::new("input.yaml"), data.to_vec()) else { return };
    let file = Arc::new(file);
    let (mut found, mut is_read, mut is_repeated, mut is_hidden) = (Vec::new(), true, false, false);
    each_document_and_repeated_key(
        &file,
        |document| match document {
            Ok(root) => {
                each_scalar(&root, &mut |scalar| is_at_its_place(scalar));
                found.push("+DOC".to_owned());
                add_events(&root, &mut found);
            }
            Err(broken) => {
                is_read = false;
                is_hidden |= !broken.read && !broken.is_ambiguous;
                assert!(file.text().get(broken.at.range()).is_some(), "{broken:?}");
                assert!(file.text().get(broken.document.range()).is_some(), "{broken:?}");
            }
        },
        |_| is_repeated = true,
    );
    let expected = catch_unwind(|| by_libyaml(file.text())).ok().flatten();
    assert!(!is_hidden || expected.is_none(), "libyaml reads what is reported as refused by all readers");
    // YAML 1.1 reads these as line breaks in quoted scalars too, where they do not matter.
    let has_line_breaks = found.iter().any(|event| event.contains(['\u{85}', '\u{2028}', '\u{2029}']));
    // In scalars on several lines the one leaves blanks and the other these characters.
    let has_any = file.text().contains(['\u{85}', '\u{2028}', '\u{2029}']);
    let blanks = if has_any { [' ', '\n', '\u{85}', '\u{2028}', '\u{2029}'].as_slice() } else { &[] };
    // For libyaml, the text of a block scalar that is a whole document is indented, and text at the margin is the next
    // part. The YAML suite has such texts at the margin.
    let is_block = found.windows(2).any(|two| two[0] == "+DOC" && two[1].starts_with("=VAL Block"));
    // In braces and brackets, libyaml reads a colon in front of a text as an empty key. Such a text is neither an image
    // nor a field.
    let is_colon = found.iter().any(|event| event.starts_with("=VAL Plain :"));
    // Of a repeated key one value is left.
    if let Some(expected) = expected
        && is_read
        && !is_repeated
        && !has_line_breaks
        && !is_block
        && !is_colon
    {
        let without_blanks = |event: &String| event.replace(blanks, "");
        let (found, expected) = (found.iter().map(without_blanks), expected.iter().map(without_blanks));
        assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "found, and expected by libyaml");
        crate::compared::count();
    }
}

/// The events of libyaml; `None` where it refuses a document.
fn by_libyaml(text: &str) -> Option<Vec<String>> {
    // The port panics at a block scalar that ends with the text, and at some tags.
    if !text.ends_with('\n') {
        return None;
    }
    let mut bytes = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut bytes);
    let mut events = Vec::new();
    loop {
        match parser.parse().ok()?.data {
            EventData::StreamEnd => return Some(events),
            EventData::DocumentStart { .. } => events.push("+DOC".to_owned()),
            EventData::MappingStart { .. } => events.push("+MAP".to_owned()),
            EventData::SequenceStart { .. } => events.push("+SEQ".to_owned()),
            EventData::MappingEnd => events.push("-MAP".to_owned()),
            EventData::SequenceEnd => events.push("-SEQ".to_owned()),
            EventData::Alias { .. } => events.push("=ALI".to_owned()),
            EventData::Scalar { value, style, .. } => {
                let style = match style {
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => "Quoted",
                    ScalarStyle::Literal | ScalarStyle::Folded => "Block",
                    _ => "Plain",
                };
                events.push(format!("=VAL {style} {value}"));
            }
            _ => {}
        }
    }
}
