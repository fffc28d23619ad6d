//! Helm values within resources: in strings, and set one by one.

use super::*;

const APP: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    helm:\n";

/// The references and problems in the `helm` of an Argo CD Application, which starts on line 6.
fn helm(text: &str) -> Vec<String> {
    let indented: String = text.lines().map(|line| format!("      {line}\n")).collect();
    found("app.yaml", &format!("{APP}{indented}"))
}

#[test]
fn values_in_a_string_point_at_their_own_characters() {
    assert_eq!(
        helm(
            "values: |\n  image:\n    repository: ghcr.io/acme/é\n    tag: 1.10\n  sidecarImage: \"ghcr.io/acme/b:v1\""
        ),
        [
            "9:16 spec.source.helm.values.image.tag → numeric-tag: YAML reads 1.10 as a number, and Helm renders it as 1.1",
            "10:24 spec.source.helm.values.sidecarImage → ghcr.io/acme/b:v1",
        ]
    );
    // An object overrides a string.
    assert_eq!(
        helm("values: 'image: ghcr.io/a/b:1'\nvaluesObject: {image: 'ghcr.io/a/b:2'}"),
        ["7:30 spec.source.helm.valuesObject.image → ghcr.io/a/b:2"]
    );
    assert_eq!(
        helm("values: \"image:\\n  repository: ghcr.io/a/b\\n  tag: v1\\n\""),
        ["6:16 spec.source.helm.values.image.tag → ghcr.io/a/b:v1"],
        "written with escapes: the string as a whole"
    );
    for kind in ["HelmChart", "HelmChartConfig"] {
        let text = format!(
            "apiVersion: helm.cattle.io/v1\nkind: {kind}\nspec:\n  valuesContent: |-\n    image: {{repository: ghcr.io/a/b, tag: v1}}\r\n    extra: ''\n"
        );
        assert_eq!(found("a.yaml", &text), ["5:43 spec.valuesContent.image.tag → ghcr.io/a/b:v1"]);
    }
    let sets = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec:\n  template:\n    spec:\n      sources:\n      - helm:\n          values: |\n            image: ghcr.io/a/b:{{tag}}\n            other: {image: 'ghcr.io/a/c:1'}\n";
    assert_eq!(
        found("a.yaml", sets),
        [
            "9:20 spec.sources[0].helm.values.image → unresolved-reference: the reference is made by a template",
            "10:29 spec.sources[0].helm.values.other.image → ghcr.io/a/c:1",
        ]
    );
}

#[test]
fn broken_values_in_a_string_are_told_where_they_stand() {
    let memory = Memory::default()
        .with("app.yaml", format!("{APP}      values: |\n        a: 1\n        image: b: c\n"));
    let extraction = run(&memory, None, Selection::All);
    assert_eq!(extraction.problems.len(), 1);
    assert_eq!(extraction.problems[0].site.as_ref().unwrap().location().line, 8);
    let message = &extraction.problems[0].message;
    assert!(message.starts_with("the YAML in this string cannot be read as YAML: "), "{message}");
    assert!(message.ends_with("; 1 `image:` line in it was not checked"), "{message}");
    // Text from a template is not a mistake.
    assert_eq!(
        helm("values: |\n  {{- if .x }}\n  image: a:1\n  {{- end }}"),
        [
            "not-checked: Helm values that a template writes are not rendered, so images in them are not checked"
        ]
    );
    assert_eq!(helm("values: just text"), Vec::<String>::new());
    assert_eq!(helm("values: ''"), Vec::<String>::new());
    assert_eq!(helm("values: [a]"), Vec::<String>::new());
}

