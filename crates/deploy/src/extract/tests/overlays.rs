//! Tests of the resources that kustomizations build, and of the roots that a change affects.

use super::*;

/// Each reference as `path:line:column image (unit; also in …) ← earlier values`, then the problems.
pub(crate) fn deployed(files: &[(&str, &str)]) -> Vec<String> {
    told(&run(&memory(files), None, Selection::Candidates))
}

pub(crate) fn told(extraction: &Extraction) -> Vec<String> {
    let place = |site: &source::Site| {
        let at = site.location();
        assert_eq!(site.text(), site.file.slice(site.span));
        format!("{}:{}:{}", site.file.path(), at.line, at.column)
    };
    let references = extraction.references.iter().map(|reference| {
        let what = match &reference.target {
            Target::Chart(chart) => chart.to_string(),
            Target::Known(image) => image.to_string(),
            Target::Malformed(problem) | Target::Unknown(problem) => problem.message.clone(),
        };
        let units = std::iter::once(&reference.unit).chain(&reference.also_in);
        let units: Vec<String> = units.map(ToString::to_string).collect();
        let related = reference.related.iter().map(|(site, label)| format!(" ← {label} {}", place(site)));
        format!("{} {what} ({}){}", place(&reference.site), units.join(", "), related.collect::<String>())
    });
    let problems = extraction.problems.iter().map(|problem| {
        let at = problem.site.as_ref().map_or_else(|| problem.path.to_string(), place);
        format!("{at} {}: {}", problem.rule, problem.message)
    });
    references.chain(problems).collect()
}

pub(crate) fn deployment(image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, labels: {{app: web}}}}\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n        image: {image}\n"
    )
}

const BASE: (&str, &str) = ("base/kustomization.yaml", "resources: [web.yaml]\n");

#[test]
fn the_overlay_decides_and_the_base_is_beside_it() {
    let base = deployment("web:set-by-overlay");
    let told = deployed(&[
        BASE,
        ("base/web.yaml", &base),
        (
            "prod/kustomization.yaml",
            "resources: [../base]\nimages:\n- name: web\n  newName: ghcr.io/acme/web\n  newTag: 1.5.0\n",
        ),
        ("test/kustomization.yaml", "resources: [../base]\nimages: [{name: 'w.*', digest: 'sha256:00'}]\n"),
    ]);
    assert_eq!(
        told,
        [
            "prod/kustomization.yaml:5:11 ghcr.io/acme/web:1.5.0 (prod) ← written here in the base base/web.yaml:9:16 ← newName prod/kustomization.yaml:4:12",
            "test/kustomization.yaml:2:33 \"web@sha256:00\" is not an image reference: a sha256 digest has 64 hexadecimal digits, this one has 2 (test) ← written here in the base base/web.yaml:9:16",
        ]
    );
}

#[test]
fn a_base_that_nobody_changes_is_one_reference_of_all_its_roots() {
    let base = deployment("web:1");
    let overlay = "resources: [../base]\n";
    let told = deployed(&[
        BASE,
        ("base/web.yaml", &base),
        ("a/kustomization.yaml", overlay),
        ("b/kustomization.yaml", overlay),
    ]);
    assert_eq!(told, ["base/web.yaml:9:16 docker.io/library/web:1 (a, b)"]);
}

#[test]
fn patches_and_components() {
    let base = deployment("web:1");
    let told = deployed(&[
        BASE,
        ("base/web.yaml", &base),
        ("debug/kustomization.yaml", "kind: Component\npatches: [{path: add.yaml}]\n"),
        (
            "debug/add.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: debug, image: 'debug:1'}]}}}\n",
        ),
        (
            "prod/kustomization.yaml",
            "resources: [../base]\ncomponents: [../debug]\npatches:\n- target: {kind: Deployment, labelSelector: app=web}\n  patch: |-\n    - op: replace\n      path: /spec/template/spec/containers/1/image\n      value: web:2\n",
        ),
    ]);
    assert_eq!(
        told,
        [
            "debug/add.yaml:4:61 docker.io/library/debug:1 (prod)",
            "prod/kustomization.yaml:8:14 docker.io/library/web:2 (prod) ← written here in the base base/web.yaml:9:16",
        ]
    );
}

