//! The replacement of scalars: every style in every place, line ends and marks, and random documents.

use proptest::prelude::*;

use super::*;
use crate::{Difference, differences};
use source::RepoPath;
use source::edit::apply;

fn file(bytes: &[u8]) -> Arc<SourceFile> {
    Arc::new(SourceFile::decode(RepoPath::new("a.yaml"), bytes.to_vec()).unwrap())
}

/// The place of a text in a file, which has it once.
fn place(file: &SourceFile, text: &str) -> Span {
    let at = file.text().find(text).unwrap();
    assert_eq!(file.text().matches(text).count(), 1, "{text:?} is not unique");
    Span::new(at..at + text.len())
}

fn replaced(before: &str, old: &str, new: &str) -> Result<String, Refusal> {
    let file = file(before.as_bytes());
    let replacement = Scalars::read(&file).replace(place(&file, old), new)?;
    let bytes = apply(&file, &[replacement.edit]).unwrap();
    Ok(String::from_utf8(bytes).unwrap())
}

#[test]
fn quotes_stay_and_are_added_only_where_the_text_needs_them() {
    for (before, old, new, after) in [
        ("t: main # c", "main", "1.2.3", "t: 1.2.3 # c"),
        ("t: main # c", "main", "1.20", "t: \"1.20\" # c"),
        ("t: v1.20", "v1.20", "0x10", "t: \"0x10\""),
        ("t: v1", "v1", "2026-11-26", "t: \"2026-11-26\""),
        ("t: v1", "v1", "2026-11-26-a", "t: \"2026-11-26-a\""),
        ("t: v1", "v1", "true", "t: \"true\""),
        ("t: v1", "v1", "Y", "t: \"Y\""),
        ("t: v1", "v1", "@x", "t: \"@x\""),
        ("t: v1", "v1", "a: b", "t: \"a: b\""),
        ("t: v1", "v1", "a\"\\b: ", "t: \"a\\\"\\\\b: \""),
        ("t: v1", "v1", "", "t: \"\""),
        ("t: 1.20", "1.20", "1.20", "t: \"1.20\""),
        ("t: !!str 1.2", "1.2", "1.20", "t: !!str 1.20"),
        ("t: 'main'", "main", "1.20", "t: '1.20'"),
        ("t: 'main'", "main", "it's", "t: 'it''s'"),
        ("t: \"main\"", "main", "1.20", "t: \"1.20\""),
        ("t: \"main\"", "main", "a\"b\\", "t: \"a\\\"b\\\\\""),
        ("{\"t\": 1.2}", "1.2", "1.2", "{\"t\": \"1.2\"}"),
        ("i: a/b:v1", "v1", "v1@sha256:00", "i: a/b:v1@sha256:00"),
        ("i: {i: a/b:v1, k: v}", "v1", "v1@sha256:00", "i: {i: a/b:v1@sha256:00, k: v}"),
        ("- - a/b:v1", "v1", "1", "- - a/b:1"),
    ] {
        assert_eq!(replaced(before, old, new).as_deref(), Ok(after));
    }
}

#[test]
fn an_empty_value_has_no_text_to_replace() {
    for text in ["t:\nu: v1\n", "- \n- v1\n", "{t: , u: v1}\n"] {
        let file = file(text.as_bytes());
        let mut empty = Span::default();
        each_document(&file, |document| {
            let root = document.unwrap();
            let value = root.get("t").or(root.items().first()).unwrap();
            empty = value.span;
        });
        assert_eq!(Scalars::read(&file).replace(empty, "x"), Err(Refusal::Empty), "{text:?}");
    }
}

#[test]
fn what_is_not_written_letter_by_letter_is_refused() {
    for (before, old, refusal) in [
        ("t: |\n  v1\n", "v1", Refusal::Block),
        ("t: >-\n  v1\n", "v1", Refusal::Block),
        ("v: |\n  image: a:v1\n", "v1", Refusal::Block),
        ("t: \"v\\x31\"", "v\\x31", Refusal::Escaped),
        ("t: 'it''s'", "it", Refusal::Escaped),
        ("t: v1\n  v2\n", "v2", Refusal::Escaped),
        ("t: x # v1", "v1", Refusal::NotAScalar),
        ("t: [a, v1]", "a, v1", Refusal::NotAScalar),
    ] {
        assert_eq!(replaced(before, old, "new"), Err(refusal), "{before}");
    }
    assert_eq!(replaced("t: v1", "v1", "a\nb"), Err(Refusal::Unwritable));
}

