//! The events of a run on the terminal: a progress bar, notes and details.

use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ci::{self, Env};
use crate::cli::VolumeArgs;
use crate::context::Events;
use crate::report;

use super::failure::note;

/// Maximum number of columns of the bar, and the columns of the numbers beside it.
const BAR: usize = 30;
const NUMBERS: usize = " 100000/100000 images".len() + 1;

/// Shows the events of a run on standard error.
pub(super) struct Progress {
    bar: ProgressBar,
    quiet: bool,
    verbose: bool,
}

impl Progress {
    /// The bar is drawn only on a terminal, and never in a log of CI.
    pub(super) fn new(volume: VolumeArgs, env: &Env) -> Self {
        let VolumeArgs { quiet, verbose } = volume;
        if !io::stderr().is_terminal() || ci::is_ci(env) {
            return Self { bar: ProgressBar::hidden(), quiet, verbose };
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        let columns = usize::from(console::Term::stderr().size().1);
        if let Ok(style) = ProgressStyle::with_template(&template(columns)) {
            bar.set_style(style);
        }
        Self { bar, quiet, verbose }
    }

    fn line(&self, text: &str) {
        let line = format!("{}\n", report::printable(text));
        self.bar.suspend(|| drop(io::stderr().write_all(line.as_bytes())));
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Events for Progress {
    fn progress(&self, done: usize, total: usize) {
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
    }

    fn waiting(&self, text: &str) {
        self.bar.set_message(report::printable(text));
    }

    fn note(&self, text: &str) {
        self.bar.suspend(|| note(self.quiet, text));
    }

    fn done(&self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    fn detail(&self, text: &str) {
        if self.verbose {
            self.line(text);
        }
    }
}

/// The line of the bar for a number of columns. A wrapped line would be drawn again for each update.
fn template(columns: usize) -> String {
    match columns.saturating_sub(NUMBERS).min(BAR) {
        0 => "{pos}/{len} images{wide_msg}".to_owned(),
        width => format!("{{bar:{width}}} {{pos}}/{{len}} images{{wide_msg}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fits_the_terminal() {
        for (columns, expected) in [
            (200, "{bar:30} {pos}/{len} images{wide_msg}"),
            (40, "{bar:18} {pos}/{len} images{wide_msg}"),
            (20, "{pos}/{len} images{wide_msg}"),
            (0, "{pos}/{len} images{wide_msg}"),
        ] {
            assert_eq!(template(columns), expected);
        }
    }
}
