//! `pullable completions`: completions for a shell. Values that the parser treats as text are completed too:
//! rules, commands, and formats of reports.

use clap::builder::PossibleValuesParser;
use clap::{CommandFactory as _, ValueEnum as _};
use clap_complete::Shell;

use model::Rule;

use crate::cli::{Cli, MergeFormat};
use crate::report::Format;

use super::outcome::Outcome;

/// The name of the program.
const NAME: &str = "pullable";

pub(super) fn completions(shell: Shell) -> Outcome {
    let mut text = Vec::new();
    let mut whole = command();
    clap_complete::generate(shell, &mut whole, NAME, &mut text);
    let script = String::from_utf8_lossy(&text).into_owned();
    Outcome::text(match shell {
        Shell::Fish => script + &fish_arguments(&whole),
        Shell::PowerShell | Shell::Elvish => with_candidates(script, shell, &whole),
        _ => script,
    })
}

/// The values of arguments without a flag, which the generator for fish leaves out.
fn fish_arguments(whole: &clap::Command) -> String {
    let mut lines = String::new();
    for command in whole.get_subcommands() {
        for argument in command.get_positionals() {
            let values = values(argument).join(" ");
            if !values.is_empty() {
                let name = command.get_name();
                lines.push_str(&format!(
                    "complete -c {NAME} -n \"__fish_{NAME}_using_subcommand {name}\" -f -a \"{values}\"\n"
                ));
            }
        }
    }
    lines
}

/// A script of PowerShell or Elvish with the values of all arguments, which their generators leave out. A
/// value of an option is offered after the option, as in `--format=sarif`.
fn with_candidates(script: String, shell: Shell, whole: &clap::Command) -> String {
    let mut script = script;
    for command in whole.get_subcommands() {
        let mut lines = String::new();
        for argument in command.get_arguments() {
            let flag = argument.get_long().map(|long| format!("--{long}=")).unwrap_or_default();
            for value in values(argument) {
                lines.push_str(&candidate(shell, &format!("{flag}{value}")));
            }
        }
        let opening = match shell {
            Shell::PowerShell => format!("'{NAME};{}' {{\n", command.get_name()),
            _ => format!("&'{NAME};{}'= {{\n", command.get_name()),
        };
        script = script.replacen(&opening, &format!("{opening}{lines}"), 1);
    }
    script
}

fn candidate(shell: Shell, text: &str) -> String {
    match shell {
        Shell::PowerShell => format!(
            "            [CompletionResult]::new('{text}', '{text}', [CompletionResultType]::ParameterValue, '{text}')\n"
        ),
        _ => format!("            cand '{text}' ''\n"),
    }
}

/// The values of an argument, if they are known.
fn values(argument: &clap::Arg) -> Vec<String> {
    if !argument.get_action().takes_values() {
        return Vec::new();
    }
    argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
}

/// The command line with all known values.
fn command() -> clap::Command {
    let whole = Cli::command();
    let commands = whole.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let rules = Rule::ALL.iter().map(|rule| rule.id().to_owned()).collect();
    let reports: Vec<String> = Format::value_variants().iter().map(|format| format!("{format}=")).collect();
    let whole = with_values(whole, "man", "command", commands);
    let whole = with_values(whole, "explain", "rule", rules);
    let whole = with_values(whole, "check", "report", reports.clone());
    let whole = with_values(whole, "audit", "report", reports.clone());
    let merged = MergeFormat::value_variants().iter().map(|format| format!("{}=", format.format())).collect();
    let whole = with_values(whole, "merge", "report", merged);
    with_values(whole, "images", "report", reports)
}

fn with_values(whole: clap::Command, command: &str, argument: &str, values: Vec<String>) -> clap::Command {
    whole.mut_subcommand(command, |command| {
        command.mut_arg(argument, |argument| argument.value_parser(PossibleValuesParser::new(values)))
    })
}
