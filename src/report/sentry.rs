//! The reports of `pullable sentry`: text, and JSON.

use model::incident::Incident;
use model::sentry::Outcome;

use super::incident::{add_incident, in_columns, short};
use super::safe;

/// The outcome for programs.
pub fn sentry_json(outcome: &Outcome) -> String {
    safe::json(outcome)
}

/// The outcome as text. `columns`: those of the terminal, if there is one.
pub fn sentry(outcome: &Outcome, columns: Option<usize>) -> String {
    let about = &outcome.about;
    let mut object = match about.namespace.as_str() {
        "" => format!("{} {}", about.kind, about.name),
        namespace => format!("{} {namespace}/{}", about.kind, about.name),
    };
    if let Some(cluster) = &about.cluster {
        object.push_str(&format!(" in {cluster}"));
    }
    let mut lines = vec![format!("{object}: {} ({})", outcome.reason, outcome.decision)];
    lines.push(format!("  {}", outcome.why));
    if let Some(head) = &outcome.head {
        let units = outcome.units.join(", ");
        let at = if units.is_empty() { String::new() } else { format!("{units} at ") };
        lines.push(format!("  looked at: {at}{}", short(head)));
    }
    for decided in &outcome.incidents {
        lines.push(String::new());
        if let [_] = outcome.incidents.as_slice() {
            // The explanation is part of the outcome.
            add_incident(&mut lines, &Incident { why: None, ..decided.incident.clone() });
        } else {
            lines.push(format!("{} ({}):", decided.reason, decided.decision));
            add_incident(&mut lines, &decided.incident);
        }
    }
    if !outcome.unverified.is_empty() {
        lines.push(String::new());
        lines.push("not verified, so nothing is known about them:".to_owned());
        lines.extend(outcome.unverified.iter().map(|image| format!("  {image}")));
    }
    in_columns(&lines, columns)
}
