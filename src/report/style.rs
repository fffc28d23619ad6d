//! The style of text reports: colours, characters, columns, and the amount of detail.

/// The style of a text report.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a property of a terminal")]
pub struct Style {
    /// With colours.
    pub color: bool,
    /// With links that a terminal opens (OSC 8).
    pub links: bool,
    /// With characters beyond ASCII.
    pub unicode: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// The amount of detail.
    pub volume: Volume,
    /// With every reference, and the steps that lead to its value.
    pub explain: bool,
}

/// The amount of detail in a text report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Volume {
    /// Errors and warnings.
    Quiet,
    /// Findings, and the closing lines.
    Normal,
    /// Every reference too.
    Verbose,
}
