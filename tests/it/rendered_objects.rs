//! Applications, ApplicationSets and objects of Flux that a chart of the repository makes: they are followed like written
//! ones. These tests need helm.

use testkit::repo::{Repo, helm_folder};

use crate::support::{pod, pullable_with};

struct World {
    repo: Repo,
    path: String,
    _helm: tempfile::TempDir,
}

/// A repository with these files; `None` without helm.
fn world(files: &[(&str, &str)]) -> Option<World> {
    let helm = helm_folder()?;
    let path = format!("{}:/usr/bin:/bin", helm.path().display());
    let repo = Repo::new();
    repo.git(&["remote", "add", "origin", "https://git.test/acme/gitops"]);
    for (file, text) in files {
        repo.write(file, text);
    }
    repo.commit("base");
    Some(World { repo, path, _helm: helm })
}

impl World {
    /// Place, unit and image of each reference that the change introduces, after this edit.
    fn introduced(&self, path: &str, text: &str) -> Vec<String> {
        self.repo.write(path, text);
        self.images(&["--base", "HEAD"])
    }

    fn images(&self, args: &[&str]) -> Vec<String> {
        let args = [&["images"], args, &["--format", "json"]].concat();
        let json = pullable_with(&self.repo, &[("PATH", &self.path)], &args).json();
        let mut all = Vec::new();
        for reference in json["references"].as_array().unwrap() {
            let text = |key: &str| reference[key].as_str().unwrap_or("-").to_owned();
            all.push(format!("{}:{} ({}) {}", text("path"), reference["line"], text("unit"), text("image")));
        }
        all
    }
}

const META: &str = "apiVersion: v2\nname: apps\nversion: 1.0.0\n";
/// A chart whose Applications deploy folders, each with its tag.
const APPLICATIONS: &str = "\
{{- range .Values.apps }}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: {{ .name }}}
spec:
  source:
    repoURL: https://git.test/acme/gitops.git
    path: deploy/{{ .name }}
    kustomize: {images: ['quay.io/acme/{{ .name }}:{{ .tag }}']}
{{- end }}
";
const APPS: &[(&str, &str)] = &[
    ("apps/Chart.yaml", META),
    ("apps/values.yaml", "apps:\n- {name: web, tag: '1'}\n"),
    ("apps/templates/apps.yaml", APPLICATIONS),
    ("deploy/web/kustomization.yaml", "resources: [pod.yaml]\n"),
];

#[test]
fn the_folder_of_an_application_that_a_chart_makes_is_a_root() {
    let Some(world) = world(APPS) else { return };
    world
        .repo
        .write("deploy/web/pod.yaml", pod(&["quay.io/acme/web:0", "quay.io/acme/other:1"]))
        .commit("pods");
    // The tag of the Application is deployed, whatever the pod has.
    let found =
        world.introduced("deploy/web/pod.yaml", &pod(&["quay.io/acme/web:7", "quay.io/acme/other:2"]));
    assert_eq!(found, ["deploy/web/pod.yaml:10 (deploy/web) quay.io/acme/other:2"]);
    world.repo.git(&["checkout", "-q", "--", "deploy"]);
    let found = world.introduced("apps/values.yaml", "apps:\n- {name: web, tag: '2'}\n");
    assert_eq!(found, ["apps/values.yaml:2 (deploy/web) quay.io/acme/web:2"]);
    // A new Application deploys a folder that was deployed by nothing.
    world.repo.write("deploy/api/kustomization.yaml", "resources: [pod.yaml]\n");
    world.repo.write("deploy/api/pod.yaml", pod(&["quay.io/acme/api"])).commit("api");
    let found =
        world.introduced("apps/values.yaml", "apps:\n- {name: web, tag: '2'}\n- {name: api, tag: '5'}\n");
    assert_eq!(found, ["apps/values.yaml:3 (deploy/api) quay.io/acme/api:5"]);
}

#[test]
fn an_application_that_names_a_chart_decides_its_values_and_charts_nest() {
    let top = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: top}
spec:
  source:
    repoURL: git@git.test:acme/gitops.git
    path: apps
    helm: {valuesObject: {tag: '3', apps: [{name: web, tag: '3'}]}}
";
    let nested = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: nested}
spec: {source: {repoURL: https://git.test/acme/gitops, path: web, helm: {parameters: [{name: tag, value: '{{ .Values.tag }}'}]}}}
";
    let chart = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'quay.io/acme/nested:{{ .Values.tag }}'}]}\n";
    let pods = pod(&["quay.io/acme/web"]);
    let files = [
        APPS,
        &[
            ("top.yaml", top),
            ("apps/templates/nested.yaml", nested),
            ("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
            ("web/values.yaml", "tag: unused\n"),
            ("web/templates/pod.yaml", chart),
            ("deploy/web/pod.yaml", pods.as_str()),
        ],
    ]
    .concat();
    let Some(world) = world(&files) else { return };
    let found = world.introduced("top.yaml", &top.replace("'3'", "'4'"));
    assert_eq!(
        found,
        ["top.yaml:8 (apps) quay.io/acme/nested:4", "top.yaml:8 (deploy/web) quay.io/acme/web:4"],
    );
}

