//! Replacements.

use super::super::budget::Budget;
use super::super::item::Extent;
use super::super::replacement::apply;
use super::{item, node, shown};

#[test]
fn values_are_copied() {
    let from = "{kind: ConfigMap, metadata: {name: c}, data: {tag: '7', image: 'r/web:9'}}";
    let to = "{kind: Pod, metadata: {name: p}, spec: {image: 'web:1', args: [x]}}";
    let source = |rest: &str| format!("source: {{kind: ConfigMap, name: c, {rest}}}");
    let target = |rest: &str| format!("targets: [{{select: {{kind: Pod}}, {rest}}}]");
    for (source, target, expected) in [
        (source("fieldPath: data.image"), target("fieldPaths: [spec.image]"), "{image: r/web:9, args: [x]}"),
        (
            source("fieldPath: data.tag"),
            target("fieldPaths: [spec.image], options: {delimiter: ':', index: 1}"),
            "{image: web:7, args: [x]}",
        ),
        (
            source("fieldPath: data.image, options: {delimiter: ':', index: 1}"),
            target("fieldPaths: [spec.image], options: {delimiter: ':', index: 1}"),
            "{image: web:9, args: [x]}",
        ),
        (
            source("fieldPath: data.tag"),
            target("fieldPaths: [spec.image], options: {delimiter: ':', index: -1}"),
            "{image: 7:web:1, args: [x]}",
        ),
        (
            source("fieldPath: data.tag"),
            target("fieldPaths: [spec.new], options: {create: true}"),
            "{image: web:1, args: [x], new: 7}",
        ),
        (source("fieldPath: data.none"), target("fieldPaths: [spec.image]"), "{image: web:1, args: [x]}"),
        (
            source("fieldPath: data.tag"),
            target("reject: [{name: p}], fieldPaths: [spec.image]"),
            "{image: web:1, args: [x]}",
        ),
        (
            "sourceValue: plain".to_owned(),
            target("fieldPaths: [spec.args.0]"),
            "{image: web:1, args: [plain]}",
        ),
    ] {
        let mut items = [item(from), item(to)];
        let replacement = node(&format!("{source}\n{target}\n"));
        _ = apply(&mut items, &replacement, &mut Budget::default());
        assert_eq!(shown(items[1].body().get("spec").unwrap()), expected, "{replacement:?}");
    }
}

#[test]
fn what_a_replacement_lacks() {
    let pod = "{kind: Pod, metadata: {name: p}, spec: {image: 'web:1', args: [x], text: '{\"a\": 1}'}}";
    for (replacement, expected) in [
        ("{source: {kind: Pod}, targets: [{select: {kind: Pod}}]}", None),
        ("{source: {kind: Pod}, targets: []}", None),
        ("{sourceValue: a, targets: [{select: {kind: None}, fieldPaths: [spec.none]}]}", None),
        // Texts may be YAML or JSON, which kustomize parses.
        ("{sourceValue: a, targets: [{select: {kind: Pod}, fieldPaths: [spec.text.a]}]}", None),
        ("{source: {kind: Pod}}", Some("kustomize requires targets here")),
        ("{targets: []}", Some("kustomize requires a source here")),
        (
            "{source: {kind: Pod}, sourceValue: a, targets: []}",
            Some("kustomize refuses a sourceValue beside a source"),
        ),
        ("{source: {kind: Job}, targets: []}", Some("no resource matches this source")),
        (
            "{source: {kind: Pod, fieldPath: spec.none}, targets: []}",
            Some("there is no spec.none in the Pod p"),
        ),
        (
            "{source: {kind: Pod, fieldPath: spec.image, options: {delimiter: ':', index: 2}}, targets: []}",
            Some("\"web:1\" has no part 2 between \":\""),
        ),
        (
            "{source: {kind: Pod, fieldPath: spec.args, options: {delimiter: ':'}}, targets: []}",
            Some("the value of this source is not text, so it has no delimiter"),
        ),
        ("{sourceValue: a, targets: [{reject: []}]}", Some("kustomize requires a select here")),
        (
            "{sourceValue: a, targets: [{select: {name: '('}}]}",
            Some("kustomize cannot read this as a pattern"),
        ),
        (
            "{sourceValue: a, targets: [{select: {kind: Pod}, fieldPaths: [spec.args.3]}]}",
            Some("there is no spec.args.3 in the Pod p"),
        ),
        (
            "{sourceValue: a, targets: [{select: {kind: Pod}, fieldPaths: [spec.args], options: {delimiter: ':'}}]}",
            Some("spec.args of the Pod p is not text, so it has no delimiter"),
        ),
    ] {
        let done = apply(&mut [item(pod)], &node(replacement), &mut Budget::default());
        assert_eq!(done.err().map(|refused| refused.problem.message).as_deref(), expected, "{replacement}");
    }
    let source = node("{source: {kind: Pod}, targets: []}");
    let refused = apply(&mut [item(pod), item(pod)], &source, &mut Budget::default()).unwrap_err();
    assert_eq!(refused.problem.message, "several resources match this source");
}

/// Fields other than the refused one still get their value.
#[test]
fn the_rest_of_a_refused_replacement_is_applied() {
    let mut items = [item("{kind: Pod, metadata: {name: p}, spec: {image: 'web:1'}}")];
    let replacement =
        node("{sourceValue: 'web:2', targets: [{select: {kind: Pod}, fieldPaths: [spec.none, spec.image]}]}");
    assert!(apply(&mut items, &replacement, &mut Budget::default()).is_err());
    assert_eq!(shown(items[0].body().get("spec").unwrap()), "{image: web:2}");
}

/// The data of some generated resources are not completely known.
#[test]
fn nothing_is_said_of_data_that_are_not_known() {
    let mut map = item("{kind: ConfigMap, metadata: {name: c}, data: {}}");
    map.known(Extent::Incomplete);
    let replacement = node("{source: {kind: ConfigMap, fieldPath: data.tag}, targets: []}");
    assert!(apply(&mut [map], &replacement, &mut Budget::default()).is_ok());
}