#[test]
fn replacements_of_a_part() {
    let base = deployment("ghcr.io/acme/web:1");
    let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {tag: '2.0'}\n";
    let replacement = "\
resources: [../base, settings.yaml]
replacements:
- source: {kind: ConfigMap, name: settings, fieldPath: data.tag}
  targets:
  - select: {kind: Deployment}
    fieldPaths: ['spec.template.spec.containers.[name=web].image']
    options: {delimiter: ':', index: 1}
";
    let told = deployed(&[
        BASE,
        ("base/web.yaml", &base),
        ("prod/kustomization.yaml", replacement),
        ("prod/settings.yaml", settings),
    ]);
    assert_eq!(
        told,
        ["prod/settings.yaml:4:14 ghcr.io/acme/web:2.0 (prod) ← written here in the base base/web.yaml:9:16"]
    );
}

#[test]
fn names_given_by_a_layer_are_known_to_the_next() {
    let base = deployment("web:1");
    let patch = "resources: [../middle]\npatches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: pre-web, namespace: ns}\n    spec: {template: {spec: {containers: [{name: web, image: 'web:3'}]}}}\n";
    let told = deployed(&[
        BASE,
        ("base/web.yaml", &base),
        ("middle/kustomization.yaml", "resources: [../base]\nnamePrefix: pre-\nnamespace: ns\n"),
        ("prod/kustomization.yaml", patch),
    ]);
    assert_eq!(
        told,
        [
            "prod/kustomization.yaml:7:63 docker.io/library/web:3 (prod) ← written here in the base base/web.yaml:9:16"
        ]
    );
}

#[test]
fn what_cannot_be_built_is_told_and_the_rest_is_judged() {
    let web = deployment("web:1");
    let told = deployed(&[
        (
            "a/kustomization.yaml",
            "resources:\n- web.yaml\n- gone.yaml\n- ../../out\n- https://github.com/acme/deploy?ref=v1\n- ../b\nimages: [{name: ghcr.io/acme/far, newTag: '9'}]\n",
        ),
        ("a/web.yaml", &web),
        ("b/kustomization.yaml", "resources: [../a]\n"),
        (
            "c/kustomization.yaml",
            "resources: [web.yaml]\npatches: [{patch: '{apiVersion: v1, kind: Pod, metadata: {name: none}}'}]\n",
        ),
        ("c/web.yaml", &web),
    ]);
    assert_eq!(
        told,
        [
            "c/web.yaml:9:16 docker.io/library/web:1 (c)",
            "a/kustomization.yaml:7:44 ghcr.io/acme/far:9 (a) ← repository a/kustomization.yaml:7:17",
            "a/web.yaml:9:16 docker.io/library/web:1 (a)",
            "c/kustomization.yaml:2:20 broken-kustomization: no resource matches Pod none, which this patch names",
            "a/kustomization.yaml:3:3 broken-kustomization: there is no a/gone.yaml, and kustomize needs it; the rest is checked",
            "a/kustomization.yaml:4:3 broken-kustomization: ../../out lies outside of the repository; the rest of this root is checked",
            "a/kustomization.yaml:5:3 not-checked: remote bases are not fetched, so the images in them are not checked",
            "b/kustomization.yaml:1:13 broken-kustomization: a includes itself through this entry; the rest is checked",
        ]
    );
}

#[test]
fn a_change_reaches_the_roots_that_use_it_and_no_other() {
    let (old, new) = (deployment("web:1"), deployment("web:2"));
    let overlay = "resources: [../base]\n";
    let fixed = "resources: [../base]\nimages: [{name: web, newTag: '7'}]\n";
    let other = deployment("other:1");
    let tree = |web: &str| {
        Memory::default()
            .with(BASE.0, BASE.1)
            .with("base/web.yaml", web)
            .with("a/kustomization.yaml", overlay)
            .with("b/kustomization.yaml", overlay)
            .with("fixed/kustomization.yaml", fixed)
            .with("other/kustomization.yaml", "resources: [x.yaml]\n")
            .with("other/x.yaml", other.as_str())
    };
    let path = Some(RepoPath::new("base/web.yaml"));
    let changes = [Change { base: path.clone(), head: path }];
    let (base, head) = (tree(&old), tree(&new));
    let touched = told(&run(&head, None, Selection::Changed(&changes)));
    assert_eq!(touched.len(), 2, "{touched:?}");
    let introduced = told(&run(&head, Some(&base), Selection::Changed(&changes)));
    assert_eq!(introduced, ["base/web.yaml:9:16 docker.io/library/web:2 (a, b)"]);
}

