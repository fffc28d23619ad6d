//! Resources that others look up by name: a change of one reaches each unit that names it, in whatever form
//! the name is written or composed. In debug builds the comparison also evaluates the units that its screen
//! excludes, so that each case checks the screen too.

use super::*;

/// A release that takes values of the config map `NAME`.
const RELEASE: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec:\n  \
                       valuesFrom: [{kind: ConfigMap, name: NAME}]\n  values: {image: {tag: '6'}}\n";

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web-values}\ndata:\n  values.yaml: |\n    image: \
                   {repository: ghcr.io/acme/REPOSITORY}\n";

/// A Flux Kustomization of the folder `app`, with more fields.
fn deployer(fields: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: app}}\nspec:\n  path: \
         ./app\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n{fields}"
    )
}

/// The images that a change of one file introduces. `REPOSITORY` in the file is another word at head.
fn introduced(changed: &str, files: &[(&str, &str)]) -> Vec<String> {
    let (mut base, mut head) = (Memory::default(), Memory::default());
    for (path, text) in files {
        base = base.with(path, text.replace("REPOSITORY", "old"));
        head = head.with(path, text.replace("REPOSITORY", if *path == changed { "new" } else { "old" }));
    }
    let path = Some(RepoPath::new(changed));
    let edits = [Change { base: path.clone(), head: path }];
    let extraction = run(&head, Some(&base), Selection::Changed(&edits));
    let mut images = Vec::new();
    for reference in &extraction.references {
        if let Target::Known(image) = &reference.target {
            images.push(format!("{} {image}", reference.site.file.path()));
        }
    }
    images
}

fn release(name: &str) -> String {
    RELEASE.replace("NAME", name)
}

const REACHED: [&str; 1] = ["app/web.yaml ghcr.io/acme/new:6"];

#[test]
fn a_name_that_is_written() {
    for name in ["web-values", "'web-values'", "\"web-values\"", "&name web-values", "\"web\\x2dvalues\""] {
        let files = [("map.yaml", MAP), ("app/web.yaml", &release(name))];
        assert_eq!(introduced("map.yaml", &files), REACHED, "{name}");
    }
    let files = [("map.yaml", MAP), ("app/web.yaml", &release("other-values"))];
    assert!(introduced("map.yaml", &files).is_empty());
}

#[test]
fn a_name_with_variables() {
    let fields = "  postBuild: {substitute: {APP: web}}\n";
    let files = [
        ("map.yaml", MAP),
        ("app/web.yaml", &release("\"${APP}-values\"")),
        ("app/kustomization.yaml", "resources: [web.yaml]\n"),
        ("cluster/app.yaml", &deployer(fields)),
    ];
    assert_eq!(introduced("map.yaml", &files), REACHED);
}

#[test]
fn a_name_in_a_patch() {
    let inline = "resources: [web.yaml]\npatches:\n- target: {name: web}\n  patch: '[{op: replace, path: \
                  /spec/valuesFrom/0/name, value: web-values}]'\n";
    let by_path = "resources: [web.yaml]\npatches:\n- {target: {name: web}, path: p.yaml}\n";
    let patch = "- {op: replace, path: /spec/valuesFrom/0/name, value: web-values}\n";
    let component = "resources: [web.yaml]\ncomponents: [../part]\n";
    let part = "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\npatches:\n- {target: {name: web}, path: \
                p.yaml}\n";
    for kustomization in [inline, by_path, component] {
        let files = [
            ("map.yaml", MAP),
            ("app/web.yaml", &release("none")),
            ("app/kustomization.yaml", kustomization),
            ("app/p.yaml", patch),
            ("part/kustomization.yaml", part),
            ("part/p.yaml", patch),
        ];
        assert_eq!(introduced("map.yaml", &files), REACHED, "{kustomization}");
    }
}

