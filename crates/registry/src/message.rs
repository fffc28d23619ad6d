//! Texts of answers that are not verdicts, and text from a registry made safe to print.

use std::time::Duration;

use oci_client::errors::{OciEnvelope, OciErrorCode};
use reqwest::StatusCode;

use model::{Cause, Unverified};

/// Maximum length of text of a registry that is quoted, in characters.
const MAX_TEXT: usize = 200;
/// Maximum length of a detail, in characters.
const MAX_DETAIL: usize = 500;

/// A cause with its detail made safe to print.
pub(crate) fn unverified(cause: Cause, detail: &str) -> Unverified {
    Unverified { cause, detail: clean(detail, MAX_DETAIL) }
}

/// A text from outside as one line, without control characters and marks that change the writing direction.
pub fn clean(text: &str, longest: usize) -> String {
    let mut line = String::new();
    // Bounded before it is copied: the text may be a body of many megabytes.
    for c in text.chars().take(longest * 8) {
        if is_hidden(c) {
            continue;
        }
        if !is_blank(c) {
            line.push(c);
        } else if !line.is_empty() && !line.ends_with(' ') {
            line.push(' ');
        }
    }
    let line = line.trim_end();
    if line.chars().count() <= longest {
        return line.to_owned();
    }
    line.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}

fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\u{2028}' | '\u{2029}') || c.is_control()
}

/// True if a body reports, in the error format of registries, that a part is missing. Denials, limits and
/// failures do not report that, independent of their status.
pub(crate) fn says_missing(body: &[u8]) -> bool {
    let Some((code, _)) = first_error(body) else { return false };
    let letters: String = code.chars().filter(char::is_ascii_alphabetic).collect();
    let letters = letters.to_ascii_uppercase();
    ["UNKNOWN", "NOTFOUND", "NOTEXIST", "INVALID"].into_iter().any(|word| letters.contains(word))
}

/// The status with the first error in the body, if there is one: `403 DENIED: message`.
pub(crate) fn status(status: StatusCode, body: &[u8]) -> String {
    let reason = status.canonical_reason().unwrap_or("unknown status");
    match first_error(body) {
        Some((code, message)) if message.is_empty() => format!("{} {code}", status.as_u16()),
        Some((code, message)) => format!("{} {code}: {message}", status.as_u16()),
        None => format!("{} {reason}", status.as_u16()),
    }
}

/// Code and message of the first error in a body.
fn first_error(body: &[u8]) -> Option<(String, String)> {
    let error = serde_json::from_slice::<OciEnvelope>(body).ok()?.errors.into_iter().next()?;
    let code = match error.code {
        OciErrorCode::Other(code) => code,
        known => serde_json::to_value(known).ok()?.as_str()?.to_owned(),
    };
    let code = clean(&code, MAX_TEXT);
    if code.is_empty() { None } else { Some((code, clean(&error.message, MAX_TEXT))) }
}

/// A registry fails, or contradicts itself.
pub(crate) fn registry_error(why: &str) -> Unverified {
    unverified(Cause::RegistryError, why)
}

/// No connection to a host.
pub(crate) fn unreachable(host: &str, why: &str) -> Unverified {
    unverified(Cause::Unreachable, &format!("{host} cannot be reached: {why}"))
}

/// A request ran out of time.
pub(crate) fn timed_out(host: &str, timeout: Duration) -> Unverified {
    unreachable(host, &format!("timed out after {timeout:?}"))
}

/// The user's own configuration forbids to query a host.
pub(crate) fn blocked(host: &str, by: &str) -> Unverified {
    unverified(Cause::Unreachable, &format!("{host} is not queried: {by} blocks it"))
}

/// The deadline of the run passed.
pub(crate) fn overdue(host: &str) -> Unverified {
    unverified(Cause::Deadline, &format!("the run's deadline passed before {host} answered"))
}

/// A registry that limits the rate of all requests.
pub(crate) fn limited(host: &str, said: &str) -> Unverified {
    unverified(Cause::RateLimited, &format!("{host} limits the rate of requests ({said})"))
}

/// A registry requires a pause until after the deadline.
pub(crate) fn paused(host: &str) -> Unverified {
    let why = format!("{host} limits the rate of requests, and its Retry-After exceeds the run's deadline");
    unverified(Cause::RateLimited, &why)
}

/// Adds the number of attempts, if a registry could not be reached.
pub(crate) fn after_attempts(why: Unverified, attempts: u32) -> Unverified {
    if attempts > 1 && why.cause == Cause::Unreachable {
        return Unverified { detail: format!("{}, {attempts} times", why.detail), ..why };
    }
    why
}

/// A server that does not answer like a registry.
pub(crate) fn no_registry(host: &str, why: &str) -> Unverified {
    unverified(Cause::RegistryError, &format!("{host} does not answer like a registry: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_one_bounded_line() {
        assert_eq!(clean("a\r\n##[error]b\u{1b}[31m\u{202e}c\t ", 50), "a ##[error]b [31mc");
        assert_eq!(clean(&"é".repeat(300), 200).chars().count(), 200);
        assert_eq!(clean("", 5), "");
    }

    #[test]
    fn statuses() {
        let body = br#"{"errors":[{"code":"DENIED","message":"no\naccess"},{"code":"X"}]}"#;
        assert_eq!(status(StatusCode::FORBIDDEN, body), "403 DENIED: no access");
        assert_eq!(status(StatusCode::NOT_FOUND, br#"{"errors":[{"code":"NOT_FOUND"}]}"#), "404 NOT_FOUND");
        assert_eq!(status(StatusCode::BAD_GATEWAY, b"<html>"), "502 Bad Gateway");
        assert_eq!(status(StatusCode::OK, br#"{"errors":[]}"#), "200 OK");
        assert!(!says_missing(br#"{"errors":[{"code":""}]}"#) && !says_missing(body));
        for (code, gone) in [
            ("MANIFEST_UNKNOWN", true),
            ("NAME_UNKNOWN", true),
            ("NOT_FOUND", true),
            ("not found", true),
            ("UNKNOWN", true),
            ("NAME_INVALID", true),
            ("REPOSITORY_NOT_EXIST", true),
            ("TOOMANYREQUESTS", false),
            ("TOO_MANY_REQUESTS", false),
            ("UNAUTHORIZED", false),
            ("UNSUPPORTED", false),
            ("UNAVAILABLE", false),
            ("INTERNAL_ERROR", false),
        ] {
            let body = format!(r#"{{"errors":[{{"code":"{code}"}}]}}"#);
            assert_eq!(says_missing(body.as_bytes()), gone, "{code}");
        }
    }
}
