//! Charts that kustomize renders, and releases with post-renderers: the patches and the `images` of kustomizations apply
//! to the rendered resources. The results are those of `kustomize build --enable-helm`. These tests need helm.

use std::collections::BTreeSet;
use std::process::Command;

use testkit::charts::ChartRepository;
use testkit::repo::{Repo, helm_folder};

use crate::support::{Run, pullable_with};

struct World {
    repo: Repo,
    path: String,
    _helm: tempfile::TempDir,
}

/// `None` without helm.
fn world(files: &[(&str, &str)]) -> Option<World> {
    let helm = helm_folder()?;
    let path = format!("{}:/usr/bin:/bin", helm.path().display());
    let repo = Repo::new();
    for (file, text) in files {
        repo.write(file, text);
    }
    repo.commit("base");
    Some(World { repo, path, _helm: helm })
}

impl World {
    fn run(&self, args: &[&str]) -> Run {
        pullable_with(&self.repo, &[("PATH", &self.path)], &[args, &["--format", "json"]].concat())
    }

    /// The images of a unit, each with its place.
    fn images(&self, args: &[&str], unit: &str) -> Vec<String> {
        let run = self.run(&[&["images"], args].concat());
        let json = run.json();
        let mut all = Vec::new();
        for reference in json["references"].as_array().unwrap() {
            if reference["unit"] == unit && reference["kind"] == "image" {
                let text = |key: &str| reference[key].as_str().unwrap().to_owned();
                all.push(format!("{}:{} {}", text("path"), reference["line"], text("image")));
            }
        }
        all
    }

    /// The images that kustomize deploys; `None` without kustomize.
    fn built(&self, folder: &str) -> Option<BTreeSet<String>> {
        let home = std::env::var("HOME").unwrap_or_default();
        let path = format!("{}:{}:{home}/go/bin", self.path, std::env::var("PATH").unwrap_or_default());
        let mut kustomize = Command::new("sh");
        kustomize.args(["-c", &format!("kustomize build --enable-helm {folder}")]);
        let output = kustomize.current_dir(self.repo.path()).env("PATH", path).output().unwrap();
        if output.status.code() == Some(127) {
            return None;
        }
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let lines =
            text.lines().filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("image: "));
        Some(lines.map(str::to_owned).collect())
    }

    /// The images of a unit, which are those that kustomize deploys.
    fn deployed(&self, folder: &str) -> Vec<String> {
        let images = self.images(&["--all"], folder);
        let names = images.iter().map(|image| image.split(' ').nth(1).unwrap().to_owned()).collect();
        if let Some(built) = self.built(folder) {
            assert_eq!(built, names, "{images:?}");
        }
        images
    }
}

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: 1.4.2\n";
const VALUES: &str = "image: {registry: quay.io, repository: acme/web, tag: ''}\nside: {enabled: false, image: quay.io/acme/side:1}\ntask: {image: quay.io/acme/task:1}\n";
const TEMPLATE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: {{ .Release.Namespace }}}
spec:
  template:
    spec:
      containers:
      - name: web
        image: {{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
      {{- if .Values.side.enabled }}
      - name: side
        image: {{ .Values.side.image }}
      {{- end }}
";
const TASK: &str = "\
apiVersion: batch/v1
kind: Job
metadata: {name: {{ .Release.Name }}-task, annotations: {helm.sh/hook: test}}
spec: {template: {spec: {containers: [{name: task, image: '{{ .Values.task.image }}'}]}}}
";

fn with_chart<'f>(files: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let chart = [
        ("base/charts/web/Chart.yaml", CHART),
        ("base/charts/web/values.yaml", VALUES),
        ("base/charts/web/templates/web.yaml", TEMPLATE),
        ("base/charts/web/templates/task.yaml", TASK),
    ];
    [&chart, files].concat()
}

#[test]
fn patches_and_images_of_kustomizations_change_a_rendered_chart() {
    let overlay = "namespace: shop\nresources: [../base]\nimages:\n- {name: quay.io/acme/web, newName: ghcr.io/acme/web}\n- {name: quay.io/acme/unused, newTag: '3'}\n\
                   patches:\n- patch: |\n    apiVersion: batch/v1\n    kind: Job\n    metadata: {name: rel-task}\n    spec: {template: {spec: {containers: [{name: task, image: quay.io/acme/task:2}]}}}\n\
                   - target: {kind: Deployment}\n  patch: |\n    - {op: add, path: /spec/template/spec/containers/-, value: {name: new, image: 'quay.io/acme/new:5'}}\n";
    let base = "helmCharts:\n- name: web\n  releaseName: rel\n  valuesInline:\n    side: {enabled: true}\n";
    let Some(world) =
        world(&with_chart(&[("base/kustomization.yaml", base), ("overlay/kustomization.yaml", overlay)]))
    else {
        return;
    };
    assert_eq!(
        world.deployed("overlay"),
        [
            "base/charts/web/values.yaml:2 quay.io/acme/side:1",
            "overlay/kustomization.yaml:4 ghcr.io/acme/web:1.4.2",
            "overlay/kustomization.yaml:11 quay.io/acme/task:2",
            "overlay/kustomization.yaml:14 quay.io/acme/new:5",
        ]
    );
    // The hook is no test to kustomize, unless the entry has the switch.
    world.repo.write("base/kustomization.yaml", format!("{base}  skipTests: true\n  skipHooks: true\n"));
    world.repo.write("overlay/kustomization.yaml", "resources: [../base]\n");
    assert_eq!(
        world.deployed("overlay"),
        [
            "base/charts/web/Chart.yaml:4 quay.io/acme/web:1.4.2",
            "base/charts/web/values.yaml:2 quay.io/acme/side:1",
        ]
    );
}

