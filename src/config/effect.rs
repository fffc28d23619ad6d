//! What a configuration does, in words for the change that brings it.

use super::File;

impl File {
    /// What it does, as a sentence without its end.
    pub fn effect(&self) -> String {
        let unverified = self.unverified_fails.map(|fails| {
            let does = if fails { "fails the check" } else { "only warns" };
            format!("what could not be verified {does}")
        });
        let ignores = match self.ignores.len() {
            0 => None,
            1 => Some("1 ignore lets findings pass".to_owned()),
            n => Some(format!("{n} ignores let findings pass")),
        };
        let effects: Vec<String> = [unverified, ignores].into_iter().flatten().collect();
        if effects.is_empty() { "nothing but the defaults".to_owned() } else { effects.join(", and ") }
    }
}
