//! The parts of a unit.

use model::FileProblem;

use crate::document::Document;

/// A part of a unit.
#[derive(Debug)]
pub enum Part {
    /// A document.
    Document(Document),
    /// A part that could not be read.
    Problem(FileProblem),
}
