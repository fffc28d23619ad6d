//! `pullable completions`: completions for a shell. Values that the parser reads as text are completed too: rules,
//! commands, and formats of reports.

use clap::builder::PossibleValuesParser;
use clap::{CommandFactory as _, ValueEnum as _};
use clap_complete::Shell;

use model::Rule;

use crate::cli::Cli;
use crate::report::Format;

use super::outcome::Outcome;

pub(super) fn completions(shell: Shell) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command(), "pullable", &mut text);
    Outcome::text(String::from_utf8_lossy(&text).into_owned())
}

/// The command line with every value that is known.
fn command() -> clap::Command {
    let whole = Cli::command();
    let commands = whole.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let rules = Rule::ALL.iter().map(|rule| rule.id().to_owned()).collect();
    let reports: Vec<String> = Format::value_variants().iter().map(|format| format!("{format}=")).collect();
    let whole = with_values(whole, "man", "command", commands);
    let whole = with_values(whole, "explain", "rule", rules);
    let whole = with_values(whole, "check", "report", reports.clone());
    with_values(whole, "images", "report", reports)
}

fn with_values(whole: clap::Command, command: &str, argument: &str, values: Vec<String>) -> clap::Command {
    whole.mut_subcommand(command, |command| {
        command.mut_arg(argument, |argument| argument.value_parser(PossibleValuesParser::new(values)))
    })
}
