//! The typed model.

use super::super::model::{Kustomization, Transformer, ValuesMerge};
use super::{node, shown};

fn all(nodes: &[yaml::Node]) -> Vec<String> {
    nodes.iter().map(shown).collect()
}

#[test]
fn deprecated_fields_are_the_ones_that_replace_them() {
    let read = Kustomization::read(&node(
        "resources: [a]\nbases: [b]\nimages: [{name: x}]\nimageTags: [{name: y}]\ncommonLabels: {a: b}\nlabels: [{pairs: {c: d}}]\nhelmCharts: [{name: n, valuesMerge: merge}]\nhelmChartInflationGenerator: [{chartName: o, chartRepoUrl: 'oci://r', chartVersion: '1', values: v.yaml}]\n",
    ));
    assert_eq!(all(&read.resources), ["a", "b"]);
    assert_eq!(
        read.images.iter().map(|image| shown(image.name.as_ref().unwrap())).collect::<Vec<_>>(),
        ["x", "y"]
    );
    assert_eq!(read.labels.iter().map(|labels| labels.reaches_pods).collect::<Vec<_>>(), [true, false]);
    assert_eq!(read.charts[0].merge, ValuesMerge::Merge);
    let old = &read.charts[1];
    assert_eq!(
        [&old.name, &old.repository, &old.version, &old.values_file].map(|it| shown(it.as_ref().unwrap())),
        ["o", "oci://r", "1", "v.yaml"]
    );
}

#[test]
fn what_deploys_a_kustomization_adds_to_it() {
    let mut read = Kustomization::read(&node("namespace: a\nnamePrefix: p-\npatches: [{path: x}]\n"));
    read.add(Kustomization::read(&node("targetNamespace: b\nnamePrefix: ''\npatches: [{path: y}]\n")));
    assert_eq!(read.namespace.as_ref().map(shown).as_deref(), Some("b"));
    assert_eq!(read.name_prefix.as_ref().map(shown).as_deref(), Some("p-"));
    assert_eq!(read.patches.len(), 2);
}

#[test]
fn transformers_are_fields_of_a_kustomization() {
    let image = Transformer::read(
        "ImageTagTransformer",
        &node("imageTag: {name: a, newTag: '1'}\nfieldSpecs: [{path: p}]\n"),
    );
    assert_eq!((image.fields.images.len(), image.image_fields.map(|it| it.len())), (1, Some(1)));
    let patch = Transformer::read("PatchTransformer", &node("patch: '[]'\ntarget: {kind: A}\n"));
    assert!(patch.fields.patches[0].inline.is_some() && patch.fields.patches[0].target.is_some());
    let json = Transformer::read("PatchJson6902Transformer", &node("jsonOp: '[]'\ntarget: {name: a}\n"));
    assert!(json.fields.patches_json6902[0].inline.is_some());
    let merge =
        Transformer::read("PatchStrategicMergeTransformer", &node("paths: [a.yaml]\npatches: 'kind: A'\n"));
    assert_eq!(all(&merge.fields.patches_strategic_merge), ["a.yaml", "kind: A"]);
    let names = Transformer::read("NamespaceTransformer", &node("metadata: {namespace: n}\n"));
    assert_eq!(names.fields.namespace.as_ref().map(shown).as_deref(), Some("n"));
    assert!(Transformer::read("Other", &node("a: b")).fields.patches.is_empty());
}
