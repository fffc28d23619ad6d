//! The outcome of a command: the text for standard output, and the exit code.

use std::io::{self, BufWriter, Write};

use model::Report;

use crate::report;

/// The exit code of a run that could not happen.
pub(super) const REFUSED: u8 = 2;

/// The text for standard output, and the exit code.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    text: String,
    /// The report to write as JSON: it may be large, so that it never is in memory as a text.
    json: Option<Box<Report>>,
    pub(super) code: u8,
}

impl Outcome {
    /// A text, and the exit code.
    pub(super) fn new(text: String, code: u8) -> Self {
        Self { text, json: None, code }
    }

    /// A text, with the exit code 0.
    pub(super) fn text(text: String) -> Self {
        Self::new(text, 0)
    }

    /// A report that is to be written as JSON.
    pub(super) fn json(report: Report, code: u8) -> Self {
        Self { text: String::new(), json: Some(Box::new(report)), code }
    }

    /// Writes the text.
    ///
    /// # Errors
    /// [`io::Error`] if the writer fails.
    pub(super) fn write(&self, writer: impl Write) -> io::Result<()> {
        let mut writer = BufWriter::new(writer);
        writer.write_all(self.text.as_bytes())?;
        if let Some(report) = &self.json {
            report::write_json(report, &mut writer)?;
        }
        writer.flush()
    }
}
