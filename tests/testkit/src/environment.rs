//! The environment of a program under test.

use std::process::Command;

/// The variable that names the file of a coverage profile.
const PROFILE: &str = "LLVM_PROFILE_FILE";

/// Commands without the environment of the tests.
pub trait Scrubbed {
    /// Clears the environment, except for the file that the coverage of the program is written to.
    fn scrubbed(&mut self) -> &mut Self;
}

impl Scrubbed for Command {
    fn scrubbed(&mut self) -> &mut Self {
        self.env_clear();
        match std::env::var_os(PROFILE) {
            Some(file) => self.env(PROFILE, file),
            None => self,
        }
    }
}
