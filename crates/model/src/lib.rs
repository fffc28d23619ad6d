//! The model that all parts of the program share: references with their places, answers of registries, verdicts,
//! findings, reports, and the policy that decides which findings fail. Nothing here is about presentation: no
//! colours, no escapes.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

mod answer;
pub mod audit;
pub mod audit_history;
pub mod chart;
pub mod correction;
mod default_of;
pub mod doctor;
pub mod drift;
pub mod effective;
mod finding;
mod fix;
mod holder;
mod ignored;
pub mod incident;
mod left_out;
pub mod located;
mod near;
pub mod policy;
mod problem;
pub mod report;
mod rule;
pub mod sentry;
pub mod setup;
mod since;
mod summary;
pub mod time;
mod unit;
mod verdict;

pub use answer::{Answer, Cause, Content, Details, Missing, Present, TagList, TagState, Unverified};
pub use default_of::DefaultOf;
pub use finding::{
    BaselineUse, Finding, Ignore, Kind, Override, Parts, Previous, Reference, Report, SUBMODULE, Target,
};
pub use fix::{Candidate, Edit, Fix};
pub use holder::{Holder, Release, Resource};
pub use ignored::{Exemption, added_ignores};
pub use left_out::LeftOut;
pub use near::nearest;
pub use problem::{FileProblem, Problem};
pub use rule::{Class, Rule, Severity};
pub use since::SinceCommit;
pub use summary::Summary;
pub use thin_vec::ThinVec;
pub use unit::{Deployer, System, UnitId};
pub use verdict::{GUESSED, Pulled, Verdict};