#[test]
fn parameters_are_set_over_values() {
    // Two parameters are one reference.
    assert_eq!(
        helm(
            "parameters:\n- {name: image.repository, value: ghcr.io/a/b}\n- {name: image.tag, value: '1.10'}"
        ),
        ["8:35 spec.source.helm.parameters[1].value → ghcr.io/a/b:1.10"]
    );
    // A single setting overrides a value, and other values do not change.
    assert_eq!(
        helm(
            "valuesObject: {image: {repository: ghcr.io/a/b, tag: v1}, x: {image: 'ghcr.io/a/x:1'}}\nparameters:\n- {name: image.tag, value: v2}"
        ),
        [
            "6:77 spec.source.helm.valuesObject.x.image → ghcr.io/a/x:1",
            "8:34 spec.source.helm.parameters[0].value → ghcr.io/a/b:v2",
        ]
    );
    assert_eq!(
        helm(
            "values: |\n  images:\n  - {repository: ghcr.io/a/b, tag: v1}\nparameters:\n- {name: 'images[0].tag', value: '20240101'}\n- {name: 'images[2].repository', value: ghcr.io/a/c}\n- {name: 'images[2].tag', value: v3}"
        ),
        [
            "10:41 spec.source.helm.parameters[0].value → ghcr.io/a/b:20240101",
            "12:40 spec.source.helm.parameters[2].value → ghcr.io/a/c:v3",
        ]
    );
    // Only a tag: the chart knows the repository.
    assert_eq!(helm("parameters: [{name: image.tag, value: v1}]"), Vec::<String>::new());
    // A whole reference, a key with points, an empty value, and a template.
    assert_eq!(
        helm(
            "parameters:\n- {name: image, value: 'ghcr.io/a/b:1'}\n- {name: 'a\\.b.image', value: 'ghcr.io/a/c:1'}\n- {name: c.image, value: ''}\n- {name: d.image, value: '{{image}}'}"
        ),
        [
            "7:31 spec.source.helm.parameters[0].value → ghcr.io/a/b:1",
            "8:38 spec.source.helm.parameters[1].value → ghcr.io/a/c:1",
            "10:33 spec.source.helm.parameters[3].value → unresolved-reference: the reference is made by a template",
        ]
    );
}

#[test]
fn numbers_words_and_files_as_parameters() {
    let tag = |parameter: &str| {
        helm(&format!("valuesObject: {{image: {{repository: ghcr.io/a/b, tag: v1}}}}\n{parameter}"))
            .join("; ")
    };
    assert!(tag("parameters: [{name: image.tag, value: '0123'}]").ends_with(" → ghcr.io/a/b:0123"));
    assert!(tag("parameters: [{name: image.tag, value: '123', forceString: true}]").ends_with(":123"));
    assert_eq!(
        tag("parameters: [{name: image.tag, value: 1.10}]"),
        "7:45 spec.source.helm.parameters[0].value → numeric-tag: YAML reads 1.10 as a number, and only text is accepted here"
    );
    assert!(tag("parameters: [{name: image.tag, value: 'null'}]").ends_with(" → ghcr.io/a/b (repository)"));
    assert!(tag("parameters: [{name: image.tag}]").ends_with(" → ghcr.io/a/b (repository)"));
    assert_eq!(
        tag("fileParameters: [{name: image.tag, path: files/tag}]"),
        "7:48 spec.source.helm.fileParameters[0].path → unresolved-reference: the reference is read from another file"
    );
    // Items that are not parameters, and a name that Helm refuses.
    for odd in ["parameters: [{value: x}, a, ~]", "parameters: x"] {
        assert!(tag(odd).ends_with(" → ghcr.io/a/b:v1"), "{odd}");
    }
    let refused = tag("parameters: [{name: 'image[', value: x}]");
    assert!(refused.contains(" → ghcr.io/a/b:v1; unreadable-file: "), "{refused}");
}

#[test]
fn what_is_set_goes_through_aliases_and_leaves_them_as_they_are() {
    let text = "valuesObject:\n  x: &x {repository: ghcr.io/a/b, tag: v1}\n  a: {image: *x}\n  b: {image: {<<: *x}}\nparameters: [{name: a.image.tag, value: v2}, {name: b.image.tag, value: v3}]";
    assert_eq!(
        helm(text),
        [
            "7:46 spec.source.helm.valuesObject.x.tag → ghcr.io/a/b:v1",
            "10:47 spec.source.helm.parameters[0].value → ghcr.io/a/b:v2",
            "10:79 spec.source.helm.parameters[1].value → ghcr.io/a/b:v3",
        ]
    );
}

