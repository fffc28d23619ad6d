//! Flux, Argo CD, kustomize's charts and `Chart.yaml`.

use super::*;

/// Like `found`, with the kind of each reference.
fn kinds(path: &str, text: &str) -> Vec<String> {
    let memory = Memory::default().with(path, text);
    let extraction = run(&memory, None, Selection::All);
    let told = told(&extraction);
    let kinds = extraction.references.iter().map(|reference| reference.kind.as_str());
    kinds.zip(told).map(|(kind, told)| format!("{kind} {told}")).collect()
}

fn repository(reference: &str) -> Vec<String> {
    let head = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nspec:\n  url: oci://ghcr.io/acme/charts/web\n";
    kinds("a.yaml", &format!("{head}{reference}"))
}

#[test]
fn of_an_oci_repository_the_digest_counts_before_the_range_before_the_tag() {
    let sha = format!("sha256:{}", "d".repeat(64));
    assert_eq!(
        repository("  ref: {tag: 1.2.3}\n"),
        ["artifact 5:14 spec.ref.tag → ghcr.io/acme/charts/web:1.2.3"]
    );
    assert_eq!(
        repository("  ref: {tag: '1.2'}\n"),
        ["artifact 5:15 spec.ref.tag → ghcr.io/acme/charts/web:1.2"]
    );
    assert_eq!(repository(""), ["artifact 4:8 spec.url → ghcr.io/acme/charts/web:latest"]);
    assert_eq!(
        repository("  ref: {tag: 1.2.3, semver: '>=1'}\n"),
        ["repository 5:30 spec.ref.semver → ghcr.io/acme/charts/web (repository)"]
    );
    assert_eq!(
        repository(&format!("  ref: {{tag: 1.2.3, digest: '{sha}'}}\n")),
        [format!("artifact 5:30 spec.ref.digest → ghcr.io/acme/charts/web:1.2.3@{sha}")]
    );
    assert_eq!(
        repository("  ref: {tag: 1.2}\n"),
        ["image 5:14 spec.ref.tag → numeric-tag: YAML reads 1.2 as a number, and only text is accepted here"]
    );
    let memory = Memory::default().with(
        "a.yaml",
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nspec:\n  url: oci://ghcr.io/acme/web/\n",
    );
    let parts = &run(&memory, None, Selection::All).references[0].parts;
    assert_eq!(parts.repository.as_ref().unwrap().text(), "ghcr.io/acme/web", "without the scheme");
}

#[test]
fn image_transformers_of_flux() {
    let text = "\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
spec:
  images: [{name: web, newName: ghcr.io/acme/web, newTag: v1}]
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
spec:
  postRenderers:
  - kustomize: {images: [{name: ghcr.io/acme/api, newTag: v2}]}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
spec: {image: ghcr.io/acme/watched}
";
    assert_eq!(
        kinds("ks.yaml", text),
        [
            "image 4:59 spec.images[0].newTag → ghcr.io/acme/web:v1",
            "image 10:59 spec.postRenderers[0].kustomize.images[0].newTag → ghcr.io/acme/api:v2",
            "repository 14:15 spec.image → ghcr.io/acme/watched (repository)",
        ]
    );
}

#[test]
fn argo_cd_applications() {
    let text = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
spec:
  sources:
  - {chart: web, repoURL: ghcr.io/acme/charts, targetRevision: 1.2.3+build}
  - {chart: web, repoURL: 'https://charts.example.com', targetRevision: 1.2.3}
  - {chart: api, repoURL: 'oci://ghcr.io/acme/charts', targetRevision: 1.x}
  - repoURL: https://github.com/acme/deploy
    kustomize: {images: ['web=ghcr.io/acme/web:v1', ghcr.io/acme/api, 'old=ghcr.io/acme/new@sha256:ab']}
    helm: {valuesObject: {image: {repository: ghcr.io/acme/in-values, tag: v3}}}
---
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
spec:
  template:
    spec:
      source: {chart: '{{name}}', repoURL: ghcr.io/acme/charts, targetRevision: 1.0.0}
";
    assert_eq!(
        kinds("app.yaml", text),
        [
            "chart 5:64 spec.sources[0].targetRevision → ghcr.io/acme/charts/web:1.2.3_build",
            "chart 6:73 spec.sources[1].targetRevision → https://charts.example.com/web:1.2.3",
            "repository 7:72 spec.sources[2].targetRevision → ghcr.io/acme/charts/api (repository)",
            "image 9:27 spec.sources[3].kustomize.images[0] → ghcr.io/acme/web:v1",
            "image 9:72 spec.sources[3].kustomize.images[2] → malformed-reference: \"ghcr.io/acme/new@sha256:ab\" is not an image reference: a sha256 digest has 64 hexadecimal digits, this one has 2",
            "image 10:76 spec.sources[3].helm.valuesObject.image.tag → ghcr.io/acme/in-values:v3",
            "image 17:81 spec.source.targetRevision → unresolved-reference: the reference is made by a template",
        ]
    );
    let memory = Memory::default().with("app.yaml", text);
    let extraction = run(&memory, None, Selection::All);
    assert_eq!(extraction.references[3].parts.tag.as_ref().unwrap().text(), "v1");
    assert_eq!(extraction.references[3].parts.repository.as_ref().unwrap().text(), "ghcr.io/acme/web");
}

#[test]
fn dependencies_of_charts() {
    let text = "\
apiVersion: v2
name: web
version: 1.0.0
dependencies:
- {name: redis, repository: 'oci://registry-1.docker.io/bitnamicharts', version: 19.0.1}
- {name: common, repository: 'https://charts.example.com', version: 1.0.0}
- {name: api, repository: 'oci://ghcr.io/acme/charts', version: ^1.2.0}
";
    assert_eq!(
        kinds("web/Chart.yaml", text),
        [
            "chart 5:82 dependencies[0].version → registry-1.docker.io/bitnamicharts/redis:19.0.1",
            "chart 6:69 dependencies[1].version → https://charts.example.com/common:1.0.0",
            "repository 7:65 dependencies[2].version → ghcr.io/acme/charts/api (repository)",
        ]
    );
    let text = "helmCharts:\n- {name: web, repo: 'oci://ghcr.io/acme/charts', version: 1.0.0}\n- {name: web, repo: 'https://x.y', version: 1.0.0}\n";
    assert_eq!(
        kinds("kustomization.yaml", text),
        [
            "chart 2:59 helmCharts[0].version → ghcr.io/acme/charts/web:1.0.0",
            "chart 3:45 helmCharts[0].version → https://x.y/web:1.0.0"
        ]
    );
}

#[test]
fn patches_and_artifacts_of_a_flux_instance() {
    let instance = |rest: &str| {
        found(
            "a.yaml",
            &format!(
                "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata: {{name: flux}}\nspec:\n  {rest}\n"
            ),
        )
    };
    let patch = "kustomize: {patches: [{target: {kind: Deployment}, patch: \"[{op: replace, path: /spec/template/spec/containers/0/image, value: 'ghcr.io/a/b:1'}]\"}]}";
    assert_eq!(instance(patch), ["5:131 spec.kustomize.patches[0].patch[0].value → ghcr.io/a/b:1"]);
    let sync = |kind: &str| format!("sync: {{kind: {kind}, url: 'oci://ghcr.io/a/b', ref: latest, path: .}}");
    assert_eq!(instance(&sync("OCIRepository")), ["5:62 spec.sync.ref → ghcr.io/a/b:latest"]);
    assert_eq!(instance(&sync("GitRepository")), Vec::<String>::new());
}
