//! The tables and drawings of `docs/growth.md` agree with `docs/growth.json`.

use std::fs;

use regex::Regex;
use serde_json::Value;

/// The axes with a table of sizes.
const AXES: &[&str] = &["files", "kustomizations", "references"];
/// The rows of a table, and the keys of their figures.
const MEASURES: &[(&str, &str)] = &[
    ("processor time", "processor"),
    ("wall time", "wall"),
    ("peak memory", "memory"),
    ("instructions", "instructions"),
];
/// The rows that the panels of a drawing show.
const DRAWN: &[&str] = &["processor time", "peak memory"];
const HOW: &str = "python3 benches/growth.py draw";

fn docs(file: &str) -> String {
    fs::read_to_string(format!("{}/docs/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn figures() -> Value {
    serde_json::from_str(&docs("growth.json")).unwrap()
}

/// The cells of the rows of an axis, without those for the exponent.
fn rows(axis: &str) -> Vec<Vec<String>> {
    let page = docs("growth.md");
    let (_, rest) = page.split_once(&format!("<!-- {axis} -->")).unwrap();
    let (table, _) = rest.split_once("<!-- end -->").unwrap();
    let lines = table.lines().filter(|line| line.starts_with('|')).skip(2);
    lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// The figures that a drawing shows to a reader who points at a mark, in order.
fn drawn(axis: &str) -> Vec<String> {
    let svg = docs(&format!("growth-{axis}.svg"));
    assert!(svg.len() < 40_000, "{} bytes", svg.len());
    let document = roxmltree::Document::parse(&svg).unwrap();
    let titles =
        document.descendants().filter(|node| node.has_tag_name("title")).filter_map(|node| node.text());
    titles.filter_map(|title| Some(title.split_once(": ")?.1.to_owned())).collect()
}

/// The number of a figure in seconds, MB or a count.
fn number(figure: &str) -> f64 {
    let pattern = Regex::new(r"^([\d.,]+) (ms|s|MB|M)$").unwrap();
    let found = pattern.captures(figure).unwrap_or_else(|| panic!("{figure}"));
    let number: f64 = found[1].replace(',', "").parse().unwrap();
    match &found[2] {
        "ms" => number / 1000.0,
        "M" => number * 1e6,
        _ => number,
    }
}

/// The cells are these figures, to the digits that they have.
fn same(cells: &[String], points: &Value, measure: &str) {
    let points = points.as_array().unwrap();
    assert_eq!(cells.len(), points.len(), "{HOW}");
    for (cell, point) in cells.iter().zip(points) {
        match point[measure].as_f64() {
            None => assert_eq!(cell, "–", "{HOW}"),
            Some(exact) => {
                let shown = number(cell);
                assert!((shown - exact).abs() <= exact * 0.051, "{cell} is not {exact}: {HOW}");
            }
        }
    }
}

#[test]
fn tables_and_drawings_of_growth_have_the_measured_figures() {
    let all = figures();
    for axis in AXES {
        let mut shown: Vec<(String, String, Vec<String>)> = Vec::new();
        for mut row in rows(axis) {
            let cells = row.split_off(2);
            let name = if row[0].is_empty() { shown.last().unwrap().0.clone() } else { row[0].clone() };
            let (_, measure) = MEASURES.iter().find(|(title, _)| *title == row[1]).unwrap();
            let (_, figures) = cells.split_last().unwrap();
            same(figures, &all[axis][&name], measure);
            shown.push((name, row[1].clone(), figures.to_vec()));
        }
        let names: Vec<&String> = all[axis].as_object().unwrap().keys().collect();
        let expected: Vec<String> = DRAWN
            .iter()
            .flat_map(|title| names.iter().map(move |name| (*title, *name)))
            .flat_map(|(title, name)| {
                let row = shown.iter().find(|row| row.0 == *name && row.1 == title);
                row.unwrap_or_else(|| panic!("{axis}: no row {title} of {name}: {HOW}")).2.clone()
            })
            .collect();
        assert_eq!(drawn(axis), expected, "{axis}: {HOW}");
    }
}

#[test]
fn the_table_of_latencies_has_the_measured_figures() {
    let all = figures();
    let table = rows("latency");
    let (mut walls, mut ratios) = (Vec::new(), Vec::new());
    for (index, points) in all["latency"].as_object().unwrap().values().enumerate() {
        same(&table[1 + index * 2][2..], points, "wall");
        walls.extend(points.as_array().unwrap().iter().map(|point| point["wall"].as_f64().unwrap()));
        ratios.extend(table[2 + index * 2][2..].iter().filter(|cell| *cell != "–").cloned());
    }
    let drawn = drawn("latency");
    assert_eq!(drawn.len(), walls.len() + ratios.len(), "{HOW}");
    let (times, shown) = drawn.split_at(walls.len());
    for (figure, exact) in times.iter().zip(walls) {
        assert!((number(figure) - exact).abs() <= exact * 0.051, "{figure} is not {exact}: {HOW}");
    }
    assert_eq!(shown, ratios, "{HOW}");
}
