//! Corrections of files, as far as they are certain.

use source::Site;

/// A correction that makes a finding disappear.
#[derive(Clone, Debug)]
pub struct Fix {
    /// Its effect, in one line.
    pub description: String,
    /// The edits. All of them belong together.
    pub edits: Vec<Edit>,
}

/// The replacement of a place; every other byte of the file stays.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The characters that are replaced.
    pub site: Site,
    /// The text that takes their place.
    pub replacement: String,
}

impl Fix {
    /// A correction of one place.
    pub fn of_place(description: String, site: Site, replacement: String) -> Self {
        Self { description, edits: vec![Edit { site, replacement }] }
    }
}
