//! The reports of `pullable revert`: text, and JSON.

use model::incident::{Incident, Incidents, Mode, Outcome, Reverted};

use super::safe::{self, log_lines, printable};
use super::wrap::hanging;

/// Number of digits of a commit in text.
const DIGITS: usize = 12;
/// The beginning of the line with the command that pushes a branch.
const PUSH: &str = "  to push it: ";

/// The report for programs.
pub fn incidents_json(found: &Incidents) -> String {
    safe::json(found)
}

/// The text report. `columns`: those of the terminal, if there is one.
pub fn incidents(found: &Incidents, columns: Option<usize>) -> String {
    let mut lines = Vec::new();
    for incident in &found.incidents {
        add_incident(&mut lines, incident);
        lines.push(String::new());
    }
    if !found.unverified.is_empty() {
        let count = found.unverified.len();
        lines.push(format!(
            "{} could not be verified, so nothing is known about them:",
            counted(count, "reference")
        ));
        for image in &found.unverified {
            lines.push(format!("  {image}"));
        }
        lines.push(String::new());
    }
    lines.push(closing(found));
    in_columns(&lines, columns)
}

/// The indentation of the rest of a long line, which is deeper than the indentation of lines below it.
const DEEPER: usize = 4;

/// The lines as text, wrapped to `columns`. A command for copying is kept on one line.
pub(super) fn in_columns(lines: &[String], columns: Option<usize>) -> String {
    let mut shown = Vec::new();
    for line in lines {
        let columns = columns.filter(|_| !line.starts_with(PUSH));
        shown.push(hanging(&printable(line), DEEPER, columns));
    }
    log_lines(&shown.join("\n"))
}

/// Adds the lines of an incident.
pub(super) fn add_incident(lines: &mut Vec<String>, incident: &Incident) {
    let introducing = &incident.introducing;
    lines.push(format!(
        "{} introduced {}: {}",
        short(&introducing.commit),
        counted(incident.references.len(), "broken reference"),
        introducing.subject,
    ));
    for reference in &incident.references {
        add_reference(lines, reference);
    }
    for other in &incident.collateral {
        let side = |image: &Option<String>| image.clone().unwrap_or_else(|| "nothing".to_owned());
        lines.push(format!("  also changes: {}: {} -> {}", other.unit, side(&other.from), side(&other.to)));
    }
    for automation in &incident.automation {
        let effect = if automation.held { "is suspended by the revert" } else { "will restore it" };
        lines.push(format!(
            "  warning: {} in {} {effect}: {}",
            automation.name, automation.path, automation.stop
        ));
    }
    for suspended in &incident.suspended {
        let place = format!("{}:{}", suspended.path, suspended.line);
        lines.push(format!("  warning: {} is suspended ({place}): nothing will roll out", suspended.object));
    }
    if let Some(why) = &incident.why {
        lines.push(format!("  {}: {why}", ending(incident.outcome)));
    }
    add_result(lines, incident);
}

fn add_reference(lines: &mut Vec<String>, reference: &Reverted) {
    let Reverted { unit, path, line, from, rule, .. } = reference;
    lines.push(format!("  {unit}: {from} ({rule}) at {path}:{line}"));
    for tried in &reference.tried {
        lines.push(format!("    {} at {}: {}", tried.image, short(&tried.commit), tried.verdict));
    }
    if let Some(to) = &reference.to {
        lines.push(format!("    goes back to {to}"));
    }
}

fn add_result(lines: &mut Vec<String>, incident: &Incident) {
    if let Some(mode) = incident.mode {
        let how = match mode {
            Mode::Scalar => "only the earlier scalars are restored",
            Mode::Files => "the files that decide the references are merged",
            Mode::Commit => "the whole commit is reverted",
        };
        let proof = if incident.verified { "; the gate passes for the result" } else { "" };
        lines.push(format!("  {how}{proof}"));
    }
    if let (Some(branch), Some(commit)) = (&incident.branch, &incident.commit) {
        let known = if incident.outcome == Outcome::Exists { ", created by an earlier run" } else { "" };
        lines.push(format!("  branch {branch}, commit {}{known}", short(commit)));
    }
    if let Some(pushed) = &incident.pushed {
        lines.push(format!("  pushed to {pushed}"));
    }
    if let Some(request) = &incident.request {
        let new = if request.is_new { "opened" } else { request.state.as_str() };
        lines.push(format!("  request {}: {new}", request.url));
    }
    if let Some(push) = &incident.push {
        lines.push(format!("{PUSH}{push}"));
    }
    if !incident.follow_ups.is_empty() {
        lines.push("  what remains:".to_owned());
    }
    for remaining in &incident.follow_ups {
        lines.push(format!("    - {remaining}"));
    }
}

fn ending(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Committed | Outcome::Exists | Outcome::Planned => "note",
        Outcome::NothingGood => "nothing to go back to",
        Outcome::Unverified => "stopped, not verified",
        Outcome::Conflict => "conflict, nothing written",
        Outcome::Refused => "refused, nothing written",
        Outcome::Rejected => "not pushed",
    }
}

fn closing(found: &Incidents) -> String {
    if found.incidents.is_empty() && !found.unverified.is_empty() {
        return format!(
            "nothing is known to be broken at {}: query again when the registries answer, or name the IMAGE",
            short(&found.head)
        );
    }
    if found.incidents.is_empty() {
        return format!("nothing to revert at {}", short(&found.head));
    }
    let done = found.incidents.iter().filter(|incident| incident.outcome.exit_code() == 0).count();
    let planned = found.incidents.iter().any(|incident| incident.outcome == Outcome::Planned);
    let how = if planned { "can be reverted; nothing was written" } else { "taken back" };
    format!("{done} of {} {how}", counted(found.incidents.len(), "incident"))
}

/// A count with its noun.
pub(super) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The first digits of a commit.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..DIGITS).unwrap_or(commit)
}
