//! Tests of layered values: charts in the repository, their values files, and the releases that deploy them.

use super::*;
use crate::extract::tests::overlays::{deployed, told};

const CHART: (&str, &str) =
    ("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\nappVersion: 1.16.0\n");
const VALUES: (&str, &str) = (
    "chart/values.yaml",
    "image:\n  repository: ghcr.io/acme/web\n  tag: ''\nside:\n  image: {repository: side, tag: '1'}\n",
);
const TEMPLATE: (&str, &str) = (
    "chart/templates/web.yaml",
    "image: \"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}\"\n",
);

#[test]
fn an_empty_tag_is_the_version_of_the_application_where_a_template_says_so() {
    let told = deployed(&[CHART, VALUES, TEMPLATE]);
    assert_eq!(
        told[..2],
        [
            "chart/Chart.yaml:4:13 ghcr.io/acme/web:1.16.0 (chart) ← repository chart/values.yaml:2:15",
            "chart/values.yaml:5:35 docker.io/library/side:1 (chart) ← repository chart/values.yaml:5:23",
        ]
    );
    let prefixed = (TEMPLATE.0, "{{ default (printf \"v%s\" .Chart.AppVersion) .Values.image.tag }}\n");
    assert!(deployed(&[CHART, VALUES, prefixed])[0].contains("ghcr.io/acme/web:v1.16.0 "));
    let silent = deployed(&[CHART, VALUES]);
    assert!(silent[0].starts_with("chart/values.yaml:2:15 ghcr.io/acme/web"), "{silent:?}");
}

#[test]
fn a_values_file_with_a_tag_alone_finds_its_repository() {
    let told = deployed(&[CHART, VALUES, ("chart/values-prod.yaml", "image: {tag: 2.0.0}\n")]);
    assert!(
        told.contains(
            &"chart/values-prod.yaml:1:14 ghcr.io/acme/web:2.0.0 (chart/values-prod.yaml) ← repository chart/values.yaml:2:15 ← the chart's default chart/values.yaml:3:9"
                .to_owned()
        ),
        "{told:?}"
    );
    let off = deployed(&[CHART, VALUES, ("chart/values-off.yaml", "side: null\n")]);
    assert!(off.iter().any(|line| line.contains("side:1 (chart)")), "{off:?}");
}

#[test]
fn a_values_file_that_looks_like_a_schema_is_read() {
    let kind =
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: a.b.c\n";
    let told = deployed(&[
        CHART,
        ("chart/values.yaml", "spec: {image: {repository: web, tag: '1'}}\n"),
        ("chart/values-prod.yaml", &format!("{kind}spec:\n  image:\n    tag: '2'\n")),
    ]);
    assert!(
        told.iter().any(|line| line.starts_with("chart/values-prod.yaml:7:11 docker.io/library/web:2 ")),
        "{told:?}"
    );
}

#[test]
fn charts_within_charts() {
    let umbrella = "apiVersion: v2\nname: all\nversion: 1.0.0\ndependencies:\n- {name: web, alias: shop, version: '*', repository: 'file://../chart'}\n- {name: off, version: '*', repository: 'file://../chart', condition: off.enabled}\n";
    let told = deployed(&[
        CHART,
        VALUES,
        ("all/Chart.yaml", umbrella),
        ("all/values.yaml", "shop: {image: {tag: '3'}}\noff: {enabled: false, image: {tag: '4'}}\n"),
    ]);
    let of_all: Vec<&String> = told.iter().filter(|line| line.contains("(all")).collect();
    assert_eq!(
        of_all,
        [
            "all/values.yaml:1:22 ghcr.io/acme/web:3 (all) ← repository chart/values.yaml:2:15 ← the chart's default chart/values.yaml:3:9",
            "chart/values.yaml:5:35 docker.io/library/side:1 (all, chart) ← repository chart/values.yaml:5:23"
        ]
    );
}

