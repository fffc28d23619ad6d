//! The commands, one file each. A command returns the text for standard output and the exit code; only this
//! file prints the text and exits with the code.

use std::io;

use crate::ci::Env;
use crate::cli::{Cli, Command};
use crate::error::Error;

mod audit;
mod check;
mod completions;
mod corrections;
mod doctor;
mod drift;
mod explain;
mod failure;
mod fix;
mod gate;
mod hook;
mod images;
mod init;
mod locate;
mod man;
mod merge;
mod outcome;
mod pin;
mod progress;
mod records;
mod revert;
mod sentry;
mod serve;
mod setup;
mod signals;
mod terminal;

use outcome::{Outcome, REFUSED};

/// Runs a command of the program, and returns its exit code.
pub fn main(cli: Cli, env: Env) -> u8 {
    let env = std::sync::Arc::new(env);
    let outcome = match cli.command {
        Command::Check(args) => check::check(&args, &env),
        Command::Images(args) => images::images(&args, &env),
        Command::Where(args) => locate::run(&args, &env),
        Command::Fix(args) => fix::fix(&args, &env),
        Command::Pin(args) => pin::pin(&args, &env),
        Command::Revert(args) => revert::run(&args, &env),
        Command::Sentry(args) => sentry::run(&args, &env),
        Command::Audit(args) => audit::run(&args, &env),
        Command::Merge(args) => merge::run(&args, &env),
        Command::Drift(args) => drift::run(&args, &env),
        Command::Doctor(args) => doctor::run(&args, &env),
        Command::Init(args) => init::run_init(&args, &env),
        Command::Hook { command } => hook::hook(&command, &env),
        Command::Explain { rule } => explain::explain(rule.as_deref(), &env),
        Command::Completions { shell } => Ok(completions::completions(shell)),
        Command::Man { command } => man::man(&command),
    };
    if let Some(signal) = signals::signal() {
        signals::report(signal);
        return signal.exit_code();
    }
    match outcome.and_then(|outcome| print(&outcome)) {
        Ok(code) => code,
        Err(error) => {
            failure::complain(&error, &env);
            REFUSED
        }
    }
}

/// Writes to standard output. A closed pipe is not an error, because the reader needs no more; every other
/// failure is an error.
fn print(outcome: &Outcome) -> Result<u8, Error> {
    match outcome.write(io::stdout().lock()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::Stdout(error)),
        _ => Ok(outcome.code),
    }
}
