//! The surroundings of a run: environment, date, standard input, and who is told of its progress.

use model::policy::Date;

use crate::ci::Env;

/// The surroundings of a run, besides its options.
pub struct Context<'a> {
    /// Environment variables.
    pub env: &'a Env,
    /// The day, for what expires.
    pub today: Date,
    /// Standard input, read to its end or a byte beyond the limit.
    pub stdin: &'a dyn Fn() -> std::io::Result<Vec<u8>>,
    /// Told how many of how many requests are answered.
    pub progress: &'a dyn Fn(usize, usize),
    /// Told each second what is waited for, and for how long still; in the end nothing.
    pub waiting: &'a dyn Fn(&str),
    /// Told what is worth knowing of the way there: credentials that could not be read.
    pub note: &'a dyn Fn(&str),
    /// Told what only who asks for more wants to know: where credentials came from.
    pub detail: &'a dyn Fn(&str),
}
