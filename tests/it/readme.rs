//! What the README shows is what the program prints, and what it says of the quickstart holds.

use std::path::PathBuf;
use std::process::Command;

use crate::support::{run, scrub};

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

/// An example as `cargo test` has built it.
fn example(name: &str) -> PathBuf {
    let mut path = PathBuf::from(crate::support::PULLABLE);
    path.pop();
    path.join("examples").join(name)
}

#[test]
fn the_picture_is_the_quickstart() {
    let text = readme();
    let (_, rest) = text.split_once("```text\n").unwrap();
    let (picture, _) = rest.split_once("\n```").unwrap();
    let shown = run(&mut Command::new(example("quickstart")));
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    let (printed, status) = shown.stdout.split_once("\n\n$ echo $?\n").unwrap();
    assert_eq!(status, "1\n");
    assert_eq!(scrub(picture), scrub(printed));
}

#[test]
fn the_drawing_is_the_quickstart_too() {
    let drawn = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/terminal.svg")).unwrap();
    let shown = run(&mut Command::new(example("picture")));
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    let how = "cargo run --example picture > docs/terminal.svg";
    assert!(scrub(&drawn) == scrub(&shown.stdout), "docs/terminal.svg is old: {how}");
    roxmltree::Document::parse(&drawn).unwrap();
}

#[test]
fn links_lead_to_files() {
    let text = readme();
    let links: Vec<&str> = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(!links.is_empty());
    for link in links.iter().filter(|link| !link.starts_with("http")) {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(link);
        assert!(path.exists(), "{link}");
    }
}