#[test]
fn aliases_are_counted_through_the_mappings_that_they_stand_for() {
    for (text, aliases) in [
        ("a: v1", 0),
        ("a: &x v1\nb: *x\nc: [*x]", 2),
        ("a: &x {t: v1}\nb: *x\nc: {<<: *x, u: 1}", 2),
        ("a: &x {t: &y v1}\nb: *x\nc: *y", 2),
        ("a: &x {u: 1}\nb: *x\nc: v1", 0),
    ] {
        let file = file(text.as_bytes());
        let replacement = Scalars::read(&file).replace(place(&file, "v1"), "v2").unwrap();
        assert_eq!(replacement.aliases, aliases, "{text}");
    }
}

#[test]
fn keys_and_whole_scalars_are_known() {
    let file = file(b"a: {newTag: v1}\nb: ['x:v2']\n");
    let scalars = Scalars::read(&file);
    assert_eq!(scalars.key(place(&file, "v1")), Some("newTag"));
    assert_eq!(scalars.key(place(&file, "v2")), Some("b"));
    assert_eq!(scalars.text(place(&file, "v2")), Some("x:v2"));
    assert_eq!(scalars.key(place(&file, "newTag")), None);
}

#[test]
fn an_entry_is_added_in_the_style_of_its_neighbour() {
    for (before, after) in [
        ("r:\n  tag: v1 # c\nx: 1\n", "r:\n  tag: v1 # c\n  digest: d\nx: 1\n"),
        ("r:\r\n  tag: 'v1'\r\n", "r:\r\n  tag: 'v1'\r\n  digest: d\r\n"),
        ("r:\n  tag: v1", "r:\n  tag: v1\n  digest: d"),
        ("- tag: v1\n", "- tag: v1\n  digest: d\n"),
        ("{a: 1}: 2\ntag: v1", "{a: 1}: 2\ntag: v1\ndigest: d"),
        ("r: {tag: v1}", "r: {tag: v1, digest: d}"),
        ("r: {tag: \"v1\", x: 1}", "r: {tag: \"v1\", digest: d, x: 1}"),
        ("{\"tag\": \"v1\"}", "{\"tag\": \"v1\", \"digest\": \"d\"}"),
        ("{\n  \"tag\": \"v1\"\n}", "{\n  \"tag\": \"v1\", \"digest\": \"d\"\n}"),
    ] {
        let before_file = file(before.as_bytes());
        let added = Scalars::read(&before_file).add_beside(place(&before_file, "v1"), "digest", "d").unwrap();
        let after_file = file(&apply(&before_file, &[added.edit]).unwrap());
        assert_eq!(after_file.text(), after);
        let found = differences(&before_file, &after_file).unwrap();
        assert!(matches!(found.as_slice(), [Difference::Entry { key, .. }] if key == "digest"), "{after}");
    }
    let list = file(b"- v1");
    assert_eq!(Scalars::read(&list).add_beside(place(&list, "v1"), "k", "v"), Err(Refusal::NoRoom));
    for explicit in [
        "?\n tag\n: v1",
        "?\n-\n: v1",
        "tag: v1\rb: 1\n",
        "tag: v1 #\u{2028}b: 1\n",
        "[1,\n: v1\n]",
        "[1,\n  a: v1]",
        "[1,\na: v1\n]",
        "{a: 'v1'\r\t}",
    ] {
        let explicit = file(explicit.as_bytes());
        assert_eq!(
            Scalars::read(&explicit).add_beside(place(&explicit, "v1"), "k", "v"),
            Err(Refusal::NoRoom)
        );
    }
    let anchored = file(b"&a tag: v1\n");
    assert_eq!(Scalars::read(&anchored).add_beside(place(&anchored, "v1"), "k", "v"), Err(Refusal::NoRoom));
    let plain = file(b"tag: v1\n");
    for (key, value) in [("a: b", "c"), ("k", "a #b"), ("k", "1.0")] {
        let added = Scalars::read(&plain).add_beside(place(&plain, "v1"), key, value);
        assert_eq!(added, Err(Refusal::Unwritable), "{key} {value}");
    }
}

