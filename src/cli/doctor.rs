//! The arguments of `pullable doctor`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::config::{self, Options, RegistryOrImage, Scope};

use super::arguments::{CHANGE, ColorArg, DirectoryArg, POLICY, REPORT};
use super::registry::RegistryArgs;

pub(super) const DOCTOR_HELP: &str = "\
Credentials are named by the place where they are kept, and never shown. A registry is queried as check queries it.

Exit codes: 0 nothing is wrong · 1 something is wrong, as a login that is refused · 2 the run could not happen · \
3 something did not answer";

/// The size of a configuration that is read, in bytes.
const LARGEST: u64 = 16 << 20;

/// Arguments of `doctor`.
#[derive(Clone, Debug, Args)]
pub struct DoctorArgs {
    /// Registries to log in at, as in `ghcr.io`, or images to query, as in `ghcr.io/acme/web:1.5.0`
    #[arg(value_name = "REGISTRY", value_parser = RegistryOrImage::parse)]
    pub registry: Vec<RegistryOrImage>,
    /// The folder that it is about.
    #[command(flatten, next_help_heading = CHANGE)]
    pub place: DirectoryArg,
    /// Time limit of the whole run
    #[arg(long, value_parser = config::duration, default_value = "1m", value_name = "DURATION", help_heading = CHANGE)]
    pub deadline: Duration,
    /// Read the configuration from FILE, and not from the `.pullable.yaml` of the folder
    #[arg(long, value_name = "FILE", help_heading = POLICY)]
    pub config: Option<PathBuf>,
    /// The format of the result on standard output
    #[arg(long, value_enum, default_value_t = DoctorFormat::Human, value_name = "FORMAT", help_heading = REPORT)]
    pub format: DoctorFormat,
    /// When to colour the report; `NO_COLOR` and `CLICOLOR_FORCE` are respected
    #[arg(long, value_enum, default_value_t = ColorArg::Auto, value_name = "WHEN", help_heading = REPORT)]
    pub color: ColorArg,
    /// Those about registries.
    #[command(flatten)]
    pub registries: RegistryArgs,
}

/// `--format` of `doctor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DoctorFormat {
    /// For people
    Human,
    /// For programs: schemas/doctor.schema.json
    Json,
}

impl DoctorArgs {
    /// The options of a run in the folder.
    pub fn options(&self) -> Options {
        let network = self.registries.network(Vec::new());
        let options = Options::of_commit("HEAD", LARGEST, self.config.clone());
        Options { network: Some(network), head: None, scope: Scope::Introduced, ..options }
    }
}
