//! Values of charts as Flux, Argo CD and Helm put them together, and the forms of images in them.

use testkit::registry::Registry;

use crate::audit_case::Case;
use crate::gate::{Gate, outcome};

const TEMPLATE: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web\n    \
                        image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"\n";

/// A chart in the tree.
fn chart() -> Case {
    Case::new()
        .base("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .base("chart/values.yaml", "image: {repository: REP, tag: '1.0'}\n")
        .base("chart/templates/pod.yaml", TEMPLATE)
}

/// A HelmRelease of the chart, with more fields of its chart and of its spec.
fn release(chart: &str, fields: &str) -> String {
    format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web, namespace: apps}}\nspec:\n  \
         chart:\n    spec:\n      chart: ./chart\n      sourceRef: {{kind: GitRepository, name: flux-system}}\n{chart}{fields}"
    )
}

/// The chart's own values do not count beside `valuesFiles`, unless they are among them.
#[test]
fn values_files_of_flux_take_the_place_of_the_own_values() {
    let with = |files: &str| release(&format!("      valuesFiles: {files}\n"), "");
    let case = |files: &str| {
        chart()
            .base("chart/base.yaml", "image: {repository: REP}\n")
            .base("chart/prod.yaml", "image: {tag: '1.1'}\n")
            .base("web.yaml", &with("[chart/prod.yaml]"))
            .head("web.yaml", &with(files))
    };
    let images = |files: &str| {
        let checked = case(files).check("1.1");
        let in_release = checked.references.iter().filter(|it| !it.starts_with("chart/values.yaml"));
        (checked.run.code, in_release.map(|it| it.split(' ').nth(1).unwrap().to_owned()).collect::<Vec<_>>())
    };
    let (code, found) = images("[chart/base.yaml, chart/prod.yaml]");
    assert_eq!((code, found.len()), (0, 1), "{found:?}");
    assert!(found[0].ends_with("/shop/web:1.1"), "{found:?}");
    // Nothing names the repository but the chart's own values.
    let (code, found) = images("[chart/prod.yaml, chart/prod.yaml]");
    assert_eq!((code, found), (0, Vec::new()));
    let (code, found) = images("[chart/values.yaml, chart/prod.yaml]");
    assert_eq!((code, found.len()), (0, 1), "{found:?}");
}

/// The chart's own values may lie over others.
#[test]
fn the_own_values_have_the_place_of_their_name() {
    let files = "      valuesFiles: [chart/prod.yaml, chart/values.yaml]\n";
    chart()
        .base("chart/prod.yaml", "image: {tag: '1.1'}\n")
        .base("web.yaml", &release(files, ""))
        .head("chart/values.yaml", "image: {repository: REP, tag: 'BAD'}\n")
        .is_missing_at("chart/values.yaml:1");
    let checked = chart()
        .base("chart/prod.yaml", "image: {tag: '1.1'}\n")
        .base("web.yaml", &release(files, ""))
        .head("chart/prod.yaml", "image: {tag: 'BAD'}\n")
        .check("9.9-bad");
    assert_eq!(checked.run.code, 0, "{}", checked.shown());
}

#[test]
fn a_target_path_lies_over_inline_values() {
    let fields = "  valuesFrom: [{kind: ConfigMap, name: web, valuesKey: tag, targetPath: image.tag}]\n  values: {image: {tag: '1.1'}}\n";
    let map = |tag: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web, namespace: apps}}\ndata:\n  tag: '{tag}'\n"
        )
    };
    chart()
        .base("apps/web.yaml", &release("", fields))
        .base("apps/cm.yaml", &map("1.0"))
        .head("apps/cm.yaml", &map("BAD"))
        .is_missing_at("apps/cm.yaml:5");
}

