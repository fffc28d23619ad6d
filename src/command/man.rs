//! `pullable man`: the manual page of the program, or of a command.

use clap::CommandFactory as _;

use crate::cli::Cli;
use crate::error::Error;

use super::outcome::Outcome;

pub(super) fn man(command: Option<&str>) -> Result<Outcome, Error> {
    let mut page = Cli::command();
    page.build();
    if let Some(name) = command {
        let found = page.find_subcommand(name).cloned();
        page = found.ok_or_else(|| Error::UnknownCommand(name.to_owned()))?;
    }
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = clap_mangen::Man::new(page).render(&mut text);
    Ok(Outcome::text(String::from_utf8_lossy(&text).into_owned()))
}