#[test]
fn a_name_in_a_patch_of_the_deployer() {
    let fields = "  patches:\n  - target: {name: web}\n    patch: |\n      - {op: replace, path: \
                  /spec/valuesFrom/0/name, value: web-values}\n";
    let files = [
        ("map.yaml", MAP),
        ("app/web.yaml", &release("none")),
        ("app/kustomization.yaml", "resources: [web.yaml]\n"),
        ("cluster/app.yaml", &deployer(fields)),
    ];
    assert_eq!(introduced("map.yaml", &files), REACHED);
}

#[test]
fn a_name_that_is_put_together_or_copied() {
    let source = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: names}\ndata: {values: web-values}\n";
    let replacements = "resources: [web.yaml, names.yaml]\nreplacements:\n- source: {kind: ConfigMap, name: names, \
                        fieldPath: data.values}\n  targets:\n  - {select: {kind: HelmRelease}, fieldPaths: \
                        [spec.valuesFrom.0.name]}\n";
    let transformers = "resources: [web.yaml]\ntransformers: [t.yaml]\n";
    let transformer = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: t}\ntarget: {name: web}\npatch: \
                       '[{op: replace, path: /spec/valuesFrom/0/name, value: web-values}]'\n";
    for kustomization in [replacements, transformers] {
        let files = [
            ("map.yaml", MAP),
            ("app/web.yaml", &release("none")),
            ("app/names.yaml", source),
            ("app/t.yaml", transformer),
            ("app/kustomization.yaml", kustomization),
        ];
        assert_eq!(introduced("map.yaml", &files), REACHED, "{kustomization}");
    }
}

#[test]
fn a_resource_that_a_patch_makes_a_release() {
    let other = release("web-values").replace("kind: HelmRelease", "kind: Draft");
    let kustomization = "resources: [web.yaml]\npatches:\n- target: {kind: Draft}\n  options: {allowKindChange: true}\n  \
                         patch: '{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: web}}'\n";
    let files = [("map.yaml", MAP), ("app/web.yaml", &other), ("app/kustomization.yaml", kustomization)];
    assert_eq!(introduced("map.yaml", &files), REACHED);
}

#[test]
fn a_config_map_that_is_generated() {
    let generated = "configMapGenerator: [{name: web-values, files: [values.yaml=far.yaml]}]\n";
    let files = [
        ("maps/kustomization.yaml", generated),
        ("maps/far.yaml", "image: {repository: ghcr.io/acme/REPOSITORY}\n"),
        ("app/web.yaml", &release("web-values")),
    ];
    // The file is also read as values on its own.
    let alone = "maps/far.yaml ghcr.io/acme/new:latest";
    assert_eq!(introduced("maps/far.yaml", &files), [REACHED[0], alone]);
    let literal = "configMapGenerator: [{name: web-values, literals: ['values.yaml=image: {repository: \
                   ghcr.io/acme/REPOSITORY}']}]\n";
    let files = [("maps/kustomization.yaml", literal), ("app/web.yaml", &release("web-values"))];
    assert_eq!(introduced("maps/kustomization.yaml", &files), REACHED);
}

#[test]
fn a_repository_that_a_chart_object_names() {
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec: {chartRef: \
                   {kind: HelmChart, name: web-chart}}\n";
    let chart = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmChart\nmetadata: {name: web-chart}\nspec: {chart: \
                 web, version: 1.0.0, sourceRef: {kind: HelmRepository, name: acme}}\n";
    let repository = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: acme}\nspec: \
                      {type: oci, url: 'oci://ghcr.io/acme/REPOSITORY'}\n";
    let files = [("repository.yaml", repository), ("chart.yaml", chart), ("app/web.yaml", release)];
    let reached = introduced("repository.yaml", &files);
    assert_eq!(reached, ["chart.yaml ghcr.io/acme/new/web:1.0.0"]);
}

#[test]
fn another_kind_of_the_same_name_is_another_resource() {
    let other = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: web-values}\nspec: {url: \
                 'oci://ghcr.io/acme/REPOSITORY', ref: {tag: '1'}}\n";
    let files = [("map.yaml", MAP), ("oci.yaml", other), ("app/web.yaml", &release("web-values"))];
    assert_eq!(introduced("oci.yaml", &files), ["oci.yaml ghcr.io/acme/new:1"]);
}
