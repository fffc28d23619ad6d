//! The plan as text: the facts about the repository, every file with its text, and the next steps.

use crate::report::printable;

use super::found::{Forge, Found};
use super::plan::{Plan, Step};

/// Maximum number of lines of a file that are shown: a baseline may be long.
const MOST_LINES: usize = 80;
/// Maximum number of registries that are named.
const MOST_REGISTRIES: usize = 8;

/// The facts about the repository, and the steps.
pub fn text(found: &Found, plan: &Plan) -> String {
    let mut text = summary(found);
    for step in &plan.steps {
        text.push('\n');
        text += &match step {
            Step::Create { path, purpose, text } => {
                format!("Create {}: {purpose}\n{}", printable(path.as_str()), indented(text))
            }
            Step::Add { path, purpose, text } => format!(
                "Add to {} by hand, because it exists: {purpose}\n{}",
                printable(path.as_str()),
                indented(text)
            ),
            Step::Keep { path, reason } => format!("Keep {}: {reason}\n", printable(path.as_str())),
        };
    }
    let next = next(found, plan);
    if !next.is_empty() {
        text += "\nNext steps:\n";
        text.extend(next.iter().map(|line| format!("  - {line}\n")));
    }
    text
}

/// The lines about the repository.
fn summary(found: &Found) -> String {
    let mut lines = Vec::new();
    lines.push(match found.forges.as_slice() {
        [] => "Forge: not known. --forge github or --forge gitlab writes its set-up; docs/adopting.md has other systems."
            .to_owned(),
        forges => format!("Forge: {}", forges.iter().map(|forge| name(*forge)).collect::<Vec<_>>().join(", ")),
    });
    let used = &found.registries.used;
    let mut registries: Vec<String> =
        used.iter().take(MOST_REGISTRIES).map(|(host, n)| format!("{} ({n})", printable(host))).collect();
    if used.len() > MOST_REGISTRIES {
        registries.push(format!("{} more", used.len() - MOST_REGISTRIES));
    }
    let among = if registries.is_empty() { String::new() } else { format!(": {}", registries.join(", ")) };
    lines.push(format!("References: {}{among}", found.references));
    if found.charts + found.fetched_charts > 0 {
        let (own, fetched) = (found.charts, found.fetched_charts);
        lines.push(format!(
            "Charts: {own} in the repository, {fetched} from chart repositories. The gate renders them with Helm."
        ));
    }
    lines.push(broken(found));
    lines.join("\n") + "\n"
}

/// The line about existing broken references.
fn broken(found: &Found) -> String {
    let Some(broken) = &found.broken else {
        return "Existing broken references: not searched, because no registry was queried.".to_owned();
    };
    let mut line = format!("Existing broken references: {}", broken.len());
    if found.unverified > 0 {
        line += &format!("; {} more could not be verified, and are not in the baseline", found.unverified);
    }
    line
}

fn name(forge: Forge) -> &'static str {
    match forge {
        Forge::GitHub => "GitHub",
        Forge::GitLab => "GitLab",
        Forge::OwnGitLab => "GitLab (self-managed)",
    }
}

/// The steps for the user after the files are written.
fn next(found: &Found, plan: &Plan) -> Vec<String> {
    let mut next = Vec::new();
    for host in &found.registries.refused {
        let host = printable(host);
        next.push(format!(
            "{host} refuses queries: give the gate a login (docs/registries.md); pullable doctor {host}"
        ));
    }
    for host in &found.registries.unreachable {
        let host = printable(host);
        next.push(format!("{host} does not answer: pullable doctor {host} looks for the reason"));
    }
    if has_pre_commit(plan) {
        next.push("Let git run the hook: pre-commit install --hook-type pre-push".to_owned());
    } else if !has_hook(plan) {
        next.push("Check each push from this machine: pullable hook install".to_owned());
    }
    if !plan.files().is_empty() {
        next.push("Commit the files: the gate works from the next pull or merge request on".to_owned());
    }
    next
}

/// The paths of all steps.
fn paths(plan: &Plan) -> impl Iterator<Item = &str> {
    plan.steps.iter().map(|step| match step {
        Step::Create { path, .. } | Step::Add { path, .. } | Step::Keep { path, .. } => path.as_str(),
    })
}

fn has_pre_commit(plan: &Plan) -> bool {
    paths(plan).any(|path| path.starts_with(".pre-commit-config."))
}

fn has_hook(plan: &Plan) -> bool {
    paths(plan).any(|path| path.contains("lefthook") || path.starts_with(".husky/"))
}

/// The first lines of a text, indented.
fn indented(text: &str) -> String {
    let lines = text.lines().count();
    let mut shown: String =
        text.lines().take(MOST_LINES).map(|line| format!("    {}\n", printable(line))).collect();
    if lines > MOST_LINES {
        shown += &format!("    ({} more lines)\n", lines - MOST_LINES);
    }
    // Empty lines are not indented.
    shown.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
