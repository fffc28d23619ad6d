//! The program: arguments, environment and the exit code.

use std::io;
use std::process::ExitCode;

use clap::Parser as _;
use pullable::ci::Env;
use pullable::cli::Cli;

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exit code if help cannot be written, as for every other text.
const NOT_WRITTEN: u8 = 2;

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => ExitCode::from(pullable::command::main(cli, Env::process())),
        Err(told) => tell(&told),
    }
}

/// Writes help, the version, or an error of the command line.
fn tell(told: &clap::Error) -> ExitCode {
    match told.print() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(NOT_WRITTEN),
        _ => ExitCode::from(u8::try_from(told.exit_code()).unwrap_or(NOT_WRITTEN)),
    }
}
