//! The verdict on a reference.

use std::sync::Arc;

/// The verdict on a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not queried: `pullable images`.
    Unasked,
    /// It can be pulled.
    Present(Pulled),
    /// The registry reports that it does not exist.
    Missing,
    /// It could not be verified.
    Unverified,
    /// Not queried, or ignored, for this reason.
    Skipped(String),
    /// It is not a reference.
    Malformed,
}

/// The manifest that can be pulled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Its digest; empty for a whole repository.
    pub digest: Arc<str>,
    /// The version that a range selects.
    pub version: Option<Box<str>>,
    /// The mirror that has it.
    pub mirror: Option<Box<str>>,
    /// The digest that the tag has now, if another digest is written with it.
    pub moved: Option<Box<str>>,
}

impl Pulled {
    /// The digest as a text; `None` for a whole repository.
    pub fn digest_text(&self) -> Option<String> {
        (!self.digest.is_empty()).then(|| self.digest.to_string())
    }
}

/// The reason for the verdict on a reference whose registry is a guess.
pub const GUESSED: &str = "the chart decides which registry it comes from";

impl Verdict {
    /// True for a reference whose registry is a guess, which no answer decides.
    pub fn is_guess(&self) -> bool {
        matches!(self, Self::Skipped(reason) if reason == GUESSED)
    }

    /// The manifest that can be pulled.
    pub fn pulled(&self) -> Option<&Pulled> {
        if let Self::Present(pulled) = self { Some(pulled) } else { None }
    }
}