#[test]
fn objects_of_flux_that_a_chart_makes_are_followed() {
    let objects = "\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web, namespace: flux}
spec:
  path: ./flux/web
  sourceRef: {kind: GitRepository, name: flux-system}
  images: [{name: quay.io/acme/web, newTag: {{ .Values.tag | quote }}}]
  postBuild: {substitute: {SIDE: '{{ .Values.side }}'}}
";
    let files = [
        ("cluster/Chart.yaml", META),
        ("cluster/values.yaml", "tag: '1'\nside: '1'\n"),
        ("cluster/templates/web.yaml", objects),
        ("flux/web/pod.yaml", &pod(&["quay.io/acme/web", "quay.io/acme/side:${SIDE}"])),
    ];
    let Some(world) = world(&files) else { return };
    let found = world.introduced("cluster/values.yaml", "tag: '2'\nside: '1'\n");
    assert_eq!(found, ["cluster/values.yaml:1 (flux/web) quay.io/acme/web:2"]);
    let found = world.introduced("cluster/values.yaml", "tag: '1'\nside: '2'\n");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("(flux/web) quay.io/acme/side:2"), "{found:?}");
}

/// A chart of a chart repository that writes the objects of its values, as many charts do.
#[test]
fn objects_that_a_fetched_chart_makes_hide_no_image() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'quay.io/acme/web:{{ .Values.tag }}'}]}\n";
    let chart = [
        ("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        ("web/templates/pod.yaml", pod),
        ("web/values.yaml", "tag: '1'\n"),
    ];
    let Some(world) = world(&chart) else { return };
    let charts = testkit::charts::ChartRepository::new();
    let template = "{{ range .Values.objects }}\n---\n{{ toYaml . }}\n{{ end }}\n";
    charts.publish("raw", "1.0.0", &[("templates/all.yaml", template)]);
    let url = charts.url();
    let object = |source: &str| {
        format!(
            "{{objects: [{{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {{name: web}}, spec: {{source: \
             {{{source}, helm: {{parameters: [{{name: tag, value: hidden}}]}}}}}}}}]}}"
        )
    };
    let of_argo_cd = |values: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: top}}\nspec:\n  source: {{repoURL: {url}, \
             chart: raw, targetRevision: 1.0.0, helm: {{valuesObject: {values}}}}}\n"
        )
    };
    let of_kustomize = |values: &str| {
        format!(
            "helmCharts: [{{name: raw, repo: {url}, version: 1.0.0, releaseName: a, valuesInline: {values}}}]\n"
        )
    };
    let here = object("repoURL: https://git.test/acme/gitops, path: web");
    for (file, text, code) in [
        ("top.yaml", of_argo_cd(&here), 3),
        ("top.yaml", of_argo_cd(&object("repoURL: https://git.test/acme/other, path: nowhere")), 0),
        ("top.yaml", of_argo_cd(&object(&format!("repoURL: {url}, chart: raw, targetRevision: 1.0.0"))), 3),
        ("top.yaml", of_argo_cd("{objects: []}"), 0),
        ("top/kustomization.yaml", of_kustomize(&here), 3),
        ("top/kustomization.yaml", of_kustomize("{objects: []}"), 0),
    ] {
        world.repo.write(file, &text);
        let args = ["check", "--base", "HEAD", "--no-cache"];
        let run = pullable_with(&world.repo, &[("PATH", &world.path)], &args);
        assert_eq!(run.code, code, "{text}{}{}", run.stdout, run.stderr);
        let not_followed = "a chart that is named here makes the Application web, which is not followed";
        assert_eq!(run.stdout.contains(not_followed), code == 3, "{text}{}", run.stdout);
        world.repo.git(&["clean", "-qfd"]);
    }
}

/// A chart alone has no values: a release may give the tag.
#[test]
fn a_tag_that_a_chart_alone_lacks_is_not_malformed() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'quay.io/acme/web:{{ .Values.tag }}'}]}\n";
    let chart =
        [("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"), ("web/templates/pod.yaml", pod)];
    let Some(world) = world(&chart) else { return };
    let found = || {
        let args = ["images", "--all", "--format", "json"];
        let run = pullable_with(&world.repo, &[("PATH", &world.path)], &args);
        (run.code, run.rules())
    };
    assert_eq!(found(), (0, vec!["unresolved-reference".to_owned()]));
    let deployed = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: {source: {repoURL: https://git.test/acme/gitops, path: web}}\n";
    world.repo.write("app.yaml", deployed).commit("deployed");
    let (code, rules) = found();
    assert!(code == 1 && rules.contains(&"malformed-reference".to_owned()), "{code} {rules:?}");
}

/// A chart whose Application deploys the chart itself: objects of charts are followed on a few levels.
#[test]
fn charts_that_make_each_other_come_to_an_end() {
    let object = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: 'level-{{ .Values.level }}'}
spec:
  source:
    repoURL: https://git.test/acme/gitops
    path: apps
    helm: {parameters: [{name: level, value: '{{ add .Values.level 1 }}'}]}
";
    let files =
        [("apps/Chart.yaml", META), ("apps/values.yaml", "level: 0\n"), ("apps/templates/app.yaml", object)];
    let Some(world) = world(&files) else { return };
    let args = ["check", "--all", "--format", "concise"];
    let run = pullable_with(&world.repo, &[("PATH", &world.path)], &args);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    insta::assert_snapshot!(run.shown(), @"
    exit 3
    apps/Chart.yaml:2:7: error[unreadable-file] a chart that is named here makes the Application level-4, which is not followed
    apps/Chart.yaml:2:7: error[unreadable-file] objects that a chart makes here, and that deploy others, are not followed: charts make objects that use charts, on too many levels
    pullable: no image reference to check in 3 files
    ");
}
