//! Corrections of files.

use source::Site;

/// A correction that makes a finding disappear.
#[derive(Clone, Debug)]
pub struct Fix {
    /// Its effect, in one line.
    pub description: String,
    /// The edits. All of them belong together.
    pub edits: Vec<Edit>,
    /// The effective reference afterwards; `None` if there was none before, for example for a tag that is a
    /// number.
    pub image: Option<String>,
}

/// A correction that is not certain: the user has to confirm it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The correction.
    pub fix: Fix,
    /// The reason why it is not certain, in one line.
    pub caution: String,
}

/// The replacement of a place; every other byte of the file is kept.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The characters that are replaced.
    pub site: Site,
    /// The text that replaces them.
    pub replacement: String,
}

impl Fix {
    /// A correction of one place.
    pub fn of_place(description: String, site: Site, replacement: String, image: Option<String>) -> Self {
        Self { description, edits: vec![Edit { site, replacement }], image }
    }
}
