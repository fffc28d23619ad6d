//! The properties, one module for each parser.

pub mod archives;
pub mod configuration;
pub mod dumps;
pub mod edits;
pub mod headers;
pub mod indexes;
pub mod notifications;
pub mod patches;
pub mod pushes;
pub mod references;
pub mod repositories;
pub mod yaml;

mod extracted;
mod tree;