#[test]
fn a_base_or_file_that_nothing_includes_any_longer_is_a_new_unit() {
    let (old, new) = (deployment("web:1"), deployment("web:2"));
    let tree = |resources: &str, web: &str| {
        Memory::default()
            .with(BASE.0, BASE.1)
            .with("base/web.yaml", web)
            .with("prod/kustomization.yaml", resources)
            .with("prod/db.yaml", deployment("db:1"))
    };
    let change = |path: &str| Change { base: Some(RepoPath::new(path)), head: Some(RepoPath::new(path)) };
    let changes = [change("prod/kustomization.yaml"), change("base/kustomization.yaml")];
    let base = tree("resources: [../base, db.yaml]\n", &old);
    let introduced =
        |head: &Memory, changes: &[Change]| told(&run(head, Some(&base), Selection::Changed(changes)));
    assert_eq!(
        introduced(&tree("resources: []\n", &old), &changes),
        [
            "base/web.yaml:9:16 docker.io/library/web:1 (base)",
            "prod/db.yaml:9:16 docker.io/library/db:1 (prod/db.yaml)"
        ]
    );
    let changes = [&changes[..], &[change("base/web.yaml")]].concat();
    assert_eq!(
        introduced(&tree("resources: []\n", &new), &changes),
        [
            "base/web.yaml:9:16 docker.io/library/web:2 (base)",
            "prod/db.yaml:9:16 docker.io/library/db:1 (prod/db.yaml)"
        ]
    );
}

#[test]
fn a_kustomization_that_moves_introduces_nothing() {
    let web = deployment("web:1");
    let tree = |folder: &str| {
        Memory::default()
            .with(&format!("{folder}/kustomization.yaml"), "resources: [web.yaml]\n")
            .with(&format!("{folder}/web.yaml"), web.as_str())
    };
    let moved = |name: &str| Change {
        base: Some(RepoPath::new(&format!("old/{name}"))),
        head: Some(RepoPath::new(&format!("new/{name}"))),
    };
    let changes = [moved("kustomization.yaml"), moved("web.yaml")];
    let (base, head) = (tree("old"), tree("new"));
    assert_eq!(told(&run(&head, Some(&base), Selection::Changed(&changes))), Vec::<String>::new());
}

#[test]
fn a_folder_without_a_kustomization_that_flux_deploys() {
    let web = deployment("web:1");
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec:\n  path: ./apps\n  images: [{name: web, newTag: '2'}]\n  patches: [{target: {name: api}, patch: '[{op: replace, path: /spec/template/spec/containers/0/image, value: api:3}]'}]\n";
    let api = deployment("api:1").replace("name: web", "name: api");
    let told = deployed(&[
        ("clusters/prod/apps.yaml", flux),
        ("apps/web.yaml", &web),
        ("apps/sub/kustomization.yaml", "resources: [api.yaml]\n"),
        ("apps/sub/api.yaml", &api),
        ("apps/sub/stray.yaml", &deployment("stray:1")),
    ]);
    assert_eq!(
        told,
        [
            "clusters/prod/apps.yaml:6:33 docker.io/library/web:2 (apps) ← written here in the base apps/web.yaml:9:16",
            "clusters/prod/apps.yaml:7:111 docker.io/library/api:3 (apps) ← written here in the base apps/sub/api.yaml:9:16",
            "apps/sub/stray.yaml:9:16 docker.io/library/stray:1 (apps/sub/stray.yaml)",
        ]
    );
}
