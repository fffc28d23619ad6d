//! The fields that hold images.

use super::super::fields::{FieldSpec, apply};
use super::super::images::Entry;
use super::super::model::Kustomization;
use super::{item, node, shown};

/// A resource after `images: [{name: web, newTag: 2}]`, with these fields of `configurations`.
fn applied(resource: &str, configured: &str) -> String {
    let mut entries = Entry::all(&Kustomization::read(&node("images: [{name: web, newTag: '2'}]")));
    let mut fields = FieldSpec::defaults();
    FieldSpec::merge(&mut fields, FieldSpec::read(node(configured).items()));
    let mut item = item(resource);
    apply(&mut item, &mut entries, &fields);
    shown(item.body().get("spec").unwrap())
}

#[test]
fn images_are_found() {
    for (resource, configured, expected) in [
        ("{spec: {containers: [{image: 'web:1'}]}}", "[]", "{containers: [{image: web:2}]}"),
        ("{spec: {a: {initContainers: [{image: web}]}}}", "[]", "{a: {initContainers: [{image: web:2}]}}"),
        (
            "{spec: {volumes: [{image: {reference: 'web:1'}}]}}",
            "[]",
            "{volumes: [{image: {reference: web:2}}]}",
        ),
        (
            "{spec: {ephemeralContainers: [{image: 'web:1'}]}}",
            "[]",
            "{ephemeralContainers: [{image: web:1}]}",
        ),
        ("{spec: {image: 'web:1'}}", "[]", "{image: web:1}"),
        ("{spec: {image: 'web:1'}}", "[{path: spec/image}]", "{image: web:2}"),
        ("{kind: A, spec: {image: 'web:1'}}", "[{path: spec/image, kind: A}]", "{image: web:2}"),
        ("{kind: A, spec: {image: 'web:1'}}", "[{path: spec/image, kind: B}]", "{image: web:1}"),
        (
            "{apiVersion: g/v2, spec: {image: 'web:1'}}",
            "[{path: spec/image, group: g, version: v1}]",
            "{image: web:1}",
        ),
        (
            "{spec: {l: [{image: 'web:1'}, {image: x}]}}",
            "[{path: 'spec/l[]/image'}]",
            "{l: [{image: web:2}, {image: x}]}",
        ),
        ("{spec: {l: [{image: 'web:1'}]}}", "[{path: spec/l/image}]", "{l: [{image: web:2}]}"),
        (
            "{kind: CustomResourceDefinition, spec: {containers: [{image: 'web:1'}]}}",
            "[]",
            "{containers: [{image: web:1}]}",
        ),
    ] {
        assert_eq!(applied(resource, configured), expected, "{resource} {configured}");
    }
}

#[test]
fn a_wider_field_is_left_out() {
    let read = |text: &str| FieldSpec::read(node(text).items());
    for (first, second, expected) in [
        ("[{path: a, kind: K}]", "[{path: a}]", 1),
        ("[{path: a}]", "[{path: a, kind: K}]", 2),
        ("[{path: a}]", "[{path: a}]", 1),
        ("[{path: a}]", "[{path: b}]", 2),
    ] {
        let mut fields = read(first);
        FieldSpec::merge(&mut fields, read(second));
        assert_eq!(fields.len(), expected, "{first} {second}");
    }
}