#[test]
fn values_are_merged_in_the_order_of_kustomize() {
    let values = "image: {tag: file, registry: null}\nside: {enabled: true}\n";
    let additional = "image: {repository: acme/additional}\n";
    for (entry, expected) in [
        // A null removes the value of the file, and the default of the chart is there again.
        ("valuesInline: {side: {enabled: null}, image: {tag: null}}", "quay.io/acme/web:1.4.2"),
        ("valuesInline: {image: {tag: inline, registry: ghcr.io}}", "ghcr.io/acme/web:inline"),
        (
            "valuesMerge: merge, valuesInline: {image: {tag: inline, repository: a/inline}}",
            "quay.io/a/inline:file",
        ),
        ("valuesMerge: replace, valuesInline: {image: {repository: a/b}}", "quay.io/a/b:1.4.2"),
        (
            "additionalValuesFiles: [more.yaml], valuesInline: {image: {registry: q.io}}",
            "q.io/acme/additional:file",
        ),
    ] {
        let registry = if entry.contains("registry") {
            values.replace(", registry: null", "")
        } else {
            values.replace("registry: null", "x: 1")
        };
        let kustomization =
            format!("helmCharts:\n- {{name: web, skipTests: true, valuesFile: values.yaml, {entry}}}\n");
        let files = [
            ("base/kustomization.yaml", kustomization.as_str()),
            ("base/values.yaml", &registry),
            ("base/more.yaml", additional),
        ];
        let Some(world) = world(&with_chart(&files)) else { return };
        let images = world.deployed("base");
        assert!(images.iter().any(|image| image.ends_with(&format!(" {expected}"))), "{entry}: {images:?}");
    }
}

#[test]
fn a_patch_of_a_chart_introduces_its_image() {
    let base =
        "helmCharts:\n- name: web\n  releaseName: rel\n  skipTests: true\npatches: [{path: patch.yaml}]\n";
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: web, image: 'quay.io/acme/patched:1'}]}}}\n";
    let Some(world) = world(&with_chart(&[("base/kustomization.yaml", base), ("base/patch.yaml", patch)]))
    else {
        return;
    };
    world.repo.write("base/patch.yaml", patch.replace(":1", ":2"));
    assert_eq!(world.images(&["--base", "HEAD"], "base"), ["base/patch.yaml:4 quay.io/acme/patched:2"]);
    // A template that changes is a part of the root.
    world.repo.write("base/patch.yaml", patch);
    world.repo.write(
        "base/charts/web/templates/web.yaml",
        TEMPLATE.replace(
            "- name: web\n",
            "- name: init\n        image: quay.io/acme/init:3\n      - name: web\n",
        ),
    );
    assert_eq!(
        world.images(&["--base", "HEAD"], "base"),
        ["base/charts/web/templates/web.yaml:9 quay.io/acme/init:3"]
    );
    // A patch without its resource is what kustomize refuses.
    world.repo.write("base/charts/web/templates/web.yaml", TEMPLATE.replace("name: web,", "name: other,"));
    let findings = world.run(&["images", "--base", "HEAD"]).json()["findings"].clone();
    let found = (&findings[0]["path"], &findings[0]["message"]);
    let message = "no resource matches Deployment web, which this patch names";
    assert_eq!(found, (&"base/patch.yaml".into(), &message.into()), "{findings}");
}

#[test]
fn a_generator_and_a_fetched_chart_are_rendered() {
    let charts = ChartRepository::new();
    charts.publish(
        "web",
        "1.0.0",
        &[("Chart.yaml", CHART), ("values.yaml", VALUES), ("templates/web.yaml", TEMPLATE)],
    );
    let generator = format!(
        "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {{name: web}}\nname: web\nrepo: {}\nversion: 1.0.0\nreleaseName: rel\nvaluesInline: {{side: {{enabled: true}}}}\n",
        charts.url()
    );
    let kustomization = "generators: [web.yaml]\nimages: [{name: quay.io/acme/web, newTag: '9'}]\n";
    let Some(world) = world(&[("README.md", "")]) else { return };
    world.repo.write("app/kustomization.yaml", kustomization);
    world.repo.write("app/web.yaml", generator);
    let run =
        world.run(&["check", "--base", "HEAD", "--on-unverified", "warn", "--no-cache", "--deadline", "20s"]);
    let mut found = Vec::new();
    for reference in run.json()["references"].as_array().unwrap() {
        if reference["kind"] == "image" {
            found.push(format!("{}:{} {}", reference["path"], reference["line"], reference["image"]));
        }
    }
    assert_eq!(
        found,
        ["\"app/kustomization.yaml\":2 \"quay.io/acme/web:9\"", "\"app/web.yaml\":6 \"quay.io/acme/side:1\""],
        "{}",
        run.stdout
    );
}

#[test]
fn post_renderers_change_a_rendered_release() {
    let release = "\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  chart: {spec: {chart: base/charts/web, sourceRef: {kind: GitRepository, name: flux-system}}}
  values: {side: {enabled: true}}
  postRenderers:
  - kustomize:
      patches:
      - target: {kind: Deployment, name: web}
        patch: |
          - op: replace
            path: /spec/template/spec/containers/0/image
            value: quay.io/acme/patched:1
      images:
      - {name: quay.io/acme/side, newTag: '7'}
";
    let Some(world) = world(&with_chart(&[])) else { return };
    world.repo.write("release.yaml", release);
    assert_eq!(
        world.images(&["--base", "HEAD"], "release.yaml"),
        ["release.yaml:14 quay.io/acme/patched:1", "release.yaml:16 quay.io/acme/side:7"]
    );
}