#[test]
fn values_of_k3s_and_of_kustomize_and_of_sveltos() {
    let k3s = "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nspec:\n  set: {image.repository: ghcr.io/a/b, image.tag: 20240101, x.image: ~, n.tag: 1.5, n.repository: ghcr.io/a/n}\n";
    assert_eq!(
        found("a.yaml", k3s),
        [
            "4:51 spec.set[\"image.tag\"] → ghcr.io/a/b:20240101",
            "4:80 spec.set[\"n.tag\"] → numeric-tag: YAML reads 1.5 as a number, and only text is accepted here",
        ]
    );
    let kustomization =
        "helmCharts:\n- name: web\n  valuesInline: {image: {repository: ghcr.io/a/b, tag: v1}}\n";
    assert_eq!(
        found("kustomization.yaml", kustomization),
        ["3:56 helmCharts[0].valuesInline.image.tag → ghcr.io/a/b:v1"]
    );
    let sveltos = "apiVersion: config.projectsveltos.io/v1beta1\nkind: ClusterProfile\nspec:\n  helmCharts:\n  - values: |\n      image: ghcr.io/a/b:1\n";
    assert_eq!(found("a.yaml", sveltos), ["6:14 spec.helmCharts[0].values.image → ghcr.io/a/b:1"]);
}

#[test]
fn strings_and_parameters_that_multiply_end() {
    let big: String = (0..20_000).map(|n| format!("          k{n}: v\n")).collect();
    let sources = vec!["{helm: *h}"; 2_000].join(", ");
    let strings = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nx: {{h: &h {{values: &v |\n{big}}}}}\nspec: {{sources: [{sources}]}}\n"
    );
    let strings =
        strings.replace("{h: &h {values: &v |\n", "\n  h: &h\n    values: |\n").replace("}}\nspec", "\nspec");
    let told = found("a.yaml", &format!("{strings}# image\n"));
    assert!(told.iter().any(|line| line.contains("multiply beyond bounds")), "{told:?}");

    let names: String = (0..3_000).map(|n| format!("- {{name: 'k{n}.x', value: image}}\n")).collect();
    let keys: String = (0..3_000).map(|n| format!("  k{n}: *big\n")).collect();
    let copies = format!("valuesObject:\n  big: &big [{}]\n{keys}parameters:\n{names}", "a, ".repeat(3_000));
    assert!(helm(&copies).iter().any(|line| line.contains("multiply beyond bounds")));
    let sources = vec!["*s"; 100_000].join(", ");
    let many = format!(
        "{APP}      x: &s {{repoURL: a, chart: image, helm: {{parameters: [{{name: a, value: b}}]}}}}\n  sources: [{sources}]\n"
    );
    let started = std::time::Instant::now();
    assert!(found("app.yaml", &many).iter().any(|line| line.contains("multiply beyond bounds")));
    assert!(started.elapsed().as_secs() < 20, "aliases of sources are bounded: {:?}", started.elapsed());
    let filled = helm("parameters: [{name: 'image[60000].tag', value: x}]");
    assert!(filled[0].contains("multiply beyond bounds"), "{filled:?}");
}

#[test]
fn overrides_that_argo_cd_reads_beside_a_chart() {
    let text = "helm:\n  parameters:\n  - {name: image.name, value: ghcr.io/a/b, forcestring: true}\n  - {name: image.tag, value: v1.2.3, forcestring: true}\nkustomize: {images: ['ghcr.io/a/c:1']}\n";
    let expected = [
        "4:30 source.helm.parameters[1].value → ghcr.io/a/b:v1.2.3",
        "5:23 source.kustomize.images[0] → ghcr.io/a/c:1",
    ];
    assert_eq!(found("apps/.argocd-source-web.yaml", text), expected.map(|line| line.replace("source.", "")));
    assert_eq!(found("apps/.argocd-source.yaml", text).len(), 2);
}
