//! Words for what went wrong: errors of the transport, error bodies of registries, refusals.

use std::error::Error;
use std::io::ErrorKind as Kind;
use std::time::Duration;

use oci_client::errors::{OciEnvelope, OciErrorCode};
use reqwest::StatusCode;

use super::private::Denied;
use model::{Cause, Unverified};

/// Longest text of a registry's that is repeated, in characters.
const MAX_TEXT: usize = 200;
/// Longest detail, in characters.
const MAX_DETAIL: usize = 500;

/// A cause with its detail made safe to print.
pub(super) fn unverified(cause: Cause, detail: &str) -> Unverified {
    Unverified { cause, detail: clean(detail, MAX_DETAIL) }
}

/// A foreign text as one line without control characters or marks that turn the writing direction.
pub(super) fn clean(text: &str, longest: usize) -> String {
    let hidden = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let mut line = String::new();
    // Bounded before it is copied: the text may be a body of many megabytes.
    let printable = text.chars().take(longest * 8).filter(|c| !hidden(*c)).map(|c| match c {
        '\u{2028}' | '\u{2029}' => ' ',
        c if c.is_control() => ' ',
        c => c,
    });
    for c in printable {
        if c != ' ' || !(line.is_empty() || line.ends_with(' ')) {
            line.push(c);
        }
    }
    let line = line.trim_end();
    if line.chars().count() <= longest {
        return line.to_owned();
    }
    line.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}

/// Whether a body says in the form that registries use that something is not there.
pub(super) fn says_gone(body: &[u8]) -> bool {
    // What denies, limits or fails is no word on whether something is there, whatever its status.
    first_error(body).is_some_and(|(code, _)| {
        let code: String = code.chars().filter(char::is_ascii_alphabetic).collect();
        let code = code.to_ascii_uppercase();
        ["UNKNOWN", "NOTFOUND", "NOTEXIST", "INVALID"].iter().any(|gone| code.contains(gone))
    })
}

/// The status with the registry's own first error, where the body holds one: `403 DENIED: message`.
pub(super) fn status(status: StatusCode, body: &[u8]) -> String {
    let reason = status.canonical_reason().unwrap_or("unknown status");
    match first_error(body) {
        Some((code, message)) if message.is_empty() => format!("{} {code}", status.as_u16()),
        Some((code, message)) => format!("{} {code}: {message}", status.as_u16()),
        None => format!("{} {reason}", status.as_u16()),
    }
}

fn first_error(body: &[u8]) -> Option<(String, String)> {
    let error = serde_json::from_slice::<OciEnvelope>(body).ok()?.errors.into_iter().next()?;
    let code = match error.code {
        OciErrorCode::Other(code) => code,
        known => serde_json::to_value(known).ok()?.as_str()?.to_owned(),
    };
    let code = clean(&code, MAX_TEXT);
    (!code.is_empty()).then(|| (code, clean(&error.message, MAX_TEXT)))
}

/// How sending a request failed.
pub(super) struct Failure {
    /// For a person.
    pub(super) text: String,
    /// Whether another attempt may fare better.
    pub(super) heals: bool,
}

/// Why no answer came, in words.
pub(super) fn failure(error: &reqwest::Error) -> Failure {
    let heals = |text: &str| Failure { text: text.to_owned(), heals: true };
    if let Some(tls) = cause_of::<rustls::Error>(error) {
        return tls_failure(tls);
    }
    if let Some(denied) = cause_of::<Denied>(error) {
        return Failure { text: denied.to_string(), heals: false };
    }
    if error.is_dns() {
        // The resolver's own word for "try again", in glibc, macOS and musl.
        let temporary = chain(error).any(|cause| {
            let text = cause.to_string();
            text.contains("emporary") || text.contains("ry again")
        });
        return if temporary {
            heals("the name server does not answer")
        } else {
            Failure { text: "no such host".into(), heals: false }
        };
    }
    if error.is_builder() {
        return Failure { text: "the address cannot be used".into(), heals: false };
    }
    match cause_of::<std::io::Error>(error).map(std::io::Error::kind) {
        Some(Kind::ConnectionRefused) => heals("connection refused"),
        Some(Kind::ConnectionReset | Kind::BrokenPipe | Kind::ConnectionAborted) => heals("connection reset"),
        Some(Kind::UnexpectedEof) => heals("the connection was closed"),
        Some(Kind::TimedOut) => heals("connecting timed out"),
        Some(Kind::NetworkUnreachable | Kind::HostUnreachable) => heals("no route to the host"),
        _ if error.is_timeout() => heals("connecting timed out"),
        _ => heals(&chain(error).last().map(ToString::to_string).unwrap_or_default()),
    }
}

