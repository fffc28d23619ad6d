//! The options of `pullable where`, besides those that it shares with the gate.

/// The options of a search for images.
#[derive(Clone, Debug, Default)]
pub struct LocateOptions {
    /// The images and patterns to search.
    pub images: Vec<String>,
    /// True if the commits since which units deploy them are searched.
    pub history: bool,
}
