//! The corrections that a command requests.

use model::Rule;
use model::correction::{Mode, Task};

/// The requested corrections.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The command.
    pub task: Task,
    /// The use of the corrections.
    pub mode: Mode,
    /// The rules whose findings are corrected; none for all.
    pub rules: Vec<Rule>,
    /// True if corrections that need a confirmation are confirmed.
    pub confirmed: bool,
    /// True if digests of tags that have moved are replaced too.
    pub refresh: bool,
}
