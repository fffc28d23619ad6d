//! Verdicts and findings: the policy applied to references and to the answers of registries. Everything here
//! is pure: the same input gives the same report, in the same order, independent of the order of the answers.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

pub mod baseline;
mod candidate;
mod certain;
mod chart;
mod figures;
mod ignore;
mod judge;
mod merge;
mod near;
mod optional;
mod prints;
mod references;
mod searches;
mod severity;
mod shards;
mod statement;
mod style;
mod text;

pub use judge::{Judged, judge, judge_part};
pub use near::rule as nearest_rule;
pub use severity::of_rule as level;
pub use shards::{MergeError, merge_shards};

#[cfg(test)]
mod tests;
