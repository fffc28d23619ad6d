//! The reports of `pullable doctor`: text, and JSON.

use model::doctor::{Diagnosis, Line, State};

use super::safe::{self, log_lines, printable};
use super::style::Style;
use super::wrap::wrapped;

/// Maximum number of columns of the text.
const WIDEST: usize = 120;
/// Maximum number of columns of a subject; a longer one has a separate line.
const LONGEST: usize = 20;

/// The report for programs.
pub fn doctor_json(diagnosis: &Diagnosis) -> String {
    safe::json(diagnosis)
}

/// The text report.
pub fn doctor(diagnosis: &Diagnosis, style: Style) -> String {
    let lengths = diagnosis.lines.iter().map(|line| line.subject.chars().count());
    let column = lengths.filter(|length| *length <= LONGEST).max().unwrap_or_default();
    let mut text = String::new();
    let mut before = "";
    for line in &diagnosis.lines {
        let shown = if line.subject == before { "" } else { line.subject.as_str() };
        before = &line.subject;
        text += &written(line, shown, column, style);
    }
    text.push('\n');
    text += &filled(closing(diagnosis), style.width, "", "");
    log_lines(&text)
}

fn written(line: &Line, subject: &str, column: usize, style: Style) -> String {
    let sign = sign(line.state, style.unicode);
    let subject = printable(subject);
    // Below its subject, the text has most of the columns.
    let narrow = style.width < 3 * (column + 4);
    let (head, indent) = if subject.chars().count() > column || narrow && !subject.is_empty() {
        (format!("{sign} {subject}\n    "), "    ".to_owned())
    } else if narrow {
        (format!("{sign}   "), "    ".to_owned())
    } else {
        (format!("{sign} {subject:<column$}  "), " ".repeat(column + 4))
    };
    let width = style.width.min(WIDEST);
    let first = head.rsplit('\n').next().unwrap_or_default().to_owned();
    let above = head.len() - first.len();
    let mut text = head.get(..above).unwrap_or_default().to_owned();
    text += &filled(&line.text, width, &first, &indent);
    if let Some(help) = &line.help {
        let arrow = if style.unicode { "→" } else { "->" };
        text += &filled(help, width, &format!("{indent}{arrow} "), &format!("{indent}  "));
    }
    text
}

fn filled(text: &str, width: usize, first: &str, indent: &str) -> String {
    let mut lines = wrapped(&printable(text), width, first, indent);
    lines.push('\n');
    lines
}

fn sign(state: State, unicode: bool) -> &'static str {
    match (state, unicode) {
        (State::Ok, true) => "✓",
        (State::Ok, false) => "+",
        (State::Note, _) => "!",
        (State::Unverified, _) => "?",
        (State::Fault, true) => "✗",
        (State::Fault, false) => "x",
    }
}

fn closing(diagnosis: &Diagnosis) -> &'static str {
    match diagnosis.exit_code() {
        0 => "nothing is wrong",
        1 => "something is wrong: see the lines above",
        _ => "nothing is known to be wrong, and something did not answer",
    }
}
