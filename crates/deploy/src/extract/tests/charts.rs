//! Tests of charts with their repositories, and the reports for charts that are not requested.

use source::ReadError;

use super::*;
use crate::Rendering;

const ARCHIVE: &str = "not-checked: a chart that is named by the address of its archive is not looked up";

#[test]
fn charts_of_other_tools() {
    let oci = |path: &str, text: &str| {
        assert_eq!(found(path, text).len(), 1, "{path}: {:?}", found(path, text));
        found(path, text).remove(0)
    };
    let fleet = "helm:\n  chart: oci://ghcr.io/acme/charts/web\n  version: 1.2.3\n";
    assert_eq!(oci("web/fleet.yaml", fleet), "3:12 helm.version → ghcr.io/acme/charts/web:1.2.3");
    let k3s = "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nspec: {chart: 'oci://ghcr.io/acme/charts/web', version: 1.2.3+a}\n";
    assert_eq!(oci("a.yaml", k3s), "3:57 spec.version → ghcr.io/acme/charts/web:1.2.3_a");
    let sveltos = |chart: &str| {
        format!(
            "apiVersion: config.projectsveltos.io/v1beta1\nkind: Profile\nspec: {{helmCharts: [{{repositoryURL: 'oci://ghcr.io/acme/charts', chartName: {chart}, chartVersion: 1.2.3}}]}}\n"
        )
    };
    assert!(oci("a.yaml", &sveltos("web")).ends_with("chartVersion → ghcr.io/acme/charts/web:1.2.3"));
    assert!(
        oci("a.yaml", &sveltos("'oci://ghcr.io/acme/charts/web'")).ends_with("ghcr.io/acme/charts/web:1.2.3")
    );
    assert_eq!(found("a.yaml", &sveltos("acme/web")), Vec::<String>::new());
    let proxy = "apiVersion: addons.cluster.x-k8s.io/v1alpha1\nkind: HelmChartProxy\nspec: {repoURL: 'oci://ghcr.io/acme', chartName: web, version: 1.2.3}\n";
    assert!(oci("a.yaml", proxy).ends_with("spec.version → ghcr.io/acme/web:1.2.3"));
    let vendir = "apiVersion: vendir.k14s.io/v1alpha1\nkind: Config\ndirectories:\n- contents:\n  - helmChart: {name: web, version: 1.2.3, repository: {url: 'oci://ghcr.io/acme'}}\n  - git: {url: 'https://github.com/a/b'}\n";
    assert!(
        oci("vendir.yml", vendir)
            .ends_with("directories[0].contents[0].helmChart.version → ghcr.io/acme/web:1.2.3")
    );
    for http in [
        ("fleet.yaml", "helm: {repo: 'https://charts.example.com', chart: web, version: 1.2.3}\n".to_owned()),
        ("a.yaml", sveltos("web").replace("oci:", "https:")),
        ("a.yaml", proxy.replace("oci:", "https:")),
        ("a.yaml", vendir.replace("oci:", "https:")),
    ] {
        let told = oci(http.0, &http.1);
        assert!(told.ends_with("/web:1.2.3") && told.contains("→ https://"), "{http:?} {told}");
    }
    for archive in [
        ("fleet.yaml", "helm: {chart: 'https://example.com/web-1.2.3.tgz'}\n".to_owned()),
        ("a.yaml", k3s.replace("oci:", "https:").replace("/web'", "/web.tgz'")),
    ] {
        assert_eq!(oci(archive.0, &archive.1), ARCHIVE, "{archive:?}");
    }
    let content =
        "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nspec: {chart: web, chartContent: H4sIAAAA}\n";
    assert!(oci("a.yaml", content).starts_with("not-checked: the archive of a chart within a resource"));
    // A chart in this repository, and one that a template names.
    assert_eq!(found("fleet.yaml", "helm: {chart: ./chart, values: {repo: x}}\n"), Vec::<String>::new());
    let registry = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nspec: {type: oci, url: 'oci://ghcr.io/acme'}\n";
    assert_eq!(found("a.yaml", registry), Vec::<String>::new());
}

/// An Application of a chart in an HTTP repository.
fn application(version: usize) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {{source: {{repoURL: 'https://charts.example.com', chart: web, targetRevision: {version}.0.0}}}}\n"
    )
}

#[test]
fn only_what_a_change_brings_in_is_said() {
    let both = [(Some("a.yaml"), Some("a.yaml"))];
    let changed = |base: &str, head: &str| introduced(&[("a.yaml", base)], &[("a.yaml", head)], &both);
    let labelled = format!("# a comment\n{}", application(1));
    assert_eq!(changed(&application(1), &labelled), Vec::<String>::new());
    assert_eq!(
        changed(&application(1), &application(2)),
        ["3:84 spec.source.targetRevision → https://charts.example.com/web:2.0.0"]
    );
}

/// The charts that a change of these files renders.
fn rendered(base: &dyn Files, head: &dyn Files, paths: &[(Option<&str>, &str)]) -> Vec<Rendering> {
    let mut changes = Vec::new();
    for (before, after) in paths {
        changes.push(Change { base: before.map(RepoPath::new), head: Some(RepoPath::new(after)) });
    }
    let evaluation = evaluate(&rendering(head, Some(base), Selection::Changed(&changes)));
    evaluation.unwrap().unwrap().renderings(&Charts::default().survey().unwrap())
}