/// A scalar of a random document: how it is written, and its value.
#[derive(Clone, Debug)]
struct Written {
    text: String,
    style: usize,
    anchored: bool,
}

fn written() -> impl Strategy<Value = Written> {
    ("[e-jl-w][a-zé😀0-9./:@_-]{0,8}[a-z0-9]", 0..3usize, any::<bool>())
        .prop_map(|(text, style, anchored)| Written { text, style, anchored })
}

impl Written {
    fn render(&self, index: usize) -> String {
        let anchor = if self.anchored { format!("&n{index} ") } else { String::new() };
        let text = &self.text;
        match self.style {
            0 => format!("{anchor}{text}"),
            1 => format!("{anchor}'{text}'"),
            _ => format!("{anchor}\"{text}\""),
        }
    }
}

/// A document of several forms around the scalars, with comments and aliases.
fn document(scalars: &[Written], forms: &[usize]) -> String {
    let mut out = String::from("# é head\n");
    for (index, scalar) in scalars.iter().enumerate() {
        let rendered = scalar.render(index);
        let form = forms.get(index % forms.len().max(1)).copied().unwrap_or_default();
        out += &match form {
            0 => format!("k{index}: {rendered} # image: x\n"),
            1 => format!("k{index}:\n  deep:\n  - a: {rendered}\n    b: 1.20\n"),
            2 => {
                format!("k{index}: {{x: [1, {rendered}], \"y\": {index}}}\n")
            }
            3 => format!("k{index}:\n- {rendered}\n- |\n  text: 1\n"),
            _ => format!("? k{index}\n: {rendered}\n"),
        };
        if scalar.anchored {
            out += &format!("alias{index}: *n{index}\n");
        }
    }
    out
}

proptest! {
    #[test]
    fn exactly_one_scalar_of_a_random_document_differs(
        scalars in proptest::collection::vec(written(), 1..8),
        forms in proptest::collection::vec(0..5usize, 1..8),
        which in any::<prop::sample::Index>(),
        new in "[ -~é😀]{0,12}",
        crlf in any::<bool>(),
        marked in any::<bool>(),
        cut in any::<bool>(),
    ) {
        let index = which.index(scalars.len());
        let mut text = document(&scalars, &forms);
        if crlf { text = text.replace('\n', "\r\n"); }
        if cut { text.truncate(text.trim_end().len()); }
        let bytes = if marked { format!("\u{feff}{text}") } else { text.clone() };
        let before = file(bytes.as_bytes());
        let read = Scalars::read(&before);
        let at = read.all.iter().filter(|entry| before.slice(entry.span) == scalars[index].text);
        let at = at.map(|entry| entry.span).next().unwrap();
        let replacement = read.replace(at, &new).unwrap();
        let edit = replacement.edit.clone();
        let after = file(&apply(&before, &[replacement.edit]).unwrap());
        // All bytes outside of the edit are the same, which holds the line ends, the mark and the comments.
        let end = before.text().len() - edit.span.range().end;
        prop_assert_eq!(&before.text()[..edit.span.range().start], &after.text()[..edit.span.range().start]);
        prop_assert_eq!(
            &before.text()[edit.span.range().end..],
            &after.text()[after.text().len() - end..]
        );
        prop_assert_eq!(before.bytes().starts_with(b"\xef\xbb\xbf"), after.bytes().starts_with(b"\xef\xbb\xbf"));
        let expected = Difference::Scalar { before: at, text: new.clone() };
        let expected = if new == before.slice(at) { vec![] } else { vec![expected] };
        prop_assert_eq!(differences(&before, &after), Some(expected), "{}", after.text());
    }
}
