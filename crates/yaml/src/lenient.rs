//! The second reader, for documents that the parser of YAML 1.2 refuses: a port of libyaml. The YAML readers of Kubernetes,
//! kustomize and Helm are ports of libyaml too. They read, for example, a quoted text that continues at the margin, and an
//! alias with a colon behind its name (`{*c: []}`). A document that libyaml refuses is deployed by none of them, except JSON:
//! kubectl and Argo CD read a text that begins with `{` by Go's reader of JSON.

use std::panic::{AssertUnwindSafe, catch_unwind};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use libyaml_safer::{EventData, Parser};
use serde::de::IgnoredAny;
use source::Span;

/// The message about a name with a colon: the one reader ends the name there, and the other one does not.
pub(super) fn two_meanings(name: &str) -> String {
    format!("the YAML reader of Kubernetes ends the name of the anchor {name} at its colon")
}

/// The message about a plain text that begins with a question mark: `{?image: a:1}` has the key `image` for the one reader.
pub(super) const MARK_OF_KEY: &str =
    "the YAML reader of Kubernetes takes a question mark in braces and brackets as the mark of a key";

/// True for binary data that is text: the readers of Kubernetes decode it.
pub(super) fn is_encoded_text(encoded: &str) -> bool {
    let encoded: String = encoded.split_ascii_whitespace().collect();
    let decoded = BASE64_STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.is_some_and(|text| !text.is_empty())
}

/// Largest text that is read, in bytes.
const MAX_TEXT: usize = 4 << 20;
/// Deepest nesting that is read: libyaml looks at each open collection for each token.
const MAX_DEPTH: usize = 128;

/// The second reader of a text of one or more documents.
pub(super) struct Lenient<'a> {
    /// `None` if nobody needs its results.
    text: Option<&'a str>,
    /// The result for the whole text, once it is known.
    whole: Option<bool>,
}

impl<'a> Lenient<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text: Some(text), whole: None }
    }

    /// A reader that reads nothing.
    pub(super) fn unused() -> Self {
        Self { text: None, whole: None }
    }

    /// True if the part or the whole text is JSON, or read by libyaml, or if this cannot be decided. Deployers split a text
    /// into documents, or read it as a whole.
    pub(super) fn may_read(&mut self, part: Span) -> bool {
        let Some(text) = self.text else { return false };
        may_be_read(text.get(part.range()).unwrap_or_default())
            || *self.whole.get_or_insert_with(|| may_be_read(text))
    }
}

fn may_be_read(text: &str) -> bool {
    if text.len() > MAX_TEXT || has_tag_with_comma(text) || is_json(text) {
        return true;
    }
    // The port does not expect an end of the text within a block scalar.
    let lines = format!("{text}\n");
    catch_unwind(AssertUnwindSafe(|| is_read(&lines))).unwrap_or(true)
}

/// True if the text begins with an object of JSON. Half of a surrogate pair is accepted, as by Go.
fn is_json(text: &str) -> bool {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    text.trim_start().starts_with('{') && matches!(values.next(), Some(Ok(_)))
}

fn is_read(text: &str) -> bool {
    let mut bytes = text.as_bytes();
    let mut parser = Parser::new();
    parser.set_input_string(&mut bytes);
    let mut depth = 0_usize;
    while depth <= MAX_DEPTH {
        let Ok(event) = parser.parse() else { return false };
        match event.data {
            EventData::StreamEnd => return true,
            EventData::SequenceStart { .. } | EventData::MappingStart { .. } => depth += 1,
            EventData::SequenceEnd | EventData::MappingEnd => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

/// True for a tag with a comma, like `!a,`: the port panics at it in brackets.
fn has_tag_with_comma(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let mut parts = word.split('!');
        let first = parts.next().unwrap_or_default();
        let is_start = first.is_empty() || first.ends_with(['[', '{', ']', '}', ',', ':', '"', '\'']);
        is_start && parts.any(|rest| rest.contains(','))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lenient_reader_is_that_of_kubernetes() {
        for text in [
            "a: 'x\ny'\n",
            "a: &c b\n*c: [1]\n",
            "{a: &c b, *c: [1]}",
            "a: >#\n x\n",
            "a: \n|\n",
            "a: [-]\n",
            "a: |",
            "[!a, b]",
            r#"{"a": "\ud800"}"#,
            "{\"a\": \"\u{81}\"}\n{\"a\": 1}",
            "{\"a\":!b, c: d}",
        ] {
            assert!(may_be_read(text), "{text}");
        }
        for text in [
            "a: [\n",
            "a: b: c\n",
            "{{ if .a }}\na: 1\n{{ end }}\n",
            "{// a\n\"b\": 1}",
            "a: 1\n b: 2\n",
            "\"a",
        ] {
            assert!(!may_be_read(text), "{text}");
        }
    }

    #[test]
    fn a_part_is_read_by_itself_or_with_the_others() {
        let text = "a: [\n---\nb: 'x\ny'\n";
        let second = Span::new(9..text.len());
        assert!(Lenient::new(text).may_read(second), "the whole text is not read");
        assert!(!Lenient::new(text).may_read(Span::new(0..9)));
    }

    #[test]
    fn what_is_not_decided_may_be_read() {
        let long = |length: usize| format!("]{}", " ".repeat(length - 1));
        assert!(may_be_read(&long(MAX_TEXT + 1)) && !may_be_read(&long(MAX_TEXT)));
        let nested = |depth: usize| format!("{}]: [", "[".repeat(depth));
        assert!(may_be_read(&nested(MAX_DEPTH + 2)) && !may_be_read(&nested(10)));
        let many = format!("{}a: b: c\n", "- []\n- {}\n".repeat(MAX_DEPTH));
        assert!(!may_be_read(&many), "collections that are closed do not nest");
        assert!(may_be_read("a: !b,c d: e: f\n"), "a tag with a comma");
    }

    #[test]
    fn binary_data_that_is_text() {
        for (encoded, expected) in
            [("aW1hZ2U=", true), ("aW1h\n  Z2U=", true), ("", false), ("/w==", false), ("a*", false)]
        {
            assert_eq!(is_encoded_text(encoded), expected, "{encoded}");
        }
    }
}