fn tls_failure(error: &rustls::Error) -> Failure {
    use rustls::CertificateError as Certificate;
    use rustls::Error as Tls;
    let text = match error {
        Tls::InvalidCertificate(reason) => match reason {
            Certificate::Expired | Certificate::ExpiredContext { .. } => "the certificate has expired".into(),
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                "the certificate is not valid yet".into()
            }
            Certificate::UnknownIssuer => {
                "the certificate is signed by an authority that is not trusted".into()
            }
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                "the certificate is for another name".into()
            }
            Certificate::Revoked => "the certificate is revoked".into(),
            other => format!("the certificate is not accepted ({other})"),
        },
        Tls::InvalidMessage(_) => {
            "the server does not speak it on this port (--insecure-registry allows plain HTTP)".into()
        }
        other => other.to_string(),
    };
    Failure {
        text: format!("TLS: {text}"),
        heals: !matches!(error, Tls::InvalidCertificate(_) | Tls::InvalidMessage(_)),
    }
}

/// The first cause of a type. Errors of TLS travel inside of one `io::Error` or two, hidden from `source`.
fn cause_of<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    chain(error).find_map(|cause| {
        let inside = || cause.downcast_ref::<std::io::Error>()?.get_ref();
        cause.downcast_ref::<E>().or_else(|| cause_of::<E>(inside()?))
    })
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

/// No connection to a host.
pub(super) fn unreachable(host: &str, why: &str) -> Unverified {
    unverified(Cause::Unreachable, &format!("{host} cannot be reached: {why}"))
}

/// A request ran out of time.
pub(super) fn timed_out(host: &str, timeout: Duration) -> Unverified {
    unreachable(host, &format!("timed out after {timeout:?}"))
}

/// The user's own configuration forbids it.
pub(super) fn blocked(host: &str, by: &str) -> Unverified {
    unverified(Cause::Unreachable, &format!("{host} is not asked: {by} blocks it"))
}

/// The run ran out of time.
pub(super) fn overdue(host: &str) -> Unverified {
    unverified(Cause::Deadline, &format!("the run's deadline passed before {host} answered"))
}

/// A registry that limits the rate whenever it is asked.
pub(super) fn limited(host: &str, said: &str) -> Unverified {
    unverified(Cause::RateLimited, &format!("{host} limits the rate of requests ({said})"))
}

/// A registry asks to wait for longer than the run may take.
pub(super) fn paused(host: &str) -> Unverified {
    unverified(Cause::RateLimited, &format!("{host} asks to wait until after the run's deadline"))
}

/// Says how often a registry was tried that could not be reached.
pub(super) fn after_attempts(why: Unverified, attempts: u32) -> Unverified {
    if attempts > 1 && why.cause == Cause::Unreachable {
        return Unverified { detail: format!("{}, {attempts} times", why.detail), ..why };
    }
    why
}

/// Something answers that is no registry.
pub(super) fn no_registry(host: &str, why: &str) -> Unverified {
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
        assert!(!says_gone(br#"{"errors":[{"code":""}]}"#) && !says_gone(body));
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
            assert_eq!(says_gone(body.as_bytes()), gone, "{code}");
        }
    }
}
