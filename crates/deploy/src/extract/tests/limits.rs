//! Tests of limits of values: a part that is not read is told, and each change of it.

use super::*;
use crate::extract::tests::applications::application;
use crate::extract::tests::hidden::is_unverified;
use crate::extract::tests::overlays::deployed;

const CHART: (&str, &str) = ("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n");
const VALUES: (&str, &str) = ("chart/values.yaml", "image: {repository: ghcr.io/acme/web, tag: '1'}\n");

/// A mapping with more keys than are merged, and one more entry.
fn many(entry: &str) -> String {
    let keys: String = (0..500).map(|at| format!("k{at}: x, ")).collect();
    format!("{{{keys}{entry}}}")
}

/// The problems after a change of the last file.
fn changed(files: &[(&str, &str)], before: &str) -> Vec<String> {
    let (last, others) = files.split_last().unwrap();
    let base = [others, &[(last.0, before)]].concat();
    introduced(&base, files, &[(Some(last.0), Some(last.0))])
}

#[test]
fn a_values_file_that_is_too_large_for_its_chart() {
    let (old, new) = (many("image: {tag: '2'}"), many("image: {tag: '3'}"));
    let files = [CHART, VALUES, ("chart/values-prod.yaml", new.as_str())];
    let told = deployed(&files);
    assert!(is_unverified(&told, "chart/values-prod.yaml", "values of the chart are too many"), "{told:?}");
    let told = changed(&files, &old);
    assert!(is_unverified(&told, "", "values of the chart are too many"), "{told:?}");
    let few = [CHART, VALUES, ("chart/values-prod.yaml", "image: {tag: '3'}\n")];
    assert!(!is_unverified(&deployed(&few), "", ""));
}

#[test]
fn defaults_of_a_chart_in_a_chart_that_are_too_many() {
    let parent = "apiVersion: v2\nname: all\nversion: 0.1.0\ndependencies: [{name: web, version: '*', repository: 'file://../chart'}]\n";
    let values = |tag: &str| format!("web: {}\n", many(&format!("image: {{tag: '{tag}'}}")));
    let (old, new) = (values("2"), values("3"));
    let files = [CHART, VALUES, ("all/Chart.yaml", parent), ("all/values.yaml", new.as_str())];
    assert!(is_unverified(&deployed(&files), "chart/Chart.yaml", "values of the chart are too many"));
    assert!(is_unverified(&changed(&files, &old), "", "values of the chart are too many"));
}

#[test]
fn values_of_a_kustomization_that_are_too_many_for_a_chart() {
    let kustomization = |chart: &str, values: &str| {
        format!("helmGlobals: {{chartHome: .}}\nhelmCharts: [{{name: {chart}, valuesInline: {values}}}]\n")
    };
    let (old, new) = (many("image: {tag: '2'}"), many("image: {tag: '3'}"));
    let (old, new) = (kustomization("chart", &old), kustomization("chart", &new));
    let files = [CHART, VALUES, ("kustomization.yaml", new.as_str())];
    let told = deployed(&files);
    assert!(is_unverified(&told, "kustomization.yaml", "values of the chart are too many"), "{told:?}");
    let told = changed(&files, &old);
    assert!(is_unverified(&told, "", "values of the chart are too many"), "{told:?}");
    let layers =
        "helmCharts: [{name: x, repo: 'oci://r', valuesInline: {a: b}, additionalValuesFiles: [v.yaml]}]\n";
    let told = deployed(&[("kustomization.yaml", layers), ("v.yaml", &many("image: web:1"))]);
    assert!(is_unverified(&told, "kustomization.yaml", "are too large"), "{told:?}");
    let merged = layers.replace("additionalValuesFiles: [v.yaml]", "valuesMerge: merge, valuesFile: v.yaml");
    let told = deployed(&[("kustomization.yaml", &merged), ("v.yaml", &many("image: web:1"))]);
    assert!(is_unverified(&told, "kustomization.yaml", "are too large"), "{told:?}");
}

#[test]
fn an_override_that_is_too_large_for_its_application() {
    let helm = "    helm: {valuesObject: {image: {repository: ghcr.io/acme/web, tag: '1'}}}\n";
    let application = application("web", helm);
    let layer =
        |tag: &str| format!("helm: {{valuesObject: {}}}\n", many(&format!("image: {{tag: '{tag}'}}")));
    let (old, new) = (layer("2"), layer("3"));
    let files = [
        ("apps/web/Chart.yaml", CHART.1),
        ("argo/web.yaml", application.as_str()),
        ("apps/web/.argocd-source.yaml", new.as_str()),
    ];
    let told = deployed(&files);
    assert!(is_unverified(&told, "apps/web/.argocd-source.yaml", "only a part"), "{told:?}");
    assert!(is_unverified(&changed(&files, &old), "", "only a part"));
}

#[test]
fn layers_of_a_release_that_are_too_many() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec:\n  chart: {spec: {chart: web, sourceRef: {kind: HelmRepository, name: a}}}\n  valuesFrom: [{kind: ConfigMap, name: one, valuesKey: k}, {kind: ConfigMap, name: two, valuesKey: k}]\n";
    let map = |name: &str, values: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{k: '{values}'}}\n")
    };
    let one = map("one", "{image: {repository: ghcr.io/acme/web}}");
    let two = map("two", &many("image: {tag: 2.0.0}"));
    let told = deployed(&[("one.yaml", &one), ("two.yaml", &two), ("web.yaml", release)]);
    assert!(is_unverified(&told, "two.yaml", "only a part"), "{told:?}");
}
