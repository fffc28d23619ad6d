//! Strategic merge patches.

use super::super::merge::{merge, without_directives};
use super::{node, shown};

#[test]
fn a_patch_is_merged_into_a_resource() {
    for (resource, patch, keyed, expected) in [
        ("{a: 1, b: 2}", "{b: 3, c: 4}", "{a: 1, b: 3, c: 4}"),
        ("{a: 1, b: 2}", "{b: null}", "{a: 1}"),
        ("{a: {x: 1}}", "{a: {y: 2}}", "{a: {x: 1, y: 2}}"),
        ("{a: {x: 1}}", "{a: {$patch: replace, y: 2}}", "{a: {y: 2}}"),
        ("{a: {x: 1}, b: 1}", "{a: {$patch: delete}}", "{b: 1}"),
        ("{a: [1, 2]}", "{a: [3]}", "{a: [3]}"),
        ("{b: 1}", "{a: {x: null, y: 1}}", "{b: 1, a: {y: 1}}"),
        // The identity of a resource does not change.
        (
            "{kind: A, metadata: {name: a, labels: {x: 1}}}",
            "{kind: B, metadata: {name: b, labels: {y: 2}}}",
            "{kind: A, metadata: {name: a, labels: {x: 1, y: 2}}}",
        ),
        (
            "{kind: A, metadata: {name: a}, spec: 1}",
            "{$patch: replace, data: 2}",
            "{kind: A, metadata: {name: a}, data: 2}",
        ),
    ]
    .map(|(resource, patch, expected)| (resource, patch, false, expected))
    {
        let mut root = node(resource);
        let merged = merge(&mut root, &node(patch), keyed);
        assert!(merged.is_kept && merged.refused.is_none(), "{patch}");
        assert_eq!(shown(&root), expected, "{resource} + {patch}");
    }
    assert!(!merge(&mut node("{a: 1}"), &node("{$patch: delete}"), false).is_kept);
}

#[test]
fn lists_are_merged_by_their_key() {
    let containers = |list: &str| format!("{{containers: {list}}}");
    let two = "[{name: a, image: 'a:1'}, {name: b, image: 'b:1'}]";
    for (list, patch, expected) in [
        (two, "[{name: b, image: 'b:2'}]", "[{name: b, image: b:2}, {name: a, image: a:1}]"),
        (two, "[{name: c}]", "[{name: c}, {name: a, image: a:1}, {name: b, image: b:1}]"),
        (two, "[{name: a, $patch: delete}]", "[{name: b, image: b:1}]"),
        (two, "[{$patch: replace}, {name: c}]", "[{name: c}]"),
        (two, "[{$patch: delete}]", ""),
        // An item without a name removes all items that are not merged yet.
        ("[{name: a, image: 'a:1'}]", "[{image: 'x:1'}]", "[]"),
        (two, "[null]", "[]"),
        (two, "[{name: null}, {name: ''}]", "[]"),
        (two, "[{}, {name: c}]", "[{name: c}]"),
        (two, "[{name: b, image: 'b:2'}, null]", "[{name: b, image: b:2}]"),
        (two, "[null, {name: b}]", "[{name: b}]"),
        (two, "[{$patch: delete, image: x}, {name: b}]", "[{name: b}]"),
    ] {
        let mut root = node(&containers(list));
        assert!(merge(&mut root, &node(&containers(patch)), true).is_kept);
        let expected = if expected.is_empty() { "{}".to_owned() } else { containers(expected) };
        assert_eq!(shown(&root), expected, "{patch}");
        // A kind that kustomize does not know has no keys.
        let mut root = node(&containers(list));
        merge(&mut root, &node(&containers("[{name: z}]")), false);
        assert_eq!(shown(&root), containers("[{name: z}]"));
    }
    for (patch, expected) in [
        ("[null, {name: c}]", "[]"),
        ("[{name: c}, null]", "[{name: c}]"),
        ("[{image: x}, {name: c}]", "[{image: x}]"),
    ] {
        let mut root = node("{}");
        merge(&mut root, &node(&containers(patch)), true);
        assert_eq!(shown(&root), containers(expected), "a new list: {patch}");
    }
    let mut root = node("{ports: [{containerPort: 1, name: a}]}");
    merge(&mut root, &node("{ports: [{containerPort: 1, name: b}, {containerPort: 2}]}"), true);
    assert_eq!(shown(&root), "{ports: [{containerPort: 1, name: b}, {containerPort: 2}]}");
}

#[test]
fn a_replaced_scalar_stays_known() {
    let mut root = node("{image: 'a:1'}");
    merge(&mut root, &node("{image: 'a:2'}"), false);
    merge(&mut root, &node("{image: 'a:3'}"), false);
    let labels: Vec<&str> = root.get("image").unwrap().history().iter().map(|(_, label)| *label).collect();
    assert_eq!(labels, ["written here in the base", "changed here on the way"]);
}

#[test]
fn a_patch_alone_has_no_directives() {
    let patch =
        "{kind: A, spec: {containers: [{name: a, $patch: delete}, {name: b, image: 'b:1'}], x: null}}";
    let alone = without_directives(&node(patch)).0.unwrap();
    assert_eq!(shown(&alone), "{kind: A, spec: {containers: [{name: b, image: b:1}]}}");
    assert!(without_directives(&node("{$patch: delete, kind: A}")).0.is_none());
}

#[test]
fn values_of_another_sort_are_refused() {
    for (resource, patch, expected) in [
        ("{a: {b: 1}}", "{a: x}", "a is a mapping in the resource, and a scalar in this patch"),
        ("{a: {b: 1}}", "{a: []}", "a is a mapping in the resource, and a list in this patch"),
        ("{a: [1]}", "{a: {b: 1}}", "a is a list in the resource, and a mapping in this patch"),
        ("{a: 1}", "{a: [1]}", "a is a scalar in the resource, and a list in this patch"),
        ("{a: {b: 1}}", "{a: {$patch: drop}}", "kustomize has no $patch: drop"),
    ] {
        let mut root = node(resource);
        let (_, why) = merge(&mut root, &node(patch), true).refused.unwrap();
        assert_eq!((shown(&root).as_str(), why.as_str()), (resource, expected));
    }
    // An absent value may get any type.
    for (resource, patch) in
        [("{a: null}", "{a: [1]}"), ("{}", "{a: {$patch: drop}}"), ("{a: 1}", "{a: null}")]
    {
        assert!(merge(&mut node(resource), &node(patch), true).refused.is_none(), "{patch}");
    }
}
