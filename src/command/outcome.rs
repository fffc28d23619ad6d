//! The outcome of a command: the text for standard output, and the exit code.

/// The exit code of a run that could not happen.
pub(super) const REFUSED: u8 = 2;

/// The text for standard output, and the exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) text: String,
    pub(super) code: u8,
}

impl Outcome {
    /// A text, with the exit code 0.
    pub(super) fn text(text: String) -> Self {
        Self { text, code: 0 }
    }
}
