//! What the tests, benches and examples stand on: a scripted registry and a builder of git repositories.
#![warn(missing_docs, unreachable_pub)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code: a scene that cannot be set is a failed test, and a panic says where"
)]

pub mod charts;
pub mod environment;
pub mod gitops;
pub mod http;
pub mod openmetrics;
pub mod registry;
pub mod repo;
