//! A configuration in words, for the change that introduces it.

use super::file::File;

impl File {
    /// Its effects, as a sentence without a full stop.
    pub fn summary(&self) -> String {
        let mut effects = Vec::new();
        match self.unverified_fails {
            Some(true) => effects.push("unverified references fail the check".to_owned()),
            Some(false) => effects.push("unverified references are only warnings".to_owned()),
            None => {}
        }
        match self.ignores.len() {
            0 => {}
            1 => effects.push("1 ignore lets findings pass".to_owned()),
            n => effects.push(format!("{n} ignores let findings pass")),
        }
        if self.strict == Some(true) {
            effects.push("parts that could not be checked fail the check".to_owned());
        }
        match self.rules.settings.len() {
            0 => {}
            1 => effects.push("the severity of 1 rule is set".to_owned()),
            n => effects.push(format!("the severities of {n} rules are set")),
        }
        if self.excluded.is_some() {
            effects.push("files are excluded".to_owned());
        }
        if effects.is_empty() { "only the defaults".to_owned() } else { effects.join(", and ") }
    }
}
