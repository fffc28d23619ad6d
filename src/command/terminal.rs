//! Colours, characters and columns of text output.

use std::io::{self, IsTerminal as _};

use crate::ci::Env;
use crate::cli::{StyleArgs, VolumeArgs};
use crate::report::{Style, Volume};

/// The number of columns if it is unknown.
pub(super) const WIDTH: usize = 100;
/// Minimum and maximum number of columns.
const NARROWEST: usize = 40;
const WIDEST: usize = 160;

/// The style of standard output. `explain`: shows the origin of each value, as with `--verbose`.
pub(super) fn style(args: StyleArgs, explain: bool, env: &Env) -> Style {
    let style = of_stdout(args, env);
    Style { explain: args.volume.verbose || explain, ..style }
}

/// The style of standard output, without the origin of each value.
pub(super) fn of_stdout(args: StyleArgs, env: &Env) -> Style {
    let terminal = io::stdout().is_terminal();
    let volume = match args.volume {
        VolumeArgs { quiet: true, .. } => Volume::Quiet,
        VolumeArgs { verbose: true, .. } => Volume::Verbose,
        VolumeArgs { .. } => Volume::Normal,
    };
    let color = args.color.is_on(&|name| env.get(name), terminal);
    Style {
        color,
        links: color && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout),
        unicode: unicode(env),
        width: width(env, terminal),
        volume,
        explain: false,
    }
}

/// The style of standard error.
pub(super) fn error_style(env: &Env) -> Style {
    Style {
        color: io::stderr().is_terminal() && env.get("NO_COLOR").is_none_or(|value| value.is_empty()),
        links: false,
        unicode: unicode(env),
        width: width(env, false),
        volume: Volume::Normal,
        explain: false,
    }
}

/// True if the locale is UTF-8, or none is set, as in most CI.
fn unicode(env: &Env) -> bool {
    let Some(locale) = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| env.get(name)) else {
        return true;
    };
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8") || locale.starts_with("en_") && !locale.contains('.')
}

/// The columns of standard output, if they are known: from the variable, otherwise from the terminal.
pub(super) fn columns(env: &Env) -> Option<usize> {
    let is_known = io::stdout().is_terminal() || env.get("COLUMNS").is_some();
    is_known.then(|| width(env, io::stdout().is_terminal()))
}

/// The columns of a stream: from the variable, otherwise from the terminal.
pub(super) fn width(env: &Env, terminal: bool) -> usize {
    let given = env.get("COLUMNS").and_then(|columns| columns.parse::<usize>().ok());
    let columns = match given {
        Some(columns) => columns,
        None if terminal => usize::from(console::Term::stdout().size().1),
        None => WIDTH,
    };
    columns.clamp(NARROWEST, WIDEST)
}
