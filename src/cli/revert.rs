//! The arguments of `pullable revert`, and their conversion to options.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::config::{Delivery, Options, RevertOptions};

use super::registry::RegistryArgs;
use super::shared::{PlatformArgs, REPORT, RunArgs, VolumeArgs};

/// Headings of the help.
const WHAT: &str = "Selection";
const RESULT: &str = "Result";

/// Arguments of `revert`.
#[derive(Clone, Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "one for each flag")]
pub struct RevertArgs {
    /// The image to revert; without IMAGE: every broken reference of the head
    #[arg(value_name = "IMAGE")]
    pub image: Option<String>,
    /// Revert the broken references of a JSON report of `check`
    ///
    /// `-` reads the report from standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "image", help_heading = WHAT)]
    pub from: Option<PathBuf>,
    /// Query every reference of the head; the default without IMAGE and --from
    #[arg(long, conflicts_with_all = ["image", "from"], hide_short_help = true, help_heading = WHAT)]
    pub all: bool,
    /// Only references of this unit, as `pullable where` names it
    #[arg(long, value_name = "UNIT", help_heading = WHAT)]
    pub unit: Option<String>,
    /// Go back to this image or tag, or to the value at this revision
    ///
    /// It is queried as well.
    #[arg(long, value_name = "IMAGE|TAG|REV", help_heading = WHAT)]
    pub to: Option<String>,
    /// Revert the whole commit that introduced the reference
    #[arg(long, conflicts_with = "to", help_heading = WHAT)]
    pub whole_commit: bool,
    /// Suspend image automations of Flux that would undo the revert
    ///
    /// The revert and the suspension are in one commit.
    #[arg(long, help_heading = WHAT)]
    pub hold: bool,
    /// Highest number of earlier values to query for one reference
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u16).range(1..))]
    #[arg(help_heading = WHAT, hide_short_help = true)]
    pub max_back: u16,
    /// The branch of the remote that the revert is for [default: HEAD]
    #[arg(long, value_name = "BRANCH", help_heading = WHAT)]
    pub onto: Option<String>,
    /// Create the branch on the remote; it is never overwritten
    #[arg(long, help_heading = RESULT)]
    pub push: bool,
    /// Push, and open a draft pull or merge request
    ///
    /// An existing request of the branch is left as it is.
    #[arg(long, conflicts_with = "direct", help_heading = RESULT)]
    pub pr: bool,
    /// The forge, if the address of the remote is unclear: github, gitlab, gitea or forgejo
    #[arg(long, value_name = "KIND[=URL]", requires = "pr", help_heading = RESULT, hide_short_help = true)]
    pub forge: Option<String>,
    /// Fast-forward the target branch on the remote, without a request
    ///
    /// It is refused if the branch has moved on.
    #[arg(long, conflicts_with = "push", help_heading = RESULT)]
    pub direct: bool,
    /// Write nothing: find out, verify, and report
    #[arg(long, conflicts_with_all = ["push", "pr", "direct"], help_heading = RESULT)]
    pub dry_run: bool,
    /// Write the record of the incident to FILE, as JSON
    #[arg(long, value_name = "FILE", help_heading = RESULT)]
    pub record: Option<PathBuf>,
    /// The format of the report on standard output
    #[arg(long, value_enum, default_value_t = RevertFormat::Human, value_name = "FORMAT", help_heading = REPORT)]
    pub format: RevertFormat,
    /// The arguments about the length of the report.
    #[command(flatten)]
    pub volume: VolumeArgs,
    /// The arguments about platforms.
    #[command(flatten)]
    pub platforms: PlatformArgs,
    /// The arguments about the run.
    #[command(flatten)]
    pub run: RunArgs,
    /// The arguments about registries.
    #[command(flatten)]
    pub registry: RegistryArgs,
}

/// `--format` of `revert`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RevertFormat {
    /// Text
    Human,
    /// For programs: schemas/incident.schema.json
    Json,
}

impl RevertArgs {
    /// The options of the gate, for the whole head.
    pub fn options(&self) -> Options {
        let network = Some(self.registry.network(self.platforms.platform.clone()));
        let of_head = self.run.of_commit("HEAD");
        Options { network, unverified_fails: Some(true), ..of_head }
    }

    /// The options of the revert.
    pub fn revert_options(&self) -> RevertOptions {
        RevertOptions {
            image: self.image.clone(),
            report: self.from.clone(),
            unit: self.unit.clone(),
            to: self.to.clone(),
            whole_commit: self.whole_commit,
            hold: self.hold,
            onto: self.onto.clone(),
            forge: self.forge.clone(),
            delivery: match (self.push, self.pr, self.direct) {
                (_, _, true) => Delivery::Direct,
                (_, true, false) => Delivery::Request,
                (true, false, false) => Delivery::Push,
                (false, false, false) => Delivery::Local,
            },
            dry_run: self.dry_run,
            max_back: usize::from(self.max_back),
        }
    }
}
