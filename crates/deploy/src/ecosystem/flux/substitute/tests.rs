//! Tests of single strings, and of the limits of a substitution.

use source::{RepoPath, SourceFile};

use super::*;

fn text(text: &str) -> Node {
    Node::whole_of(&Arc::new(SourceFile::of_text(RepoPath::new("a"), text)))
}

fn variables(known: &[(&str, &str)], open: bool) -> Variables {
    Variables { known: known.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect(), open }
}

/// The result for a string; `?` if it is unknown, and the reason if it is hidden.
fn made(written: &str, open: bool) -> String {
    let known = variables(&[("TAG", "1.5"), ("UP", "V1"), ("LINES", "a\nb"), ("E", "")], open);
    match value(&text(written), false, &known, &mut LONGEST.clone()) {
        Made::Node(node) => node.scalar().unwrap().to_owned(),
        Made::Unknown => "?".to_owned(),
        Made::Hidden(why) => why.to_owned(),
    }
}

#[test]
fn forms_of_variables() {
    for (written, expected) in [
        ("abc$${TAG}b${TAG}", "abc${TAG}b1.5"),
        ("a${UP,,}", "av1"),
        ("a${TAG:=2}", "a1.5"),
        ("a${LINES:=x}${LINES}", "aabab"),
        ("a${E:={x}y", "a{xy"),
        ("a${E:=${TAG}}", "a1.5"),
        ("a${1A}", "?"),
        ("a${}", "?"),
        ("a${none}", "a"),
    ] {
        assert_eq!(made(written, false), expected, "{written}");
    }
    assert_eq!((made("a${none}", true), made("a${none:-b}", true)), ("?".to_owned(), "ab".to_owned()));
    let nested = |depth: usize| format!("a{}1{}", "${E:=".repeat(depth), "}".repeat(depth));
    assert_eq!(made(&nested(MAX_DEPTH + 1), false), "a1");
    assert_eq!(made(&nested(MAX_DEPTH + 2), false), "defaults nest too deeply");
}

#[test]
fn parts_of_a_result_stand_in_the_variable() {
    let known = variables(&[("TAG", "1.5")], false);
    for written in ["web:${TAG}", "web:${TAG:=2}"] {
        let Made::Node(node) = value(&text(written), false, &known, &mut LONGEST.clone()) else {
            panic!("{written} is not known")
        };
        let place = node.place(6..7);
        assert_eq!((place.text(), place.file.text()), ("5", "1.5"), "{written}");
    }
}

#[test]
fn a_resource_that_nests_too_deeply_is_hidden() {
    let nested = |depth: usize| {
        let mut node = text("${TAG}");
        for _ in 0..depth {
            node = Node::mapping_at(vec![(node.with_text("k"), node.clone())], &node);
        }
        substituted(&Arc::new(node), &variables(&[("TAG", "1")], false))
    };
    let done = nested(MAX_DEPTH - 1);
    assert!(done.hidden.is_none() && done.root.is_some());
    assert_eq!(nested(MAX_DEPTH).hidden.map(|(why, _)| why), Some("it has too many values"));
}

#[test]
fn only_unknown_variables_of_a_secret() {
    let root = Arc::new(text("${none:=a}"));
    let done = |open| substituted(&root, &variables(&[], open)).root.is_some();
    assert!(done(true) && !done(false));
}
