//! Nothing merges that cannot be pulled: the pre-merge gate for image references in GitOps repositories.
//!
//! [`run`] is the pipeline: change → extract → resolve → judge → report. `docs/architecture.md` has the table of the
//! modules and their imports.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

mod audit;
pub mod ci;
pub mod cli;
pub mod command;
pub mod config;
pub mod context;
mod drift;
pub mod error;
pub mod explain;
pub mod forge;
pub mod hook;
pub mod init;
pub mod locate;
pub mod output;
mod record;
pub mod report;
mod revert;
pub mod sentry;
pub mod serve;
mod setup;
mod stages;

pub use audit::audit;
pub use drift::{drift, snapshot};
pub use revert::revert;
pub use setup::setup;
pub use stages::{diagnose, effective_configuration, exit_code, run};