const RELEASE: &str =
    "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec:\n";

#[test]
fn a_release_of_flux_over_a_chart_and_a_config_map() {
    let chart = "  chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: flux-system}}}\n";
    let release = format!("{RELEASE}{chart}  values: {{image: {{tag: '5'}}}}\n");
    let told = deployed(&[CHART, VALUES, ("web.yaml", &release)]);
    let over = "web.yaml:6:26 ghcr.io/acme/web:5 (web.yaml) ← repository chart/values.yaml:2:15 ← the default chart/values.yaml:3:9";
    assert!(told.contains(&over.to_owned()), "{told:?}");
    let from = format!(
        "{RELEASE}  valuesFrom: [{{kind: ConfigMap, name: web-values}}]\n  values: {{image: {{tag: '6'}}}}\n"
    );
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web-values}\ndata:\n  values.yaml: |\n    image:\n      repository: ghcr.io/acme/far\n";
    let told = deployed(&[("web.yaml", &from), ("map.yaml", map)]);
    assert_eq!(told, ["web.yaml:6:26 ghcr.io/acme/far:6 (web.yaml) ← repository map.yaml:7:19"]);
    let generated =
        "configMapGenerator: [{name: web-values, files: [values.yaml=far.yaml]}]\nresources: [web.yaml]\n";
    let told = deployed(&[
        ("app/web.yaml", &from),
        ("app/kustomization.yaml", generated),
        ("app/far.yaml", "image: {repository: ghcr.io/acme/far}\n"),
    ]);
    assert!(
        told[0].starts_with("app/web.yaml:6:26 ghcr.io/acme/far:6 (app) ← repository app/far.yaml:1:21"),
        "{told:?}"
    );
}

#[test]
fn an_application_over_a_chart_and_its_values_files() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec:\n  source:\n    repoURL: https://git.acme.dev/deploy.git\n    path: chart\n    helm:\n      valueFiles: [values-prod.yaml]\n      parameters: [{name: side.image.tag, value: '9'}]\n";
    let told = deployed(&[
        CHART,
        VALUES,
        ("chart/values-prod.yaml", "image: {tag: '7'}\n"),
        ("web.yaml", application),
    ]);
    assert!(
        told.iter().any(|line| line.starts_with("web.yaml:10:51 docker.io/library/side:9 (web.yaml)")),
        "{told:?}"
    );
    assert!(
        told.iter().any(|line| line.starts_with(
            "chart/values-prod.yaml:1:15 ghcr.io/acme/web:7 (chart/values-prod.yaml, web.yaml)"
        )),
        "{told:?}"
    );
}

#[test]
fn a_change_of_a_chart_reaches_what_deploys_it() {
    let release = format!(
        "{RELEASE}  chart: {{spec: {{chart: ./chart, sourceRef: {{kind: GitRepository, name: flux-system}}}}}}\n  values: {{image: {{tag: '5'}}}}\n"
    );
    let tree = |values: &str| {
        Memory::default()
            .with(CHART.0, CHART.1)
            .with("chart/values.yaml", values)
            .with("chart/values-prod.yaml", "image: {tag: '7'}\n")
            .with("web.yaml", release.as_str())
            .with("other/Chart.yaml", CHART.1)
            .with("other/values.yaml", VALUES.1)
    };
    let moved = VALUES.1.replace("acme", "moved");
    let path = Some(RepoPath::new("chart/values.yaml"));
    let changes = [Change { base: path.clone(), head: path }];
    let (base, head) = (tree(VALUES.1), tree(&moved));
    let told = told(&run(&head, Some(&base), Selection::Changed(&changes)));
    let mut images: Vec<&str> = told.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    images.sort_unstable();
    assert_eq!(
        images,
        ["ghcr.io/moved/web:5", "ghcr.io/moved/web:7", "ghcr.io/moved/web:latest"],
        "{told:?}"
    );
}
