//! The arguments of `pullable doctor`.

use clap::{Args, ValueEnum};

use crate::config::{Options, RegistryOrImage, Scope};

use super::registry::RegistryArgs;
use super::shared::{ColorArg, REPORT, RunArgs, StyleArgs, VolumeArgs};

pub(super) const DOCTOR_HELP: &str = "\
Credentials are named by the place where they are kept, and never shown. A registry is queried as check queries it.

Exit codes: 0 nothing is wrong · 1 something is wrong, for example a refused login · 2 the run could not happen · \
3 something did not answer";

/// Arguments of `doctor`.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("deadline", |deadline| deadline.default_value("1m")))]
pub struct DoctorArgs {
    /// Registries to log in at, as in `ghcr.io`, or images to query, as in `ghcr.io/acme/web:1.5.0`
    #[arg(value_name = "REGISTRY", value_parser = RegistryOrImage::parse)]
    pub registry: Vec<RegistryOrImage>,
    /// The format of the result on standard output
    #[arg(long, value_enum, default_value_t = DoctorFormat::Human, value_name = "FORMAT", help_heading = REPORT)]
    pub format: DoctorFormat,
    /// When to colour the report; `NO_COLOR` and `CLICOLOR_FORCE` are respected
    #[arg(long, value_enum, default_value_t = ColorArg::Auto, value_name = "WHEN", help_heading = REPORT)]
    pub color: ColorArg,
    /// The arguments about registries.
    #[command(flatten)]
    pub registries: RegistryArgs,
    /// The arguments about the run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// `--format` of `doctor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DoctorFormat {
    /// Text
    Human,
    /// For programs: schemas/doctor.schema.json
    Json,
}

impl DoctorArgs {
    /// The appearance of the result.
    pub fn style(&self) -> StyleArgs {
        StyleArgs { color: self.color, volume: VolumeArgs::default() }
    }

    /// The options of a run in the folder.
    pub fn options(&self) -> Options {
        let network = self.registries.network(Vec::new());
        let options = self.run.of_commit("HEAD");
        Options { network: Some(network), head: None, scope: Scope::Introduced, ..options }
    }
}
