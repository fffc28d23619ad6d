//! Statements about a chart of a chart repository over HTTP.

use model::chart::{Absent, NoVersion, Note, Request};
use model::{Class, DefaultOf, Missing, Present, Reference, Rule, Severity, Verdict};

use super::statement::{Statement, place};

/// The reason for the verdict on a chart that is not looked up.
pub(super) const NO_CHARTS: &str = "charts are not looked up (--no-charts)";

/// Maximum number of links that are named.
const MOST_LINKS: usize = 3;

/// A chart that is not looked up.
pub(super) fn of_skipped(reference: &Reference) -> Statement {
    let message = "charts in HTTP repositories are not looked up, so this was not checked".to_owned();
    let help = "remove --no-charts, or charts: false in the configuration, to have them looked up";
    Statement::new(Rule::NotChecked, message, help, place(reference, None))
}

/// Unusual facts about a chart that exists.
pub(super) fn of_present(reference: &Reference, chart: &Request, present: &Present) -> Vec<Statement> {
    let version = present.details().version.as_deref().unwrap_or_default();
    of_notes(reference, &format!("{} {version}", chart.chart), &present.details().notes)
}

/// Unusual facts about a chart of this name.
pub(super) fn of_notes(reference: &Reference, name: &str, notes: &[Note]) -> Vec<Statement> {
    notes.iter().map(|note| of_note(reference, name, note)).collect()
}

fn of_note(reference: &Reference, name: &str, note: &Note) -> Statement {
    let place = place(reference, None);
    match note {
        // Its images may be missing, and Helm may accept an archive that exceeds a limit here.
        Note::Unreadable(why) => Statement::new(
            Rule::UnreadableFile,
            format!("the archive of {name} was not read, so its images were not checked: {why}"),
            "the chart exists; package it again, or check its rendered result: helm template … | pullable check -",
            place,
        ),
        Note::Links(links) => {
            let named: Vec<&str> = links.iter().take(MOST_LINKS).map(source::RepoPath::as_str).collect();
            let links = named.join(", ");
            let message =
                format!("the archive of {name} holds links, which Helm reads as empty files: {links}");
            Statement::new(Rule::NotChecked, message, "package the chart again with regular files", place)
        }
        Note::OtherDigest { listed } => {
            let message =
                format!("the archive of {name} does not have the digest that the index lists, {listed}");
            let help = "the version may have been published again; Helm installs it as it is";
            notice(Statement::new(Rule::MovedTag, message, help, place))
        }
        Note::OtherVersion { inside } => {
            let message = format!("the archive of {name} has version {inside} in its Chart.yaml");
            notice(Statement::new(Rule::MovedTag, message, "Helm installs the archive as it is", place))
        }
    }
}

fn notice(statement: Statement) -> Statement {
    Statement { severity: Some(Severity::Notice), ..statement }
}

/// A chart, version or archive that is missing.
pub(super) fn of_missing(
    reference: &Reference,
    chart: &Request,
    missing: &Missing,
) -> (Verdict, Vec<Statement>) {
    let Missing::Chart(absent) = missing else { return (Verdict::Missing, Vec::new()) };
    let repository = chart.shown_repository();
    let (verdict, statement) = match absent {
        Absent::Chart { near } => {
            let message = format!("{repository} lists no chart {}", chart.chart);
            let site = place(reference, reference.parts.repository.as_ref());
            let mut statement = Statement::new(Rule::MissingChartVersion, message, CORRECT, site);
            statement.suggestions.extend(near.clone());
            (Verdict::Missing, statement)
        }
        Absent::Version { why: NoVersion::NotAVersion, .. } => {
            let message = format!("{:?} is neither a version nor a range of versions", chart.version());
            let help = "write a version, or a range as Helm reads it: ^1.2, >=1.2 <2, 1.x";
            (
                Verdict::Malformed,
                Statement::new(Rule::MalformedReference, message, help, place(reference, None)),
            )
        }
        Absent::Version { near, .. } => {
            let message = format!("{} of {repository} has no version {}", chart.chart, wanted(chart));
            let site = place(reference, reference.parts.tag.as_ref());
            let mut statement = Statement::new(Rule::MissingChartVersion, message, CORRECT, site);
            statement.suggestions.clone_from(near);
            (Verdict::Missing, statement)
        }
        Absent::Archive { version, address } => {
            let message =
                format!("{} of {repository} lists {version}, and its archive {address} is gone", chart.chart);
            let help = "use another version, or publish the archive again";
            (
                Verdict::Missing,
                Statement::new(Rule::MissingChartVersion, message, help, place(reference, None)),
            )
        }
    };
    (verdict, vec![with_suggestions(statement)])
}

/// The remedy if no name or version is similar.
const CORRECT: &str = "correct it, or publish the chart before this is merged";

/// The version in the form for messages.
fn wanted(chart: &Request) -> String {
    match chart.version() {
        "" => "that is stable".to_owned(),
        version => version.to_owned(),
    }
}

fn with_suggestions(mut statement: Statement) -> Statement {
    match statement.suggestions.as_slice() {
        [] => {}
        [one] => statement.help = Some(format!("did you mean {one}?")),
        several => statement.help = Some(format!("did you mean one of {}?", several.join(", "))),
    }
    statement
}

/// Adds the place in a chart to a statement. A default that is not rendered and that is not set in the
/// repository may belong to a disabled part of the chart: if it is missing, this is a warning.
pub(super) fn explain_default(statement: &mut Statement, default: &DefaultOf) {
    let mut line = format!("it comes from the chart {default}");
    let class = statement.rule.class();
    if default.is_whole && matches!(class, Class::Known(Severity::Error) | Class::Optional) {
        statement.severity = Some(Severity::Warning);
        line.push_str("; the chart may not deploy it with these values");
    }
    statement.help = Some(match statement.help.take() {
        Some(help) => format!("{help}\n{line}"),
        None => line,
    });
}
