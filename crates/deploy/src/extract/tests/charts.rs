//! Charts beside the repository that they come from, and what is said of those that nobody asks for.

use super::*;

const UNCHECKED: &str = "not-checked: charts in HTTP repositories are not looked up, so whether they can be pulled is not checked";

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
        ("fleet.yaml", "helm: {chart: 'https://example.com/web-1.2.3.tgz'}\n".to_owned()),
        ("a.yaml", sveltos("web").replace("oci:", "https:")),
        ("a.yaml", proxy.replace("oci:", "https:")),
        ("a.yaml", vendir.replace("oci:", "https:")),
        ("a.yaml", k3s.replace("oci:", "https:").replace("/web'", "/web.tgz'")),
        ("a.yaml", "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nspec: {url: 'https://charts.example.com'}\n".to_owned()),
    ] {
        assert_eq!(oci(http.0, &http.1), UNCHECKED, "{http:?}");
    }
    // A chart of the repository's own, and one that a template names.
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
fn charts_that_are_not_looked_up_are_a_problem_of_each_file() {
    let paths: Vec<String> = (100..300).map(|n| format!("apps/{n}.yaml")).collect();
    let memory = paths.iter().fold(Memory::default(), |memory, path| memory.with(path, application(1)));
    let extraction = run(&memory, None, Selection::All);
    let named: Vec<&str> = extraction.problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(named, paths);
    assert!(told(&extraction).iter().all(|line| line == UNCHECKED));
    // Twice in a file is one file.
    let twice = format!("{}---\n{}", application(1), application(2));
    assert_eq!(found("a.yaml", &twice), [UNCHECKED]);
}

#[test]
fn only_what_a_change_brings_in_is_said() {
    let both = [(Some("a.yaml"), Some("a.yaml"))];
    let changed = |base: &str, head: &str| introduced(&[("a.yaml", base)], &[("a.yaml", head)], &both);
    let labelled = format!("# a comment\n{}", application(1));
    assert_eq!(changed(&application(1), &labelled), Vec::<String>::new());
    assert_eq!(changed(&application(1), &application(2)), [UNCHECKED]);
}
