//! Tests of the budget of work of a root: an exceeded budget is reported once, and no image is listed that is not deployed.

use crate::extract::tests::overlays::deployed;

const WEB: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: 'web:1'}]}\n";

/// 99 resources, and a Pod as the 100th.
fn resources() -> String {
    let maps =
        (1..100).map(|at| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m{at}}}\n---\n"));
    maps.collect::<String>() + WEB
}

/// The image and the problems of a kustomization of 100 resources, with these fields.
fn built(fields: &str) -> Vec<String> {
    let kustomization = format!("resources: [all.yaml]\n{fields}\n");
    let told = deployed(&[("kustomization.yaml", &kustomization), ("all.yaml", &resources())]);
    told.iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
}

const IMAGE: &str = "docker.io/library/web:1 ()";
const EXCEEDED: &str =
    "unreadable-file: this root exceeds the limit of work, so the images of its resources are not known";

#[test]
fn work_beyond_the_budget_is_reported_once() {
    let patch = "{target: {name: none}, patch: '[{op: remove, path: /a}]'}, ";
    let image = "{name: a, newTag: b}, ";
    let replacement = "{sourceValue: a, targets: []}, ";
    for (field, entry) in [("patches", patch), ("images", image), ("replacements", replacement)] {
        let of = |count: usize| built(&format!("{field}: [{}]", entry.repeat(count)));
        assert_eq!(of(1000), [IMAGE], "{field}");
        assert_eq!(of(1003), [EXCEEDED], "{field}");
    }
}

#[test]
fn copies_beyond_the_budget_are_reported() {
    let copies = |count: usize| {
        let copy = "{op: copy, from: /metadata, path: /metadata/a-}, ";
        let all: String = (0..count).map(|at| copy.replace("a-", &format!("a{at}"))).collect();
        built(&format!("patches: [{{target: {{name: web}}, patch: '[{all}]'}}]"))
    };
    assert_eq!(copies(10), [IMAGE]);
    let exceeded = "unreadable-file: this does not apply to the Pod web: copies of copies grow beyond bounds";
    assert_eq!(copies(18), [IMAGE, exceeded]);
}

/// A patch that was not applied may give the name that another kustomization needs.
#[test]
fn nothing_is_missing_behind_work_that_is_not_done() {
    let tree = |count: usize| {
        let patch = "{target: {name: none}, patch: '[{op: remove, path: /a}]'}, ".repeat(count);
        let rename = "{target: {name: m1}, patch: '[{op: replace, path: /metadata/name, value: new}]', options: {allowNameChange: true}}";
        let base = format!("resources: [all.yaml]\npatches: [{patch}{rename}]\n");
        let generator =
            "resources: [../base]\nconfigMapGenerator: [{name: new, behavior: merge, literals: [a=b]}]\n";
        deployed(&[
            ("base/kustomization.yaml", &base),
            ("base/all.yaml", &resources()),
            ("over/kustomization.yaml", generator),
        ])
        .into_iter()
        .filter(|line| !line.contains(" docker.io/"))
        .collect::<Vec<_>>()
    };
    assert_eq!(tree(1), Vec::<String>::new());
    let told = tree(1000);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].ends_with(EXCEEDED), "{told:?}");
}
