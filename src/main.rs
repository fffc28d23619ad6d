//! The program: arguments, environment and the exit code.

use std::process::ExitCode;

use clap::Parser as _;
use pullable::ci::Env;
use pullable::cli::Cli;

fn main() -> ExitCode {
    ExitCode::from(pullable::command::main(Cli::parse(), Env::process()))
}
