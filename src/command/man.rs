//! `pullable man`: the manual page of the program, or of a command.

use clap::CommandFactory as _;

use crate::cli::Cli;
use crate::error::Error;

use super::outcome::Outcome;

/// The page of a command, by its parts: `hook`, `install`.
pub(super) fn man(words: &[String]) -> Result<Outcome, Error> {
    let mut page = Cli::command();
    page.build();
    for word in words {
        let found = page.find_subcommand(word).cloned();
        page = found.ok_or_else(|| Error::UnknownCommand(words.join(" ")))?;
    }
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = clap_mangen::Man::new(page).render(&mut text);
    Ok(Outcome::text(String::from_utf8_lossy(&text).into_owned()))
}
