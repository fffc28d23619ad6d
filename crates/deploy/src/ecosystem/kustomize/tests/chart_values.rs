//! Tests of `images` that change the values of charts.

use super::super::built::{Built, BuiltChart};
use super::super::charts::{apply_images, changed_images};
use super::super::images::Entry;
use super::super::model::{HelmChart, Kustomization};
use super::{node, shown};

#[test]
fn images_change_the_values_of_charts() {
    let images = "images: [{name: ghcr.io/a/web, newName: r.io/web, newTag: '2'}, {name: api, newTag: '3'}]";
    for (values, expected) in [
        (
            "{image: {registry: ghcr.io, repository: a/web, tag: '1'}}",
            "{image: {repository: r.io/web, tag: 2}}",
        ),
        ("{image: {repository: ghcr.io/a/web}}", "{image: {repository: r.io/web, tag: 2}}"),
        ("{l: [{image: 'api:1'}, {sideImage: api}]}", "{l: [{image: api:3}, {sideImage: api:3}]}"),
        (
            "{image: {repository: other, tag: '1'}, name: api}",
            "{image: {repository: other, tag: 1}, name: api}",
        ),
    ] {
        let chart = HelmChart::read(&node(&format!("{{name: c, repo: 'oci://r', valuesInline: {values}}}")));
        let mut built = Built::default();
        let (root, layers, images_over) = (chart.alone(chart.values.clone()), Vec::new(), Vec::new());
        built.charts.push(BuiltChart {
            root,
            local: None,
            layers,
            images: images_over,
            patches: Vec::new(),
            rendered: None,
        });
        let mut entries = Entry::all(&Kustomization::read(&node(images)));
        apply_images(&mut built, &mut entries);
        let is_changed = shown(chart.values.as_ref().unwrap()) != expected;
        assert_eq!(entries.iter().any(|entry| entry.used), is_changed, "{values}");
        let mut values_over = chart.values.clone().unwrap();
        assert!(changed_images(&mut values_over, &built.charts[0].images));
        assert_eq!(shown(&values_over), expected, "{values}");
    }
}

#[test]
fn values_that_are_too_many_for_images() {
    let entries = [node("{name: web, newTag: '2'}\n")];
    let mut values = node(&format!("a: [{}]\nimage: web:1\n", "b, ".repeat(100_000)));
    assert!(!changed_images(&mut values, &entries));
    assert!(changed_images(&mut values, &[]));
}
