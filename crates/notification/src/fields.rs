//! The fields of a JSON object, within bounds, and the names that Kubernetes accepts.

use serde_json::Value;

use crate::Object;
use crate::error::ParseError;

/// Maximum length of a name of an object, in bytes.
const LONGEST_NAME: usize = 253;
/// Maximum length of a namespace and kind, in bytes.
const LONGEST_LABEL: usize = 63;

/// A text cut to its bound.
pub(crate) fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// A text of an object; empty if it is absent, or no text.
pub(crate) fn text(object: &Value, name: &str, most: usize) -> String {
    cut(object.get(name).and_then(Value::as_str).unwrap_or_default(), most)
}

/// A required text. `name`: the path of the field, for the error.
pub(crate) fn required<'a>(
    object: &'a Value,
    field: &str,
    name: &'static str,
) -> Result<&'a str, ParseError> {
    match object.get(field) {
        None | Some(Value::Null) => Err(ParseError::Absent(name)),
        Some(value) => value.as_str().ok_or(ParseError::Unexpected { name, expected: "a text" }),
    }
}

/// The names of the fields of an identity, for errors.
pub(crate) struct Names {
    pub(crate) kind: &'static str,
    pub(crate) namespace: &'static str,
    pub(crate) name: &'static str,
}

/// The identity of an object; an error if Kubernetes would not accept it.
pub(crate) fn identity(names: &Names, kind: &str, namespace: &str, name: &str) -> Result<Object, ParseError> {
    let unexpected = |name, expected| Err(ParseError::Unexpected { name, expected });
    if !is_kind(kind) {
        return unexpected(names.kind, "a kind");
    }
    if !namespace.is_empty() && !is_namespace(namespace) {
        return unexpected(names.namespace, "a namespace");
    }
    if !is_name(name) {
        return unexpected(names.name, "the name of an object");
    }
    Ok(Object { kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() })
}

pub(crate) fn is_kind(text: &str) -> bool {
    let is_short = (1..=LONGEST_LABEL).contains(&text.len());
    is_short && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// True for a DNS label.
pub(crate) fn is_namespace(text: &str) -> bool {
    text.len() <= LONGEST_LABEL && !text.contains('.') && is_name(text)
}

/// True for a DNS subdomain.
pub(crate) fn is_name(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(is_inner) && !part.starts_with('-') && !part.ends_with('-')
    };
    text.len() <= LONGEST_NAME && text.split('.').all(is_part)
}
