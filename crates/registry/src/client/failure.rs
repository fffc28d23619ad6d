//! Attempts without a reply: the reason in words, and the possibility of another attempt.

use std::error::Error;
use std::io::ErrorKind;

use rustls::CertificateError;

use super::http_client::{HttpError, NameError};
use crate::message::{self, unverified};
use model::{Cause, Unverified};

/// An attempt without a reply.
pub(super) struct Failure {
    pub(super) unverified: Unverified,
    /// True if another attempt can succeed.
    pub(super) retryable: bool,
    pub(super) stage: Stage,
}

/// The stage that an attempt reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The process has too many open files for another connection.
    NoFile,
    /// No connection was made, TLS included.
    NotConnected,
    /// The server sent no answer.
    NotAnswered,
    /// The server answered.
    Answered,
}

impl Stage {
    /// True if the server may be down.
    pub(super) fn is_silent(self) -> bool {
        matches!(self, Self::NotConnected | Self::NotAnswered)
    }
}

impl Failure {
    /// Sending a request to a host failed.
    pub(super) fn of_request(host: &str, error: &HttpError) -> Self {
        if cause_of::<hyper::Error>(error).is_some_and(hyper::Error::is_parse_too_large) {
            return Self::of_response(host, "sends a head of more than 256 KiB");
        }
        let (text, retryable) = reason(error);
        let stage = match error {
            _ if is_out_of_files(error) => Stage::NoFile,
            _ if error.is_connect() => Stage::NotConnected,
            _ => Stage::NotAnswered,
        };
        let retryable = retryable || stage == Stage::NoFile;
        Self { unverified: message::unreachable(host, &text), retryable, stage }
    }

    /// The body of a response could not be read to its end.
    pub(super) fn of_body(host: &str, error: &hyper::Error) -> Self {
        let (text, retryable) = reason(error);
        Self { unverified: message::unreachable(host, &text), retryable, stage: Stage::Answered }
    }

    /// A request was dropped, because too many others waited for a reply.
    pub(super) fn evicted(host: &str) -> Self {
        let unverified = message::unreachable(host, "it did not answer while hundreds of requests waited");
        Self { unverified, retryable: true, stage: Stage::NotAnswered }
    }

    /// A response is not read on, or a redirect is not followed.
    pub(super) fn of_response(host: &str, why: &str) -> Self {
        let unverified = unverified(Cause::RegistryError, &format!("{host} {why}"));
        Self { unverified, retryable: false, stage: Stage::Answered }
    }

    /// A connection received data that belong to no response. They may be the rest of a body that was too long, so a new
    /// connection may succeed.
    pub(super) fn of_flood(host: &str) -> Self {
        Self { retryable: true, ..Self::of_response(host, "sends data that belong to no response") }
    }

    /// A request is not sent.
    pub(super) fn not_sent(host: &str, why: &str) -> Self {
        let unverified = message::unreachable(host, why);
        Self { unverified, retryable: false, stage: Stage::NotAnswered }
    }
}

/// The reason of an error, and true if another attempt can succeed.
fn reason(error: &(dyn Error + 'static)) -> (String, bool) {
    if let Some(tls) = cause_of::<rustls::Error>(error) {
        return (format!("TLS: {}", tls_reason(tls)), is_retryable_tls(tls));
    }
    match cause_of::<NameError>(error) {
        Some(NameError::Denied(denied)) => return (denied.to_string(), false),
        Some(NameError::Unknown(why)) if is_temporary(why) => {
            return ("the name server does not answer".to_owned(), true);
        }
        Some(NameError::Unknown(_)) => return ("no such host".to_owned(), false),
        None => {}
    }
    let text = match cause_of::<std::io::Error>(error).map(std::io::Error::kind) {
        Some(ErrorKind::ConnectionRefused) => "connection refused",
        Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted) => {
            "connection reset"
        }
        Some(ErrorKind::UnexpectedEof) => "the connection was closed",
        Some(ErrorKind::TimedOut) => "connecting timed out",
        Some(ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable) => "no route to the host",
        _ => return (chain(error).last().map(ToString::to_string).unwrap_or_default(), true),
    };
    (text.to_owned(), true)
}

/// True if the process, or the whole system, has too many open files: `EMFILE` and `ENFILE`.
fn is_out_of_files(error: &HttpError) -> bool {
    matches!(cause_of::<std::io::Error>(error).and_then(std::io::Error::raw_os_error), Some(23 | 24))
}

/// True if the resolver reports a temporary failure, with the message of glibc, macOS or musl.
fn is_temporary(why: &std::io::Error) -> bool {
    let text = why.to_string();
    text.contains("emporary") || text.contains("ry again")
}

/// The reason for which the certificate of a server is not accepted, if this is the cause of an error.
pub fn certificate_fault(error: &(dyn Error + 'static)) -> Option<String> {
    let tls = cause_of::<rustls::Error>(error)?;
    matches!(tls, rustls::Error::InvalidCertificate(_)).then(|| format!("TLS: {}", tls_reason(tls)))
}

fn tls_reason(error: &rustls::Error) -> String {
    let text = match error {
        rustls::Error::InvalidCertificate(reason) => match reason {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the certificate has expired"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the certificate is not valid yet"
            }
            CertificateError::UnknownIssuer => {
                "the certificate is signed by an authority that is not trusted"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the certificate is for another name"
            }
            CertificateError::Revoked => "the certificate is revoked",
            other => return format!("the certificate is not accepted ({other})"),
        },
        rustls::Error::InvalidMessage(_) => {
            "the server does not speak it on this port (--insecure-registry allows plain HTTP)"
        }
        other => return other.to_string(),
    };
    text.to_owned()
}

fn is_retryable_tls(error: &rustls::Error) -> bool {
    !matches!(error, rustls::Error::InvalidCertificate(_) | rustls::Error::InvalidMessage(_))
}

/// The first cause of a type. TLS errors are wrapped in one or two `io::Error`, which hide them from `source`.
fn cause_of<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    for cause in chain(error) {
        if let Some(found) = cause.downcast_ref::<E>() {
            return Some(found);
        }
        if let Some(wrapped) = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref)
            && let Some(found) = cause_of::<E>(wrapped)
        {
            return Some(found);
        }
    }
    None
}

/// An error and its causes.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let current = next?;
        next = current.source();
        Some(current)
    })
}