#[test]
fn every_file_of_a_chart_affects_the_kustomization_that_renders_it() {
    let path = "app/charts/web/templates/b.yaml";
    let tree = |pod: Option<&str>| {
        let memory = Memory::default()
            .with("app/kustomization.yaml", "helmCharts: [{name: web, valuesInline: {pod: true}}]\n")
            .with("app/charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n")
            .with("app/charts/web/templates/a.yaml", "kind: ConfigMap\n");
        pod.iter().fold(memory, |memory, text| memory.with(path, *text))
    };
    for before in [None, Some("{{ if .Values.pod }}old{{ end }}\n")] {
        let (base, head) = (tree(before), tree(Some("{{ if .Values.pod }}new{{ end }}\n")));
        let renderings = rendered(&base, &head, &[(before.and(Some(path)), path)]);
        let of_kustomization = renderings.iter().filter(|rendering| rendering.options.is_some());
        assert_eq!(of_kustomization.count(), 2, "the chart at head and at base");
    }
}

/// Files with a symbolic link.
struct Linked(Memory, &'static str, &'static str);

impl Files for Linked {
    fn read(&self, path: &RepoPath, limit: u64) -> Result<Option<Vec<u8>>, ReadError> {
        self.0.read(path, limit)
    }

    fn list(&self) -> Result<Vec<RepoPath>, ReadError> {
        self.0.list()
    }

    fn links(&self) -> Result<Vec<(RepoPath, String)>, ReadError> {
        Ok(vec![(RepoPath::new(self.1), self.2.to_owned())])
    }
}

#[test]
fn a_release_is_rendered_again_if_a_file_outside_of_the_folder_of_its_chart_differs() {
    const RELEASE: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: shop}\nspec:\n  chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: a}}}\n  values: {sub: {pod: true}}\n";
    let chart = |more: &str| format!("apiVersion: v2\nname: web\nversion: 0.1.0\n{more}");
    let tree = |meta: &str, text: &str| {
        Memory::default()
            .with("web.yaml", RELEASE)
            .with("chart/Chart.yaml", chart(meta))
            .with("lib/sub/Chart.yaml", chart(""))
            .with("lib/sub/templates/a.tpl", text)
    };
    let is_of_release = |rendering: &&Rendering| rendering.name == "shop";
    let path = "lib/sub/templates/a.tpl";
    let dependency = "dependencies: [{name: sub, version: '*', repository: 'file://../lib/sub'}]\n";
    let (base, head) = (tree(dependency, "old"), tree(dependency, "new"));
    let renderings = rendered(&base, &head, &[(Some(path), path)]);
    assert_eq!(renderings.iter().filter(is_of_release).count(), 2, "a chart that it depends on");
    for (link, target) in [("chart/charts/sub", "../../lib/sub"), ("chart/templates", "../lib/sub/templates")]
    {
        let linked = |memory: Memory| Linked(memory, link, target);
        let (base, head) = (linked(tree("", "old")), linked(tree("", "new")));
        let renderings = rendered(&base, &head, &[(Some(path), path)]);
        assert_eq!(renderings.iter().filter(is_of_release).count(), 2, "{link}");
        let renderings = rendered(&tree("", "new"), &head, &[]);
        assert_eq!(renderings.iter().filter(is_of_release).count(), 2, "the link {link} itself");
    }
}

#[test]
fn the_tests_of_a_release_are_rendered_if_flux_runs_them() {
    let tree = |spec: &str| {
        Memory::default()
            .with("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n")
            .with("web.yaml", format!("apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: shop}}\nspec:\n  chart: {{spec: {{chart: ./chart, sourceRef: {{kind: GitRepository, name: a}}}}}}\n{spec}"))
    };
    let (base, path) = (tree(""), "web.yaml");
    for (spec, expected) in [("  test: {enable: true}\n", true), ("  test: {enable: false}\n", false)] {
        let renderings = rendered(&base, &tree(spec), &[(Some(path), path)]);
        let of_head = renderings.iter().find(|rendering| !rendering.place.is_base).unwrap();
        assert_eq!(of_head.runs_tests, expected, "{spec}");
    }
}

#[test]
fn a_chart_of_the_repository_that_a_helm_chart_names() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: shop, namespace: a}\nspec: {chartRef: {kind: HelmChart, name: web, namespace: b}}\n";
    let tree = |rest: &str| {
        Memory::default()
            .with("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n")
            .with("chart/prod.txt", "image: {repository: evil.io/x, tag: '1'}\n")
            .with("web.yaml", release)
            .with("chart.yaml", format!("apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmChart\nmetadata: {{name: web, namespace: b}}\nspec: {{chart: ./chart, sourceRef: {{kind: GitRepository, name: a}}{rest}}}\n"))
    };
    let path = "chart.yaml";
    let (base, head) = (tree(""), tree(", valuesFiles: [chart/prod.txt]"));
    let renderings = rendered(&base, &head, &[(Some(path), path)]);
    let of_head = renderings.iter().find(|one| one.name == "shop" && !one.place.is_base).unwrap();
    assert_eq!(of_head.named_by.site().file.path().as_str(), path);
    let defaults = of_head.defaults.as_ref().unwrap();
    assert_eq!(defaults.at(&["image", "repository"]).unwrap().scalar(), Some("evil.io/x"));
}
