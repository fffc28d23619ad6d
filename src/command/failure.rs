//! Errors and notes on standard error.

use std::io::{self, Write as _};

use miette::Diagnostic as _;

use crate::ci::Env;
use crate::error::Error;
use crate::report;

use super::terminal::error_style;

/// Writes an error with its place and its help.
pub(super) fn complain(error: &Error, env: &Env) {
    let help = error.help().map(|help| help.to_string());
    let text = report::failure(&whole(error), help.as_deref(), error.site(), error_style(env));
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Writes a note, unless notes are not wanted.
pub(super) fn note(quiet: bool, text: &str) {
    if !quiet {
        let _ = io::stderr().write_all(report::note(text).as_bytes());
    }
}

/// Writes a fault that does not end the run.
pub(super) fn warn(text: &str) {
    let _ = io::stderr().write_all(report::fault(text).as_bytes());
}

/// Writes lines of a report to standard error, besides the text on standard output.
pub(super) fn beside(quiet: bool, text: &str) {
    if !quiet {
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

/// The message of an error with its causes.
pub(super) fn whole(error: &Error) -> String {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    message
}
