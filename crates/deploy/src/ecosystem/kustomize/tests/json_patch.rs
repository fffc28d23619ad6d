//! JSON patches.

use super::super::budget::Budget;
use super::super::json_patch::{Refused, apply, write};
use super::{node, shown};

/// The tree after an operation, or the reason why it is refused.
fn applied(root: &str, operation: &str, implied: &[&[&str]]) -> String {
    let mut root = node(root);
    match apply(&mut root, &node(operation), implied, &mut Budget::default()) {
        Ok(()) => shown(&root),
        Err(refused) => match refused {
            Refused::Broken(why) => why,
            Refused::Exceeded(why) => why.to_owned(),
        },
    }
}

#[test]
fn operations() {
    for (root, operation, expected) in [
        ("{a: 1}", "{op: add, path: /b, value: 2}", "{a: 1, b: 2}"),
        ("{a: 1}", "{op: add, path: /a, value: 2}", "{a: 2}"),
        ("{a: [1, 2]}", "{op: add, path: /a/1, value: 3}", "{a: [1, 3, 2]}"),
        ("{a: [1, 2]}", "{op: add, path: /a/-, value: 3}", "{a: [1, 2, 3]}"),
        ("{a: [1, 2]}", "{op: add, path: /a/-1, value: 3}", "{a: [1, 2, 3]}"),
        ("{a: [1, 2]}", "{op: add, path: /a/3, value: 3}", "there is no /a/3"),
        ("{a: 1}", "{op: add, path: /b/c, value: 2}", "there is no /b"),
        ("{a: [1, 2]}", "{op: replace, path: /a/-1, value: 3}", "{a: [1, 3]}"),
        ("{a: 1}", "{op: replace, path: /b, value: 2}", "{a: 1, b: 2}"),
        ("{a: [1]}", "{op: replace, path: /a/1, value: 2}", "there is no /a/1"),
        ("{a: 1, b: 2}", "{op: remove, path: /a}", "{b: 2}"),
        ("{a: 1}", "{op: remove, path: /b}", "there is no /b"),
        ("{a: [1, 2]}", "{op: remove, path: /a/0}", "{a: [2]}"),
        ("{a: 1}", "{op: move, from: /a, path: /b}", "{b: 1}"),
        ("{a: 1}", "{op: copy, from: /a, path: /b}", "{a: 1, b: 1}"),
        ("{a: 1}", "{op: copy, from: /none, path: /b}", "{a: 1, b: null}"),
        ("{a: 1}", "{op: test, path: /a, value: 1}", "{a: 1}"),
        ("{a: 1}", "{op: test, path: /a, value: 2}", "the test of /a fails"),
        ("{a: 1}", "{op: test, path: /b, value: null}", "{a: 1}"),
        ("{a: {b: 1, c: [2]}}", "{op: test, path: /a, value: {c: [2], b: 1}}", "{a: {b: 1, c: [2]}}"),
        ("{a: {b: 1}}", "{op: test, path: /a, value: {b: 2}}", "the test of /a fails"),
        ("{a: {b: 1}}", "{op: test, path: /a, value: [1]}", "the test of /a fails"),
        ("{a: {b: 1}}", "{op: test, path: /a, value: {}}", "the test of /a fails"),
        ("{'a/b': {'~': 1}}", "{op: replace, path: /a~1b/~0, value: 2}", "{a/b: {~: 2}}"),
        ("{a: 1}", "{op: set, path: /a}", "\"set\" is not an operation of a JSON patch"),
    ] {
        assert_eq!(applied(root, operation, &[]), expected, "{operation}");
    }
}

#[test]
fn annotations_that_kustomize_has_added_exist() {
    let annotations: &[&[&str]] = &[&["metadata", "annotations"]];
    for (operation, expected) in [
        (
            "{op: add, path: /metadata/annotations/x, value: y1}",
            "{metadata: {name: a, annotations: {x: y1}}}",
        ),
        (
            "{op: replace, path: /metadata/annotations/x, value: y1}",
            "{metadata: {name: a, annotations: {x: y1}}}",
        ),
        ("{op: remove, path: /metadata/annotations}", "{metadata: {name: a}}"),
        ("{op: remove, path: /metadata/annotations/x}", "there is no /metadata/annotations/x"),
        ("{op: add, path: /metadata/labels/x, value: y1}", "there is no /metadata/labels"),
    ] {
        assert_eq!(applied("{metadata: {name: a}}", operation, annotations), expected, "{operation}");
    }
    let add = "{op: add, path: /metadata/annotations/x, value: y1}";
    assert_eq!(applied("{metadata: {name: a}}", add, &[]), "there is no /metadata/annotations");
}

#[test]
fn operations_on_a_resource_that_stands_elsewhere() {
    let mut root = node("{}");
    for operation in [
        "{op: replace, path: /spec/containers/0/image, value: 'a:1'}",
        "{op: add, path: /spec/containers/-, value: {image: 'b:1'}}",
        "{op: remove, path: /spec/none}",
        "{op: add, path: '', value: 1}",
    ] {
        write(&mut root, &node(operation)).unwrap();
    }
    assert_eq!(shown(&root), "{spec: {containers: [{image: a:1}, {image: b:1}]}}");
}
