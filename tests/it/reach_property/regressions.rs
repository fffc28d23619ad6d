//! Minimal cases that the generator found, in the form of their files. The seed and the test that found it are in
//! the name of a case.

use std::collections::BTreeSet;

use super::library;
use super::model::{Entry, Tree};
use super::oracle::{self, Moves};

/// The files of a side.
type Files<'a> = &'a [(&'a str, &'a str)];

/// Holds a change to the property: `head` are the files that differ, those without text are deleted.
#[track_caller]
fn holds(base: Files<'_>, head: Files<'_>) {
    let before = tree(base);
    let mut after = before.clone();
    for (path, text) in head {
        if text.is_empty() {
            after.remove(*path);
        } else {
            after.insert((*path).to_owned(), Entry::File((*text).to_owned()));
        }
    }
    let deployed = BTreeSet::from(["clusters/d0.yaml".to_owned(), "apps0".to_owned()]);
    let moves = Moves { renames: oracle::renames(&before, &after), deployed, ..Moves::default() };
    let faults = oracle::faults(&library::runs(&before, &after, &moves.renames), &moves);
    assert!(faults.is_empty(), "{faults:#?}");
}

fn tree(files: Files<'_>) -> Tree {
    files.iter().map(|(path, text)| ((*path).to_owned(), Entry::File((*text).to_owned()))).collect()
}

const WEB_1: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: 'reg.test/f:v1'}]}\n";
const WEB_2: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: 'reg.test/f:v2'}]}\n";
const CHART: &str = "{apiVersion: v2, name: chart0, version: 1.0.0}\n";
const VALUES: &str = "image: {repository: reg.test/c0, tag: v0}\n";
const POD: &str = "image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"\n";

#[test]
fn kustomizations_24_a_resource_without_a_suffix() {
    holds(&[("apps0/f0", WEB_1), ("apps0/kustomization.yaml", "resources: [f0]\n")], &[("apps0/f0", WEB_2)]);
}

#[test]
fn kustomizations_25_a_manifest_that_is_no_longer_listed() {
    holds(
        &[("apps0/f0.yaml", WEB_1), ("apps0/kustomization.yaml", "resources: [f0.yaml]\n")],
        &[("apps0/kustomization.yaml", "resources: []\n")],
    );
}

#[test]
fn charts_80_a_file_renamed_to_values() {
    holds(
        &[
            ("apps0/Chart.yaml", CHART),
            ("apps0/values.yaml", VALUES),
            ("apps0/templates/pod.yaml", POD),
            ("apps0/values-0", "image: {repository: reg.test/c0-0, tag: v1}\n"),
        ],
        &[("apps0/values-0", ""), ("apps0/values-0.yaml", "image: {repository: reg.test/c0-0, tag: v1}\n")],
    );
}

const RELEASE: &str = "\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: d0, namespace: apps}
spec:
  chart: {spec: {chart: ./apps0, sourceRef: {kind: GitRepository, name: flux-system}, valuesFiles: [apps0/f0.yaml]}}
";

#[test]
fn flux_156_a_values_file_outside_of_a_chart() {
    holds(&[("clusters/d0.yaml", RELEASE), ("apps0/f0.yaml", WEB_1)], &[("apps0/f0.yaml", WEB_2)]);
}

#[test]
fn flux_212_a_values_file_that_appears() {
    holds(&[("clusters/d0.yaml", RELEASE)], &[("apps0/f0.yaml", WEB_1)]);
}

const APPLICATION: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: d0, namespace: argocd}
spec: {source: {repoURL: 'https://git.test/shop.git', path: apps0, helm: {valueFiles: [values-0]}}}
";

/// A chart with values that only the deployer names.
fn chart_with<'a>(deployer: &'a str, values: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("apps0/Chart.yaml", CHART),
        ("apps0/values.yaml", VALUES),
        ("apps0/templates/pod.yaml", POD),
        ("apps0/values-0", values),
        ("clusters/d0.yaml", deployer),
    ]
}

#[test]
fn applications_662_values_without_a_suffix() {
    let base = chart_with(APPLICATION, "image: {tag: v1}\n");
    holds(&base, &[("apps0/values-0", "image: {tag: v2}\n")]);
}

#[test]
fn applications_413_values_without_a_suffix_that_disappear() {
    let base = chart_with(APPLICATION, "image: {tag: v1}\n");
    holds(&base, &[("apps0/values-0", "")]);
}

const SET: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: d0, namespace: argocd}
spec:
  goTemplate: true
  generators: [{git: {repoURL: 'https://git.test/shop.git', revision: HEAD, files: [{path: 'cfg/0/*'}]}}]
  template:
    metadata: {name: set0}
    spec: {source: {repoURL: 'https://git.test/shop.git', path: '{{.folder}}', KIND}}
";

#[test]
fn application_sets_93_the_defaults_of_a_chart() {
    let set = SET.replace("KIND", "helm: {valueFiles: []}");
    let mut base = chart_with(&set, "\n");
    base.push(("cfg/0/x.yaml", "folder: apps0\n"));
    holds(&base, &[("apps0/values.yaml", "image: {repository: reg.test/c0, tag: v1}\n")]);
}

#[test]
fn application_sets_676_a_file_of_the_git_generator() {
    let set = SET.replace("KIND", "kustomize: {images: ['reg.test/f:{{.tag}}']}");
    holds(
        &[
            ("apps0/kustomization.yaml", "resources: [f0.yaml]\n"),
            ("apps0/f0.yaml", WEB_1),
            ("clusters/d0.yaml", &set),
            ("cfg/0/x", "{folder: apps0, tag: v3}\n"),
        ],
        &[("cfg/0/x", "{folder: apps0, tag: v4}\n")],
    );
}

#[test]
fn flux_699_values_that_a_kustomization_generates() {
    let release = RELEASE.replace(", valuesFiles: [apps0/f0.yaml]", "");
    let release = format!("{release}  valuesFrom: [{{kind: ConfigMap, name: vars}}]\n");
    let generator = "configMapGenerator:\n- name: vars\n  namespace: apps\n  files: [values.yaml=e0]\n  options: {disableNameSuffixHash: true}\n";
    holds(
        &[
            ("clusters/d0.yaml", &release),
            ("apps1/kustomization.yaml", generator),
            ("apps1/e0", "image: {repository: reg.test/e, tag: v1}\n"),
        ],
        &[("apps1/e0", "image: {repository: reg.test/e, tag: v2}\n")],
    );
}

/// An overlay of a base that is elsewhere, deployed by a resource.
fn a_deployed_overlay(deployer: &str) {
    let base = [
        ("clusters/d0.yaml", deployer),
        ("apps0/kustomization.yaml", "resources: [../base0]\n"),
        ("base0/kustomization.yaml", "resources: [f0.yaml]\n"),
        ("base0/f0.yaml", WEB_1),
    ];
    holds(&base, &[("base0/f0.yaml", WEB_2)]);
}

#[test]
fn a_base_of_an_overlay_that_flux_deploys() {
    a_deployed_overlay(
        "\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: d0, namespace: flux-system}
spec: {path: ./apps0, sourceRef: {kind: GitRepository, name: flux-system}}
",
    );
}

#[test]
fn a_base_of_an_overlay_that_an_application_deploys() {
    a_deployed_overlay(
        "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: d0, namespace: argocd}
spec: {source: {repoURL: 'https://git.test/apps', path: apps0}}
",
    );
}
