//! The corrections that a command asks for.

use model::Rule;
use model::correction::{Mode, Task};

/// The corrections that are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The command.
    pub task: Task,
    /// The use of the corrections.
    pub mode: Mode,
    /// The rules whose findings are corrected; none for all.
    pub rules: Vec<Rule>,
    /// True if corrections that need a confirmation have it.
    pub confirmed: bool,
    /// True if digests of tags that have moved are replaced too.
    pub refresh: bool,
}
