//! The pieces of a text that is a template of Go: its texts and its expressions.
//! Source: <https://pkg.go.dev/text/template>.

/// A piece of a template, without comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    Text(&'t str),
    /// An expression whose value is written.
    Output(&'t str),
    /// `if`, `else`, `end`: it writes nothing, and changes no name.
    Condition(&'t str),
    /// `range`, `with` and others: names below it have another meaning.
    Scope(&'t str),
}

impl<'t> Piece<'t> {
    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&'t str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The pieces of a template. Whole lines that are a comment of YAML and have no expression are left out, and so are the
/// blanks beside a trim marker.
pub(super) fn pieces(template: &str) -> Vec<Piece<'_>> {
    let (mut all, mut rest, mut is_trimmed) = (Vec::new(), template, false);
    while let Some((text, behind)) = rest.split_once("{{") {
        let (expression, after) = split_expression(behind);
        let (inner, [trims_before, trims_behind]) = without_markers(expression);
        push_text(&mut all, text, is_trimmed, trims_before);
        all.extend(of_expression(inner.trim()));
        (rest, is_trimmed) = (after, trims_behind);
    }
    push_text(&mut all, rest, is_trimmed, false);
    all
}

/// An expression without trim markers, and if it has one at its beginning and at its end.
pub(super) fn without_markers(expression: &str) -> (&str, [bool; 2]) {
    let (inner, trims_before) = match expression.strip_prefix('-') {
        Some(inner) if inner.starts_with(char::is_whitespace) => (inner, true),
        _ => (expression, false),
    };
    match inner.strip_suffix('-') {
        Some(inner) if inner.ends_with(char::is_whitespace) => (inner, [trims_before, true]),
        _ => (inner, [trims_before, false]),
    }
}

/// An expression, and the text behind it. Braces in a text or a comment do not end it.
fn split_expression(text: &str) -> (&str, &str) {
    let inner = text.trim_start_matches('-').trim_start();
    if inner.starts_with("/*") {
        let end = text.find("*/").map_or(text.len(), |at| at + 2);
        let close = text.get(end..).and_then(|rest| rest.find("}}")).map_or(text.len(), |at| end + at);
        return halves(text, close);
    }
    let (mut quote, mut is_escaped) = (None, false);
    for (at, c) in text.char_indices() {
        match quote {
            Some(_) if is_escaped => is_escaped = false,
            Some(open) => {
                is_escaped = c == '\\' && open != '`';
                quote = Some(open).filter(|open| c != *open);
            }
            None if matches!(c, '"' | '`' | '\'') => quote = Some(c),
            None if text.get(at..).is_some_and(|rest| rest.starts_with("}}")) => return halves(text, at),
            None => {}
        }
    }
    (text, "")
}

fn halves(text: &str, close: usize) -> (&str, &str) {
    (text.get(..close).unwrap_or(text), text.get(close + 2..).unwrap_or_default())
}

fn of_expression(expression: &str) -> Option<Piece<'_>> {
    let word = expression.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    match word {
        _ if expression.starts_with("/*") => None,
        "if" | "else" | "end" => Some(Piece::Condition(expression)),
        "range" | "with" | "template" | "block" | "define" | "break" | "continue" => {
            Some(Piece::Scope(expression))
        }
        _ if expression.starts_with('$') && expression.contains('=') => Some(Piece::Scope(expression)),
        _ => Some(Piece::Output(expression)),
    }
}

fn push_text<'t>(all: &mut Vec<Piece<'t>>, text: &'t str, trims_start: bool, trims_end: bool) {
    let text = if trims_start { text.trim_start() } else { text };
    let text = if trims_end { text.trim_end() } else { text };
    let mut lines = text.split_inclusive('\n').enumerate().peekable();
    while let Some((at, line)) = lines.next() {
        // The first line continues an expression, and an expression may continue the last one.
        let is_whole = (at > 0 || all.is_empty()) && (lines.peek().is_some() || line.ends_with('\n'));
        let is_comment = is_whole && line.trim_start().starts_with('#');
        if !is_comment && !line.is_empty() {
            all.push(Piece::Text(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Piece::{Condition, Output, Scope, Text};
    use super::pieces;

    #[test]
    fn texts_and_expressions() {
        let template = "a: 1\n# source: x\n# {{ .c }}\nb: {{- .b | quote -}} \nc: {{/* source: }} */}}{{ if eq .d \"}}\" }}d{{ end }}{{ range .e }}";
        let expected = [
            Text("a: 1\n"),
            Text("# "),
            Output(".c"),
            Text("\n"),
            Text("b:"),
            Output(".b | quote"),
            Text("c: "),
            Condition("if eq .d \"}}\""),
            Text("d"),
            Condition("end"),
            Scope("range .e"),
        ];
        assert_eq!(pieces(template), expected);
    }

    #[test]
    fn pieces_that_are_odd() {
        for (template, expected) in [
            ("{{", vec![Output("")]),
            ("{{ .a", vec![Output(".a")]),
            ("{{-.a}}", vec![Output("-.a")]),
            ("{{ `a}}` }}b", vec![Output("`a}}`"), Text("b")]),
            ("{{ \"\\\"}}\" }}", vec![Output("\"\\\"}}\"")]),
            ("{{ $a := 1 }}", vec![Scope("$a := 1")]),
            ("{{ endless }}", vec![Output("endless")]),
            ("", vec![]),
        ] {
            assert_eq!(pieces(template), expected, "{template}");
        }
    }
}
