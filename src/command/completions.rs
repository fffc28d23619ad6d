//! `pullable completions`: completions for a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;

use super::outcome::Outcome;

pub(super) fn completions(shell: Shell) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "pullable", &mut text);
    Outcome::text(String::from_utf8_lossy(&text).into_owned())
}
