//! Reads the values of a configuration strictly: a value of another type and an unknown key are errors
//! at their place.

use model::nearest;
use yaml::{Meaning, Node};

use super::error::ConfigError;

/// Fails for a value that is not a mapping, and for the first unknown key.
pub(super) fn keys(node: &Node, known: &[&str], what: &str) -> Result<(), ConfigError> {
    if !node.is_mapping() {
        return Err(expected(node, &format!("{what}, a mapping,")));
    }
    for (key, _) in node.entries() {
        let name = key.scalar().unwrap_or_default();
        if known.contains(&name) {
            continue;
        }
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => did_you_mean(near),
            None => format!("{what} has the keys {}", known.join(", ")),
        };
        return Err(ConfigError::at(key.site(), format!("{what} has no key {name:?}")).help(help));
    }
    Ok(())
}

pub(super) fn text<'a>(node: &'a Node, what: &str) -> Result<&'a str, ConfigError> {
    node.text().ok_or_else(|| expected(node, what))
}

/// Reads a text that is not blank.
pub(super) fn reason(node: &Node) -> Result<&str, ConfigError> {
    let text = text(node, "a reason")?.trim();
    if text.is_empty() {
        return Err(ConfigError::at(node.site(), "the reason is empty".to_owned()));
    }
    Ok(text)
}

/// Reads `true` or `false`.
pub(super) fn boolean(node: &Node) -> Result<bool, ConfigError> {
    match (node.meaning(), node.scalar()) {
        (Some(Meaning::Bool), Some("true" | "True" | "TRUE")) => Ok(true),
        (Some(Meaning::Bool), Some("false" | "False" | "FALSE")) => Ok(false),
        _ => Err(expected(node, "`true` or `false`")),
    }
}

pub(super) fn list<'a>(node: &'a Node, what: &str) -> Result<&'a [Node], ConfigError> {
    if is_list(node) { Ok(node.items()) } else { Err(expected(node, what)) }
}

/// A list that is not empty, or a single scalar.
pub(super) fn one_or_several<'a>(node: &'a Node, what: &str) -> Result<Vec<&'a Node>, ConfigError> {
    match node.items() {
        [] if is_list(node) => {
            Err(ConfigError::at(node.site(), format!("{what} belongs here: this is empty")))
        }
        [] => Ok(vec![node]),
        several => Ok(several.iter().collect()),
    }
}

fn is_list(node: &Node) -> bool {
    node.meaning().is_none() && !node.is_mapping()
}

/// The error of a value of another type.
pub(super) fn expected(node: &Node, what: &str) -> ConfigError {
    let site = node.site();
    let written = site.text().to_owned();
    let (found, quote) = match node.meaning() {
        // In YAML a bare star begins an alias.
        Some(Meaning::Null) if written.starts_with('*') => (format!("the alias {written}"), true),
        Some(Meaning::Text(text)) => (format!("{text:?}"), false),
        Some(Meaning::Number(_)) => (format!("the number {written}"), true),
        Some(Meaning::Bool) => (format!("the boolean {written}"), true),
        Some(Meaning::Null) => ("nothing".to_owned(), false),
        None if node.is_mapping() => ("a mapping".to_owned(), false),
        None => ("a list".to_owned(), false),
    };
    let error = ConfigError::at(site, format!("{what} belongs here, not {found}"));
    if quote { error.help(format!("quote it: \"{written}\"")) } else { error }
}

pub(super) fn did_you_mean(name: &str) -> String {
    format!("did you mean {name}?")
}

/// A whole number within bounds.
pub(super) fn number<T: TryFrom<u16>>(node: &Node, least: u16, most: u16) -> Result<T, ConfigError> {
    let is_number = matches!(node.meaning(), Some(Meaning::Number(_)));
    let written = node.scalar().filter(|_| is_number).and_then(|text| text.parse::<u16>().ok());
    let fitting = written.filter(|number| (least..=most).contains(number));
    let found = fitting.and_then(|number| T::try_from(number).ok());
    found.ok_or_else(|| expected(node, &format!("a number from {least} to {most}")))
}
