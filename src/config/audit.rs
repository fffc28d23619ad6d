//! The options of `pullable audit`, besides those that it shares with the gate.

/// References up to which their previous values are queried by default.
pub const MOST_ROLLED_BACK: usize = 2000;

/// The options of an audit.
#[derive(Clone, Copy, Debug)]
pub struct AuditOptions {
    /// The condition on which the previous values are queried.
    pub rollback: Rollback,
}

/// The condition on which the previous values of references are queried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollback {
    /// Up to [`MOST_ROLLED_BACK`] references.
    Auto,
    /// Whatever their number.
    Always,
    /// Never.
    Never,
}
