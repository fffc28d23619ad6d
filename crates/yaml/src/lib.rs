//! YAML documents as trees in which every node knows its file and its bytes. Aliases point at their
//! anchor's node, merge keys are looked through, nothing is expanded; so a tree is never larger than
//! its file, and trees of several files can be put together.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

mod composed;
mod make;
mod node;
mod number;
mod overlay;
mod parse;
mod place;
mod within;

pub use node::{Composed, Meaning, Node, Style};
pub use number::{Number, number};
pub use parse::{Broken, each_document, each_document_and_repeated_key};
pub use within::within;

#[cfg(test)]
mod tests;
