//! What a user sees, through the real program. One file for each topic.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

mod architecture;
mod check;
mod properties;
mod reports;
mod support;
