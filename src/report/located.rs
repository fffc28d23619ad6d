//! The results of `pullable where`: text, a list for scripts, and JSON.

use std::fmt::Write as _;

use model::located::{
    Document, LOCATED_SCHEMA_VERSION, Place, PlaceEntry, Places, SinceEntry, Unknown, UnknownReason,
};
use model::{SinceCommit, Verdict};

use super::audit::{day, short};
use super::chain;
use super::json;
use super::lines::count;
use super::safe::{self, cut, log_lines, printable};
use super::wrap::hanging;

/// Maximum number of columns of a place, and of a unit.
const WIDEST: usize = 60;
/// Maximum length of a subject of a commit, in characters.
const SUBJECT: usize = 60;

/// Maximum number of examples of unknown references, and their maximum length, in characters.
const EXAMPLES: usize = 2;
const EXAMPLE: usize = 60;
/// Maximum number of images of the same name.
const NEAR: usize = 3;

/// A line for a place in a unit.
struct Row<'p> {
    image: String,
    place: String,
    unit: String,
    since: Option<&'p SinceEntry>,
}

/// The result as text: a line for each place and unit, grouped by image, then the sum and the unknown
/// references. `columns`: those of the terminal, if there is one. The parts of a longer line are written
/// below each other.
pub fn located_text(found: &Places, columns: Option<usize>) -> String {
    let rows = rows(found);
    let mut lines = places_in_columns(&rows);
    if let Some(columns) = columns
        && lines.iter().any(|line| line.chars().count() > columns)
    {
        lines = places_in_steps(&rows);
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.push(sum(found, &rows));
    lines.extend(near(found));
    lines.extend(found.unknown.iter().map(not_known));
    lines.extend(shallow(&rows));
    let shown: Vec<String> = lines.iter().map(|line| hanging(&printable(line), 2, columns)).collect();
    log_lines(&shown.join("\n"))
}

/// A line for each place and unit, in columns.
fn places_in_columns(rows: &[Row<'_>]) -> Vec<String> {
    let (mut places, mut units) = (0, 0);
    for row in rows {
        places = places.max(row.place.chars().count());
        units = units.max(row.unit.chars().count());
    }
    let (places, units) = (places.min(WIDEST), units.min(WIDEST));
    let mut lines = Vec::new();
    let mut image = "";
    for row in rows {
        if row.image != image {
            image = &row.image;
            lines.push(image.to_owned());
        }
        let since = row.since.map(since).unwrap_or_default();
        let line = format!("  {:<places$}  {:<units$}  {since}", row.place, row.unit);
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// The image, the place, the unit and the commit below each other, each deeper.
fn places_in_steps(rows: &[Row<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut image, mut place) = ("", "");
    for row in rows {
        if row.image != image {
            (image, place) = (&row.image, "");
            lines.push(image.to_owned());
        }
        if row.place != place {
            place = &row.place;
            lines.push(format!("  {place}"));
        }
        lines.push(format!("    {}", row.unit));
        lines.extend(row.since.map(|one| format!("      {}", since(one))));
    }
    lines
}

/// A line for each place and unit: image, `path:line:column`, unit, and commit, with tabs between. Without a known commit
/// the last field is empty.
pub fn located_list(found: &Places) -> String {
    let mut out = String::new();
    for row in rows(found) {
        let commit = row.since.and_then(|since| since.commit.as_ref()).map(|commit| commit.id.as_str());
        let fields = [&row.image, &row.place, &row.unit, commit.unwrap_or_default()];
        // No field contains a tab: `printable` replaces it by a blank.
        let _ = writeln!(out, "{}", fields.map(printable).join("\t"));
    }
    log_lines(&out)
}

/// The result for programs.
pub fn located_json(found: &Places) -> String {
    let mut places = Vec::new();
    for Place { reference, since } in &found.places {
        let reference = json::entry(reference, &Verdict::Unasked, false);
        places.push(PlaceEntry { reference, since: since.clone() });
    }
    safe::json(&Document {
        schema_version: LOCATED_SCHEMA_VERSION,
        tool: json::tool(),
        head: found.head.clone(),
        wanted: found.wanted.clone(),
        places,
        unknown: found.unknown.clone(),
    })
}

fn rows(found: &Places) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for Place { reference, since } in &found.places {
        let (image, at) = (reference.image_or_text(), reference.site.location());
        let place = format!("{}:{}:{}", reference.site.file.path(), at.line, at.column);
        let units = std::iter::once(&reference.unit).chain(&reference.also_in);
        for (nth, unit) in units.enumerate() {
            let since = since.as_ref().and_then(|all| all.get(nth));
            rows.push(Row { image: image.clone(), place: place.clone(), unit: chain::name(unit), since });
        }
    }
    rows
}

/// The commit since which a unit has an image, in words.
fn since(since: &SinceEntry) -> String {
    let why = since.why.as_deref().unwrap_or_default();
    let Some(commit) = &since.commit else { return format!("since when is not known: {why}") };
    let SinceCommit { id, date, subject, is_exact, adds_unit } = commit;
    let day = day(*date);
    let (least, added) =
        (if *is_exact { "" } else { " at least" }, if *adds_unit { " (new unit)" } else { "" });
    format!("since{least} {day}, {}{added} {}", short(id), cut(subject, SUBJECT))
}

fn sum(found: &Places, rows: &[Row<'_>]) -> String {
    let at = short(&found.head);
    if rows.is_empty() {
        return format!("nothing in Git at {at} names {}", found.wanted.join(" or "));
    }
    let mut units: Vec<&str> = rows.iter().map(|row| row.unit.as_str()).collect();
    units.sort_unstable();
    units.dedup();
    format!("{} in {} at {at}", count(found.places.len(), "place"), count(units.len(), "unit"))
}

/// The images that may have been meant, in one line.
fn near(found: &Places) -> Option<String> {
    // The names are not cut, because they are copied.
    let shown: Vec<&str> = found.near.iter().take(NEAR).map(String::as_str).collect();
    if shown.is_empty() {
        return None;
    }
    let more = found.near.len() - shown.len();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("  of the same name: {}{rest}", shown.join(", ")))
}

/// A reason with its number and examples, in one line.
fn not_known(unknown: &Unknown) -> String {
    let n = unknown.count;
    let is = if n == 1 { "is" } else { "are" };
    let what = match unknown.reason {
        UnknownReason::NotInGit => {
            let what = if n == 1 { "chart or artifact is" } else { "charts and artifacts are" };
            format!("{n} {what} not in Git and may deploy more")
        }
        UnknownReason::Unresolved => format!("{} {is} filled in elsewhere", count(n, "reference")),
        UnknownReason::GuessedRegistry => {
            format!("the chart decides the registry of {}", count(n, "reference"))
        }
        UnknownReason::NotRead => format!("{} {is} only partly read", count(n, "file")),
    };
    let shown: Vec<String> = unknown.examples.iter().take(EXAMPLES).map(|text| cut(text, EXAMPLE)).collect();
    let more = if n > shown.len() { ", …" } else { "" };
    format!("  {what}: {}{more}", shown.join(", "))
}

/// The command that completes a shallow clone.
fn shallow(rows: &[Row<'_>]) -> Option<String> {
    let mut inexact = rows
        .iter()
        .filter_map(|row| row.since)
        .filter(|since| since.commit.as_ref().is_some_and(|commit| !commit.is_exact));
    let why = inexact.next()?.why.as_ref()?;
    Some(format!("  \"at least\": {why}"))
}
