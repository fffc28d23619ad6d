//! `pullable audit plot`: the history of audits as a picture.

use std::fs;

use crate::support::{Run, pullable_in};

/// A completed audit at a moment, in seconds since 1970.
fn line(at: i64, broken: usize, unverified: usize) -> String {
    let at = model::time::text(at);
    format!(
        "{{\"line\":\"run\",\"at\":\"{at}\",\"commit\":\"4f2a9c81d04f2a9c81d04f2a9c81d04f2a9c81d0\",\"references\":430,\
         \"images\":412,\"broken\":{broken},\"unverified\":{unverified},\"suspended\":0}}\n"
    )
}

fn plotted(history: &str) -> Run {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("history.jsonl"), history).unwrap();
    pullable_in(folder.path(), &["audit", "plot", "history.jsonl"])
}

/// The elements of a class.
fn of_class(svg: &str, class: &str) -> usize {
    let document = roxmltree::Document::parse(svg).unwrap_or_else(|error| panic!("{error}\n{svg}"));
    document.descendants().filter(|node| node.attribute("class") == Some(class)).count()
}

/// Numbers of a picture are within its frame, and no text is outside of it.
fn is_within(svg: &str) {
    let document = roxmltree::Document::parse(svg).unwrap();
    for node in document.descendants() {
        for (name, most) in [("x", 800.0), ("cx", 800.0), ("y", 396.0), ("cy", 396.0)] {
            let Some(value) = node.attribute(name) else { continue };
            let value: f64 = value.parse().unwrap_or_else(|_| panic!("{name}={value:?}"));
            assert!(value >= 0.0 && value <= most, "{name}={value}");
        }
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
}

#[test]
fn the_picture_of_the_documentation_is_what_the_program_draws() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/docs");
    let drawn = fs::read_to_string(format!("{docs}/history.svg")).unwrap();
    let run = plotted(&fs::read_to_string(format!("{docs}/history.jsonl")).unwrap());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let how = "pullable audit plot docs/history.jsonl > docs/history.svg";
    assert!(drawn == run.stdout, "docs/history.svg is old: {how}");
}

const DAY: i64 = 86_400;
const START: i64 = 1_767_225_600;

#[test]
fn one_audit_is_a_dot() {
    let run = plotted(&line(START, 3, 7));
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    is_within(&run.stdout);
    assert_eq!((of_class(&run.stdout, "curve"), of_class(&run.stdout, "gap")), (0, 0));
    assert_eq!(run.stdout.matches("<circle").count(), 2);
    assert!(run.stdout.contains(
        "2026-01-01: of 412 images 3 cannot be pulled, 7 could not be verified (commit 4f2a9c81d0)"
    ));
    assert!(run.stdout.contains("prefers-color-scheme:dark"));
}

#[test]
fn a_thousand_audits_are_two_curves() {
    let history: String =
        (0..1000).map(|n| line(START + n * DAY, 3, usize::try_from(n).unwrap() % 50)).collect();
    let svg = plotted(&history).stdout;
    is_within(&svg);
    assert_eq!((of_class(&svg, "curve"), of_class(&svg, "gap"), svg.matches("<circle").count()), (2, 0, 0));
    let document = roxmltree::Document::parse(&svg).unwrap();
    let labels = document.descendants().filter(|node| node.has_tag_name("text"));
    let texts: Vec<&str> = labels.filter_map(|node| node.text()).collect();
    let dates = texts.iter().filter(|text| text.len() == 10 && text.starts_with("20")).count();
    assert!((3..=7).contains(&dates), "{dates} dates: {texts:?}");
    assert!(svg.len() < 100_000, "{} bytes", svg.len());
}

#[test]
fn a_time_without_audits_is_a_gap() {
    let days = [0, 1, 2, 3, 11, 12, 13];
    let history: String = days.iter().map(|day| line(START + day * DAY, 1, 0)).collect();
    let svg = plotted(&history).stdout;
    is_within(&svg);
    assert_eq!(of_class(&svg, "curve"), 4, "two stretches of each curve");
    assert_eq!(of_class(&svg, "gap"), 3, "one in each panel, and the legend");
    assert!(svg.contains("no audit"));
}

#[test]
fn shards_and_damaged_lines_are_left_out() {
    let shard =
        line(START, 400, 0).replace("\"references\"", "\"shard\":{\"index\":1,\"total\":2},\"references\"");
    let svg = plotted(&format!("{shard}{}{{\"line\"\n{}", line(START, 1, 0), line(START + DAY, 2, 0))).stdout;
    assert_eq!(svg.matches("<circle").count(), 4);
}

#[test]
fn a_file_without_an_audit_is_refused() {
    plotted("")
        .refused(&["history.jsonl: no completed audit is recorded in it", "pullable audit --history FILE"]);
    plotted("nothing\n").refused(&["no completed audit"]);
    let folder = tempfile::tempdir().unwrap();
    pullable_in(folder.path(), &["audit", "plot", "absent"]).refused(&["absent"]);
    pullable_in(folder.path(), &["audit", "--quiet", "plot", "absent"]).refused(&["cannot be used with"]);
}
