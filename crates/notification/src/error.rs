//! The reasons why a body is not a notification.

use thiserror::Error;

use crate::bounds::LONGEST_BODY;

/// The reason why a body is not a notification. It repeats no text of the body.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ParseError {
    /// The body is longer than any notification.
    #[error("it is longer than {LONGEST_BODY} bytes")]
    TooLong,
    /// The body has only blanks.
    #[error("it is empty")]
    Empty,
    /// The body is no JSON.
    #[error("it is not JSON, at line {line}, column {column}")]
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It is JSON of another kind.
    #[error(
        "it is neither an event of Flux, nor a notification of Argo CD by the template pullable.argocd/1"
    )]
    Unknown,
    /// A field is absent.
    #[error("it has no {0}")]
    Absent(&'static str),
    /// A field has another type or content.
    #[error("its {name} is not {expected}")]
    Unexpected {
        /// The field.
        name: &'static str,
        /// The content that it should have.
        expected: &'static str,
    },
}
