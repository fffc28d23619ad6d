//! Replacements.

use super::super::budget::Budget;
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
        apply(&mut items, &replacement, &mut Budget::default());
        assert_eq!(shown(items[1].body().get("spec").unwrap()), expected, "{replacement:?}");
    }
}
