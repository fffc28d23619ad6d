//! The model that the pipeline hands on: references with their places, answers of registries, verdicts, findings,
//! the report that holds them, and the policy that decides which findings fail. Free of presentation: no colour, no
//! escaping, no format.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

mod answer;
mod finding;
mod near;
pub mod policy;
mod rule;

pub use answer::{Answer, Cause, Content, Missing, Present, TagList, TagState, Unverified};
pub use finding::{
    BaselineUse, FileProblem, Finding, Ignore, Kind, Override, Parts, Problem, Pulled, Reference, Report,
    Resource, Summary, Target, Verdict,
};
pub use near::nearest;
pub use rule::{Class, Rule, Severity};
