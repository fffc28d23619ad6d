//! The reports of `pullable sentry --explain-setup`: text, and JSON.

use model::setup::{Fault, Setup};

use super::incident::counted;
use super::safe::{self, log_lines, printable};
use super::wrap::wrapped;

/// Maximum number of columns of the text.
const WIDEST: usize = 100;

/// The report for programs.
pub fn setup_json(setup: &Setup) -> String {
    safe::json(setup)
}

/// The text report, wrapped to `width` columns.
pub fn setup(setup: &Setup, width: usize) -> String {
    let mut text = String::new();
    for fault in &setup.faults {
        text += &shown(fault, width.min(WIDEST));
        text.push('\n');
    }
    text += &closing(setup);
    log_lines(&text)
}

fn shown(fault: &Fault, width: usize) -> String {
    let kind = fault.fault.as_str();
    let place = match (&fault.path, fault.line, fault.column) {
        (Some(path), Some(line), Some(column)) => format!("{path}:{line}:{column}: {kind}"),
        _ => kind.to_owned(),
    };
    let message = match &fault.object {
        Some(object) => format!("{object}: {}", fault.message),
        None => fault.message.clone(),
    };
    format!(
        "{}\n{}\n{}\n",
        printable(&place),
        indented(&message, width),
        indented(&format!("help: {}", fault.help), width)
    )
}

fn indented(text: &str, width: usize) -> String {
    wrapped(&printable(text), width, "  ", "  ")
}

fn closing(setup: &Setup) -> String {
    let objects = &setup.objects;
    let counts = [
        (objects.kustomizations, "Kustomization"),
        (objects.helm_releases, "HelmRelease"),
        (objects.applications, "Application"),
        (objects.alerts, "Alert"),
        (objects.providers, "Provider"),
    ];
    let mut parts = Vec::new();
    for (count, what) in counts {
        if count > 0 {
            parts.push(counted(count, what));
        }
    }
    let faults = match setup.faults.len() {
        0 => "no fault".to_owned(),
        count => counted(count, "fault"),
    };
    if parts.is_empty() { format!("{faults}\n") } else { format!("{}: {faults}\n", parts.join(", ")) }
}
