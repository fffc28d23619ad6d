//! The text report: each container that differs, then the sum, and the things that were not compared.

use model::drift::{Drift, DriftVerdict, Entry};

use crate::report::safe::{log_lines, printable};
use crate::report::style::{Style, Volume};
use crate::report::wrap::wrapped;

use super::words;

/// Maximum number of names of things that were not compared, for each reason.
const MOST_NAMES: usize = 200;

/// The text report.
pub fn human(found: &Drift, style: Style) -> String {
    let mut lines = Lines { text: String::new(), style };
    for entry in &found.workloads {
        if entry.verdict != DriftVerdict::Same || style.volume == Volume::Verbose {
            lines.entry(entry);
        }
    }
    if style.volume > Volume::Quiet || !words::is_same(found) {
        lines.closing(found);
    }
    // A wrapped text may have a command at the start of a line.
    log_lines(&lines.text)
}

struct Lines {
    text: String,
    style: Style,
}

impl Lines {
    fn entry(&mut self, entry: &Entry) {
        let verdict = self.colored(entry.verdict.as_str(), color(entry.verdict));
        let place = printable(&words::place(entry));
        self.wrapped("", "  ", &format!("{verdict}  {place}"));
        if let Some(git) = words::in_git(entry) {
            self.wrapped("  Git:     ", "           ", &printable(&git));
        }
        if let Some(live) = &entry.live {
            self.wrapped("  cluster: ", "           ", &printable(&live.image));
        }
        let more = [entry.reason.clone(), words::since(entry), words::suspended(entry)];
        for line in more.into_iter().flatten() {
            self.wrapped("  ", "    ", &printable(&line));
        }
        if let Some(hint) = &entry.hint {
            let arrow = if self.style.unicode { "  → " } else { "  -> " };
            self.wrapped(arrow, "    ", &printable(hint));
        }
        self.text.push('\n');
    }

    fn closing(&mut self, found: &Drift) {
        let mark = match (found.exit_code(), self.style.unicode) {
            (0, true) if words::is_same(found) => self.colored("✓", "1;32"),
            (0, false) if words::is_same(found) => self.colored("ok:", "1;32"),
            (1, true) => self.colored("✗", "1;31"),
            (1, false) => self.colored("differs:", "1;31"),
            (_, true) => self.colored("!", "1;33"),
            (_, false) => self.colored("unknown:", "1;33"),
        };
        self.wrapped("", "  ", &format!("{mark} {}", words::sum(found)));
        if self.style.volume == Volume::Verbose {
            self.exclusions(found);
        } else {
            for line in [words::excluded(found), words::not_deployed(found)].into_iter().flatten() {
                self.wrapped("  ", "    ", &format!("{line} (-v lists them)"));
            }
        }
        for notice in &found.notices {
            self.wrapped("  ", "    ", &printable(notice));
        }
    }

    fn exclusions(&mut self, found: &Drift) {
        for one in &found.excluded {
            let heading = if words::is_not_deployed(one) { words::NOT_DEPLOYED } else { "not compared" };
            self.wrapped("  ", "    ", &format!("{heading}, {} {}: {}", one.count, one.reason, one.why));
            for name in one.names.iter().take(MOST_NAMES) {
                self.wrapped("    ", "      ", &printable(name));
            }
            let more = one.names.len().saturating_sub(MOST_NAMES);
            if more > 0 {
                self.wrapped("    ", "      ", &format!("and {more} more"));
            }
        }
    }

    /// Adds a text over several lines.
    fn wrapped(&mut self, first: &str, others: &str, text: &str) {
        self.text.push_str(&wrapped(text, self.style.width, first, others));
        self.text.push('\n');
    }

    fn colored(&self, text: &str, code: &str) -> String {
        if self.style.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

fn color(verdict: DriftVerdict) -> &'static str {
    match verdict.exit_code() {
        0 => "1;36",
        3 => "1;33",
        _ => "1;31",
    }
}
