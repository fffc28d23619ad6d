//! The arguments of `pullable where`, and their conversion to options.

use clap::{Args, ValueEnum};

use crate::config::{LocateOptions, Options};

use super::shared::{CHANGE, REPORT, RunArgs};

pub(super) const LOCATE_HELP: &str = "\
An image without a tag means all its tags, and `nginx` is docker.io/library/nginx. In a pattern `*` stays within a part of \
a name and `**` does not; `*/` at the start is any registry and folder. Nothing is fetched: charts of repositories are \
read from the cache, and charts that are not in it are counted.

Exit codes: 0 found · 1 not deployed · 2 the run could not happen · 3 not found, and something could not be read without \
network";

/// Arguments of `where`.
#[derive(Clone, Debug, Args)]
pub struct LocateArgs {
    /// Images to find: a reference, a repository, a digest `sha256:…`, or a pattern, as in `*/log4j*` or `nginx:1.2*`
    #[arg(value_name = "IMAGE", required = true)]
    pub images: Vec<String>,
    /// The commit to search [default: HEAD]
    #[arg(long, value_name = "REV", help_heading = CHANGE)]
    pub head: Option<String>,
    /// Do not search for the commits that introduced the image
    #[arg(long, help_heading = CHANGE)]
    pub no_history: bool,
    /// The format of the result on standard output
    #[arg(long, value_enum, default_value_t = LocateFormat::Human, value_name = "FORMAT", help_heading = REPORT)]
    pub format: LocateFormat,
    /// Print nothing: the exit code is the answer
    #[arg(short, long, help_heading = REPORT)]
    pub quiet: bool,
    /// The arguments about the run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// `--format` of `where`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LocateFormat {
    /// Text
    Human,
    /// A line for each place and unit, for scripts: image, path:line:column, unit and commit, with tabs between
    List,
    /// For programs: schemas/where.schema.json
    Json,
}

impl LocateArgs {
    /// The options of the gate, for the whole head and without registries.
    pub fn options(&self) -> Options {
        let head = self.head.as_deref().unwrap_or("HEAD");
        self.run.of_commit(head)
    }

    /// The options of the search. `--quiet` shows no commit, so that none is searched.
    pub fn locate_options(&self) -> LocateOptions {
        LocateOptions { images: self.images.clone(), history: !self.no_history && !self.quiet }
    }
}
