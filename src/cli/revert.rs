//! The arguments of `pullable revert`, and the options that they become.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::config::{self, Delivery, Options, RevertOptions};

use super::arguments::DirectoryArg;
use super::registry::RegistryArgs;
use image::Platform;

/// Headings of the help.
const WHAT: &str = "What to take back";
const RESULT: &str = "What to do with the result";
const REPORT: &str = "Report";

/// Arguments of `revert`.
#[derive(Clone, Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "one for each flag")]
pub struct RevertArgs {
    /// The image to take back, as it is deployed; without one: every reference of the head that is broken
    #[arg(value_name = "IMAGE")]
    pub image: Option<String>,
    /// Take back what a report of `pullable check --format json` calls broken; `-` reads it from standard input
    #[arg(long, value_name = "FILE", conflicts_with = "image", help_heading = WHAT)]
    pub from: Option<PathBuf>,
    /// Query every reference of the head; what happens without IMAGE and --from anyway
    #[arg(long, conflicts_with_all = ["image", "from"], help_heading = WHAT)]
    pub all: bool,
    /// Only references of this unit, as `pullable where` names it
    #[arg(long, value_name = "UNIT", help_heading = WHAT)]
    pub unit: Option<String>,
    /// Go back to this earlier image or tag, or to the value at this revision; it is queried as well
    #[arg(long, value_name = "IMAGE|TAG|REV", help_heading = WHAT)]
    pub to: Option<String>,
    /// Take back all of the commit that introduced the reference, and not the reference alone
    #[arg(long, conflicts_with = "to", help_heading = WHAT)]
    pub whole_commit: bool,
    /// Suspend the image automations of Flux that would put the value back, in the same commit
    #[arg(long, help_heading = WHAT)]
    pub hold: bool,
    /// Earlier values that are queried for one reference at most
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u16).range(1..))]
    #[arg(help_heading = WHAT)]
    pub max_back: u16,
    /// The branch that the revert is for, as the remote has it [default: HEAD]
    #[arg(long, value_name = "BRANCH", help_heading = WHAT)]
    pub onto: Option<String>,
    /// The folder that it is about.
    #[command(flatten, next_help_heading = WHAT)]
    pub place: DirectoryArg,
    /// Do not read larger files
    #[arg(long, value_parser = config::size, default_value = "16MiB", value_name = "SIZE", help_heading = WHAT)]
    pub max_file_size: u64,
    /// Time limit of the whole run
    #[arg(long, value_parser = config::duration, default_value = "5m", value_name = "DURATION", help_heading = WHAT)]
    pub deadline: Duration,
    /// Read the configuration from FILE, and not from the `.pullable.yaml` of the head
    #[arg(long, value_name = "FILE", help_heading = WHAT)]
    pub config: Option<PathBuf>,
    /// Create the branch on the remote; it is never overwritten
    #[arg(long, help_heading = RESULT)]
    pub push: bool,
    /// Push, and open a draft pull or merge request; an existing one of the branch is left as it is
    #[arg(long, conflicts_with = "direct", help_heading = RESULT)]
    pub pr: bool,
    /// The forge, if the address of the remote does not tell: github, gitlab, gitea or forgejo
    #[arg(long, value_name = "KIND[=URL]", requires = "pr", help_heading = RESULT)]
    pub forge: Option<String>,
    /// Fast-forward the target branch on the remote, without a request; refused if it has moved on
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
    /// Print no notes
    #[arg(short, long, conflicts_with = "verbose", help_heading = REPORT)]
    pub quiet: bool,
    /// Print details of the run
    #[arg(short, long, help_heading = REPORT)]
    pub verbose: bool,
    /// The platforms that every image has to support, as in `linux/amd64,linux/arm64`
    #[arg(long, value_parser = config::platform, value_delimiter = ',', value_name = "PLATFORM", help_heading = WHAT)]
    pub platform: Vec<Platform>,
    /// Those about registries.
    #[command(flatten)]
    pub registry: RegistryArgs,
}

/// `--format` of `revert`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RevertFormat {
    /// For people
    Human,
    /// For programs: schemas/incident.schema.json
    Json,
}

impl RevertArgs {
    /// The options of the gate, for all of the head.
    pub fn options(&self) -> Options {
        let network = Some(self.registry.network(self.platform.clone()));
        let of_head = Options::of_commit("HEAD", self.max_file_size, self.config.clone());
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
