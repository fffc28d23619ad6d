//! Fuzz targets: functions that take any bytes and panic if a property of the program does not hold.
//!
//! `cargo test -p fuzz-targets` runs each on a few hundred inputs that are mutated from `corpus/`, the same
//! ones every time. `PULLABLE_FUZZ_SECONDS=60` runs each for this time, `PULLABLE_FUZZ_TARGET=yaml` runs one
//! of them, and `PULLABLE_FUZZ_SEED` sets the first number of the random generator. `fuzz/` runs the same
//! functions under cargo-fuzz.
#![warn(missing_docs, unreachable_pub)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code: a property that does not hold is a panic"
)]

pub mod campaign;
pub mod compared;
pub mod corpus;
pub mod folder;
pub mod minimise;
pub mod mutation;
pub mod random;
pub mod targets;

use mutation::Mutation;

/// A fuzz target.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, and that of its folder in `corpus/`.
    pub name: &'static str,
    /// The property: panics if an input breaks it.
    pub run: fn(&[u8]),
    /// The way in which inputs are mutated.
    pub mutation: Mutation,
    /// The number of inputs of a short run.
    pub cases: u64,
}

/// All targets.
pub const TARGETS: [Target; 13] = [
    Target { name: "yaml", run: targets::yaml::run, mutation: Mutation::Lines, cases: 1500 },
    Target { name: "edits", run: targets::edits::run, mutation: Mutation::Lines, cases: 150 },
    Target { name: "references", run: targets::references::run, mutation: Mutation::Bytes, cases: 3000 },
    Target { name: "repositories", run: targets::repositories::run, mutation: Mutation::Lines, cases: 60 },
    Target { name: "patches", run: targets::patches::run, mutation: Mutation::Lines, cases: 100 },
    Target { name: "archives", run: targets::archives::run, mutation: Mutation::Lines, cases: 200 },
    Target { name: "compressed", run: targets::archives::run_raw, mutation: Mutation::Bytes, cases: 300 },
    Target { name: "indexes", run: targets::indexes::run, mutation: Mutation::Lines, cases: 400 },
    Target { name: "headers", run: targets::headers::run, mutation: Mutation::Bytes, cases: 3000 },
    Target { name: "pushes", run: targets::pushes::run, mutation: Mutation::Bytes, cases: 3000 },
    Target {
        name: "configuration",
        run: targets::configuration::run,
        mutation: Mutation::Lines,
        cases: 1000,
    },
    Target { name: "notifications", run: targets::notifications::run, mutation: Mutation::Json, cases: 1000 },
    Target { name: "dumps", run: targets::dumps::run, mutation: Mutation::Json, cases: 300 },
];
