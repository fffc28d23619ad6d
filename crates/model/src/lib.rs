//! The model that all parts of the program share: references with their places, answers of registries, verdicts,
//! findings, reports, and the policy that decides which findings fail. Nothing here is about presentation: no
//! colours, no escapes.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

mod answer;
mod finding;
mod fix;
mod ignored;
mod near;
pub mod policy;
pub mod report;
mod rule;
mod summary;
mod unit;

pub use answer::{Answer, Cause, Content, Missing, Present, TagList, TagState, Unverified};
pub use finding::{
    BaselineUse, FileProblem, Finding, GUESSED, Ignore, Kind, Override, Parts, Previous, Problem, Pulled,
    Reference, Report, Resource, SUBMODULE, Target, Verdict,
};
pub use fix::{Edit, Fix};
pub use ignored::{Exemption, added_ignores};
pub use near::nearest;
pub use rule::{Class, Rule, Severity};
pub use summary::Summary;
pub use unit::{Deployer, System, UnitId};
