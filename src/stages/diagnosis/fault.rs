//! Lines about errors.

use miette::Diagnostic as _;
use model::doctor::{Line, State};

use crate::error::Error;

/// The remedy of an error.
pub(super) fn help(error: &Error) -> Option<String> {
    error.help().map(|help| help.to_string())
}

/// A line about a subject that cannot be used.
pub(super) fn fault(subject: &str, error: &Error) -> Line {
    Line { help: help(error), ..Line::new(subject, State::Fault, error.to_string()) }
}
