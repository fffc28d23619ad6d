//! The command line: its arguments, and the options of a run that they become.

mod arguments;
mod options;

pub use arguments::{CheckArgs, Cli, ColorArg, Command, CommonArgs, HookCommand, ScopeArg, UnverifiedArg};
pub use options::of_push;
