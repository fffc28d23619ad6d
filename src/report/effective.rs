//! The configuration in effect: text, and JSON.

use model::effective::{Effective, Origin, Setting, Value};

use super::safe::{self, log_lines, printable};

/// Maximum number of columns of a key or a value in an aligned column.
const WIDEST: usize = 40;
/// Number of digits of a commit in text.
const DIGITS: usize = 10;

/// The configuration for programs.
pub fn effective_json(effective: &Effective) -> String {
    safe::json(effective)
}

/// The configuration as text: a line for each setting, or for each item of a list.
pub fn effective(effective: &Effective) -> String {
    let mut rows = Vec::new();
    for Setting { key, value, source } in &effective.settings {
        for value in values(value) {
            rows.push((printable(key), printable(&value), source.as_str()));
        }
    }
    let (mut keys, mut texts) = (0, 0);
    for (key, value, _) in &rows {
        keys = keys.max(width(key));
        texts = texts.max(width(value));
    }
    let mut text = format!("{}\n\n", origin(effective.configuration.as_ref()));
    for (key, value, source) in rows {
        text += &format!("{key:<keys$}  {value:<texts$}  {source}\n");
    }
    log_lines(&text)
}

/// The number of columns of a text, if it is not too wide for the alignment.
fn width(text: &str) -> usize {
    let width = text.chars().count();
    if width > WIDEST { 0 } else { width }
}

fn origin(configuration: Option<&Origin>) -> String {
    match configuration {
        None => "there is no configuration file; all that is not set otherwise has its default".to_owned(),
        Some(Origin { path, base: None }) => format!("configuration: {}", printable(path)),
        Some(Origin { path, base: Some(base) }) => {
            let base = base.get(..DIGITS).unwrap_or(base);
            format!("configuration: {} of the base commit {base}", printable(path))
        }
    }
}

/// The lines of a value.
fn values(value: &Value) -> Vec<String> {
    match value {
        Value::Flag(flag) => vec![flag.to_string()],
        Value::Number(number) => vec![number.to_string()],
        Value::Text(text) => vec![text.clone()],
        Value::List(items) if items.is_empty() => vec!["none".to_owned()],
        Value::List(items) => items.clone(),
    }
}
