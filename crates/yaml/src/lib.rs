//! YAML documents as trees in which every node knows its file and its bytes. Aliases point to their anchor's node, look-ups follow merge keys, and nothing is expanded. A tree is therefore never larger than its file, and trees of several files can be combined.
//!
//! ```
//! use std::sync::Arc;
//!
//! use source::{RepoPath, SourceFile};
//!
//! let file = SourceFile::decode(RepoPath::new("a.yaml"), b"image: {tag: '1.0'}\n".to_vec())?;
//! yaml::each_document(&Arc::new(file), |document| {
//!     let root = document.expect("this is YAML");
//!     let tag = root.at(&["image", "tag"]).expect("it is written");
//!     assert_eq!((tag.scalar(), tag.site().text()), (Some("1.0"), "1.0"));
//! });
//! # Ok::<(), source::DecodeError>(())
//! ```

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

mod breaks;
mod composed;
mod differences;
mod lenient;
mod make;
mod merges;
mod node;
mod number;
mod overlay;
mod parse;
mod place;
mod scalars;
mod within;

pub use differences::{Difference, differences};
pub use node::{Composed, Meaning, Node, Style};
pub use number::{Number, number};
pub use parse::{Broken, each_document, each_document_and_repeated_key};
pub use scalars::{Refusal, Replacement, Scalars};
pub use within::{
    each_document_and_repeated_key_in, each_document_in, each_readable_document_in, text_within, within,
    within_and_repeated_key,
};

#[cfg(test)]
mod tests;
