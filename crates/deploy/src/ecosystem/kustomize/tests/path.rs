//! Field paths of replacements.

use super::super::path::FieldPath;
use super::{node, shown};

#[test]
fn the_field_that_a_path_leads_to() {
    let root = node("{a: {b.c: 1}, l: [{name: x, v: 2}, {name: y, v: 3}], w: [p, q], '0': 4}");
    for (path, expected) in [
        ("a.[b.c]", Some("1")),
        (r"a.b\.c", Some("1")),
        ("l.[name=y].v", Some("3")),
        ("l.0.v", Some("2")),
        ("l.-.v", Some("3")),
        ("w.[=q]", Some("q")),
        ("0", Some("4")),
        ("a.none", None),
        ("l.*.v", None),
        ("l.5", None),
    ] {
        let found = FieldPath::new(path).unwrap().get(&root).map(shown);
        assert_eq!(found.as_deref(), expected, "{path}");
    }
}

#[test]
fn the_fields_that_a_path_sets() {
    for (root, path, creates, expected) in [
        ("{a: {b: 1}}", "a.b", false, "{a: {b: new}}"),
        ("{a: {}}", "a.b", false, "{a: {}}"),
        ("{a: {}}", "a.b.c", true, "{a: {b: {c: new}}}"),
        ("{l: [{v: 1}, {v: 2}]}", "l.*.v", false, "{l: [{v: new}, {v: new}]}"),
        ("{l: [{v: 1}]}", "l.1.v", true, "{l: [{v: 1}, {v: new}]}"),
        ("{l: [{n: ab, v: 1}, {n: b, v: 2}]}", "l.[n=b].v", false, "{l: [{n: ab, v: new}, {n: b, v: new}]}"),
        ("{l: []}", "l.[n=b].v", true, "{l: [{n: b, v: new}]}"),
        ("{l: [p, q]}", "l.[=q]", false, "{l: [p, new]}"),
    ] {
        let (mut root, new) = (node(root), node("new"));
        let create = creates.then_some(&new);
        FieldPath::new(path).unwrap().set(&mut root, create, &mut |field| *field = new.clone());
        assert_eq!(shown(&root), expected, "{path}");
    }
    assert!(FieldPath::new(&"a.".repeat(600)).is_none());
}
