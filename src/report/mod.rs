//! Reports: findings to text. Every format has the same signature; the exit code is decided elsewhere
//! and depends on none of them.

use model::Report;
use model::report::Document;

mod audit;
mod blocks;
mod chain;
mod changes;
mod concise;
pub mod corrections;
mod doctor;
pub mod drift;
mod effective;
mod excerpt;
mod failure;
mod format;
mod github;
mod gitlab;
mod human;
mod images;
mod incident;
mod json;
mod junit;
mod lines;
mod list;
mod located;
mod markdown;
mod merged;
mod openmetrics;
mod outcome;
mod plot;
mod rdjsonl;
mod reference;
mod safe;
mod sarif;
mod sentry;
mod setup;
mod style;
mod wrap;

pub use doctor::{doctor, doctor_json};
pub use effective::{effective, effective_json};
pub use failure::{failure, fault, heading, note};
pub use format::Format;
pub use github::refusal;
pub use incident::{incidents, incidents_json};
pub use json::write as write_json;
pub use located::{located_json, located_list, located_text};
pub use plot::plot;
pub use safe::{json_line, printable};
pub use sentry::{sentry, sentry_json};
pub use setup::{setup, setup_json};
pub use style::{Style, Volume};

/// Writes the report in a format.
pub fn render(report: &Report, format: Format, style: Style) -> String {
    match format {
        Format::Human => human::render(report, style),
        Format::Concise => concise::render(report, style),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report),
        Format::Github => github::render(report, style),
        Format::Gitlab => gitlab::render(report),
        Format::Junit => junit::render(report),
        Format::Rdjsonl => rdjsonl::render(report),
        Format::Markdown => markdown::render(report, markdown::COMMENT),
        Format::Openmetrics => openmetrics::render(&json::document(report), report.at),
        Format::List => images::render(report),
    }
}

/// Writes the merged report of shards: as JSON or metrics, or as text for any other format. `at`: the time of
/// the merge, in seconds since 1970.
pub fn merged(whole: &Document, format: Format, at: i64) -> String {
    match format {
        Format::Json => document(whole),
        Format::Openmetrics => openmetrics::render(whole, at),
        _ => merged::merged(whole),
    }
}

/// The document of a report.
pub fn document_of(report: &Report) -> Document {
    json::document(report)
}

/// Writes a document as `--format json` does.
pub fn document(document: &Document) -> String {
    safe::json(document)
}

/// Markdown for a job's summary, of no more than `room` bytes.
pub fn summary(report: &Report, room: usize) -> String {
    markdown::render(report, room)
}
