//! The command line: its arguments, and their conversion to the options of a run.

mod arguments;
mod audit;
mod commands;
mod corrections;
mod doctor;
mod drift;
mod init;
mod locate;
mod merge;
mod options;
mod record;
mod registry;
mod revert;
mod sentry;
mod shared;

pub use arguments::{CheckArgs, CommonArgs, ScopeArg};
pub use audit::{AuditArgs, AuditCommand, RollbackArg};
pub use commands::{Cli, Command, HookCommand};
pub use corrections::{CorrectionArgs, CorrectionFormat, FixArgs, PinArgs};
pub use doctor::{DoctorArgs, DoctorFormat};
pub use drift::{DriftArgs, DriftFormat};
pub use init::{ForgeArg, InitArgs};
pub use locate::{LocateArgs, LocateFormat};
pub use merge::{MergeArgs, MergeFormat};
pub use options::of_push;
pub use record::RecordArgs;
pub use registry::RegistryArgs;
pub use revert::{RevertArgs, RevertFormat};
pub use sentry::{SentryArgs, SentryCommand, SentryFormat, SentryWorkArgs, ServeArgs};
pub use shared::{
    ColorArg, FailureArgs, PlatformArgs, ReportArgs, RunArgs, StyleArgs, UnverifiedArg, VolumeArgs,
};