/// A host with a dot and without a slash is no repository of Docker Hub.
#[test]
fn a_host_in_the_place_of_a_repository() {
    for values in [
        "image: {repository: reg.corp.test, tag: 'BAD'}\n",
        "web: {image: reg.corp.test, tag: 'BAD'}\n",
        "image: {repository: reg.corp.test}\n",
    ] {
        let checked = Case::new().head("values.yaml", values).check("1.1");
        assert_eq!(checked.run.code, 0, "{values} {}", checked.shown());
        assert!(
            !checked.run.stdout.contains("docker.io/library/reg.corp.test"),
            "{values} {}",
            checked.shown()
        );
        let notices = checked.findings.iter().filter(|it| it.starts_with("notice"));
        assert_eq!((checked.findings.len(), notices.count()), (1, 1), "{values} {}", checked.shown());
    }
    // Joined with a name it is a registry.
    let joined = |tag: &str| format!("images: {{repository: HOST/shop, image: web, tag: '{tag}'}}\n");
    Case::new()
        .base("values.yaml", &joined("1.0"))
        .head("values.yaml", &joined("BAD"))
        .is_missing_at("values.yaml:1");
}

/// A change of a values file.
#[track_caller]
fn is_found(text: &str, line: usize) {
    Case::new()
        .base("values.yaml", &text.replace("TAG", "1.0"))
        .head("values.yaml", &text.replace("TAG", "BAD"))
        .is_missing_at(&format!("values.yaml:{line}"));
}

#[test]
fn maps_of_complete_references() {
    is_found("image:\n  csi:\n    livenessProbe: REP:TAG\n", 3);
    is_found("images:\n  web: REP:TAG\n", 2);
    is_found("image:\n  web: REP:TAG\n  pullPolicy: Always\n", 2);
}

#[test]
fn keys_that_end_in_image() {
    is_found("sidecar.image: REP:TAG\n", 1);
    is_found("SIDECAR_IMAGE: REP:TAG\n", 1);
    is_found("web_image: REP:TAG\n", 1);
    is_found("sidecar-image: REP:TAG\n", 1);
}

/// Texts below `image` that only look like references are none.
#[test]
fn texts_below_image_that_are_no_references() {
    for text in [
        "image:\n  url: 'HOST:8080'\n",
        "images:\n  size: '640:480'\n",
        "image:\n  command: 'a/b:c'\n",
        "image:\n  logo: https://host.test/a.png\n",
        "images:\n  web: 'web:9'\n",
    ] {
        let checked = Case::new().head("values.yaml", text).check("1.1");
        assert!(checked.findings.is_empty() && checked.references.is_empty(), "{text} {}", checked.shown());
    }
}

/// The global registry is a guess in either way of writing it.
#[test]
fn the_global_registry_is_a_guess() {
    for global in ["global: {imageRegistry: HOST}\n", "global: {image: {registry: HOST}}\n"] {
        let text = |tag: &str| {
            format!("{global}image: {{registry: docker.io, repository: shop/web, tag: '{tag}'}}\n")
        };
        let checked = Case::new().head("values.yaml", &text("BAD")).check("9.9-bad");
        assert_eq!(checked.run.code, 0, "{}", checked.shown());
        assert!(checked.has("unknown-registry", "values.yaml:2"), "{}", checked.shown());
        assert!(checked.references[0].contains("127.0.0.1"), "{}", checked.shown());
    }
}

/// Flux and Argo CD accept leading zeros and `v`; Helm's own list is strict.
#[test]
fn calendar_versions() {
    let registry = Registry::start();
    for tag in ["2025.02.03", "2025.10.01", "2024.12.31", "latest"] {
        registry.push("shop/web", tag);
    }
    let host = registry.host();
    let source = |range: &str| {
        format!(
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {{name: web}}\nspec:\n  url: \
             oci://{host}/shop/web\n  ref:\n    semver: \"{range}\"\n"
        )
    };
    let run = Gate::new().check_file("a.yaml", &source(">=2025.1.0"), &[]);
    assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
    assert_eq!(run.json()["references"][0]["version"], "2025.10.01");
    let run = Gate::new().check_file("a.yaml", &source("~2025.2"), &[]);
    assert_eq!(run.json()["references"][0]["version"], "2025.02.03", "{}", run.stdout);
    let run = Gate::new().check_file("a.yaml", &source(">=2026.1.0"), &[]);
    assert_eq!(outcome(&run), (1, vec!["missing-tag".to_owned()]), "{}", run.stdout);
}
