//! `images` over the values of charts.

use super::super::built::{Built, BuiltChart};
use super::super::charts::apply_images;
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
        let root = chart.alone(chart.values.clone());
        built.charts.push(BuiltChart { root, is_local: true, images: Vec::new() });
        apply_images(&mut built, &mut Entry::all(&Kustomization::read(&node(images))));
        let charts = Kustomization::read(&built.charts[0].root).charts;
        assert_eq!(shown(charts[0].values.as_ref().unwrap()), expected, "{values}");
    }
}
