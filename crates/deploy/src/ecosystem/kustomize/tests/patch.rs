//! Tests of patches: the resources that they change, and the faults for which kustomize refuses them.

use std::sync::Arc;

use super::super::budget::Budget;
use super::super::built::Built;
use super::super::patch::Patch;
use super::super::selector::Selector;
use super::{item, node, shown};

const WEB: &str =
    "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: 'a:1'}]}}";
const API: &str =
    "{apiVersion: v1, kind: Pod, metadata: {name: api}, spec: {containers: [{name: a, image: 'a:1'}]}}";

/// The images after a patch, then the problems.
fn patched(built: &mut Built, documents: &[&str], target: Option<&str>) -> Vec<String> {
    let documents = documents.iter().map(|text| Arc::new(node(text))).collect();
    let target = target.map(|text| Selector::new(&node(text)));
    let patch = Patch { documents, target, remembers: true, ..Patch::default() };
    patch.apply(built, &mut Budget::default());
    let images = built.items.iter().map(|item| shown(item.body().at(&["spec", "containers"]).unwrap()));
    images.chain(built.problems.iter().map(|problem| problem.message.clone())).collect()
}

fn two() -> Built {
    Built { items: vec![item(WEB), item(API)], ..Built::default() }
}

const MERGE: &str =
    "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: 'a:2'}]}}";
const REPLACE: &str = "[{op: replace, path: /spec/containers/0/image, value: 'a:2'}]";

#[test]
fn patches_change_what_they_name() {
    let (old, new) = ("[{name: a, image: a:1}]", "[{name: a, image: a:2}]");
    for (documents, target, expected) in [
        (vec![MERGE], None, vec![new, old]),
        (vec![MERGE], Some("{kind: Pod}"), vec![new, new]),
        (vec![MERGE], Some("{name: api}"), vec![old, new]),
        (vec![REPLACE], Some("{name: w.*}"), vec![new, old]),
        (vec![REPLACE], Some("{kind: None}"), vec![old, old]),
        (vec![REPLACE], None, vec![old, old, "a JSON patch needs a target"]),
        (vec![], None, vec![old, old]),
        (vec!["{}", "[]"], None, vec![old, old]),
        (
            vec!["{spec: {x: 1}}"],
            Some("{name: web}"),
            vec![old, old, "this patch has no kind or no name, and kustomize refuses it"],
        ),
        (
            vec!["{kind: Pod, metadata: {name: web}, spec: {containers: none}}"],
            Some("{kind: Pod}"),
            vec![
                old,
                old,
                "this does not apply to the Pod web: containers is a list in the resource, and a scalar in this patch",
                "this does not apply to the Pod api: containers is a list in the resource, and a scalar in this patch",
            ],
        ),
        (vec![REPLACE], Some("{name: '*'}"), vec![old, old, "kustomize cannot read this as a pattern"]),
        (
            vec!["word"],
            None,
            vec![old, old, "this is not a patch: kustomize expects a resource or a list of operations"],
        ),
        (
            vec![MERGE, MERGE],
            Some("{name: web}"),
            vec![new, old, "kustomize refuses several patches in one entry that has a target"],
        ),
        (
            vec!["{apiVersion: v1, kind: Pod, metadata: {name: none}}"],
            None,
            vec![old, old, "no resource matches Pod none, which this patch names"],
        ),
        (
            vec![
                "[{op: add, path: /metadata/annotations/x, value: y}, {op: add, path: /none/x, value: y}, {op: replace, path: /spec/containers/0/image, value: 'a:2'}]",
            ],
            Some("{name: web}"),
            vec![new, old, "this does not apply to the Pod web: there is no /none"],
        ),
    ] {
        assert_eq!(patched(&mut two(), &documents, target), expected, "{documents:?} {target:?}");
    }
}

#[test]
fn a_patch_names_one_resource() {
    let mut built = Built { items: vec![item(WEB), item(WEB)], ..Built::default() };
    let told = patched(&mut built, &[MERGE], None);
    assert_eq!(told[2..], ["2 resources match Pod web, which this patch names"]);
}

#[test]
fn patches_of_resources_that_stand_elsewhere_are_kept() {
    let mut built = Built { is_open: true, ..Built::default() };
    patched(&mut built, &[MERGE], None);
    patched(&mut built, &[&MERGE.replace("a:2", "a:3")], None);
    let told = patched(&mut built, &[REPLACE], Some("{kind: Deployment, name: far}"));
    assert_eq!(told, ["[{name: a, image: a:3}]", "[{image: a:2}]"]);
    assert_eq!(built.items[1].resource().kind, "Deployment");
}

#[test]
fn nothing_is_refused_after_changes_that_are_not_known() {
    let mut built = Built { is_altered: true, ..two() };
    let patch =
        "[{op: remove, path: /spec/none}, {op: replace, path: /spec/containers/0/image, value: 'a:2'}]";
    let told = patched(&mut built, &[patch], Some("{name: web}"));
    assert_eq!(told, ["[{name: a, image: a:2}]", "[{name: a, image: a:1}]"]);
    let told = patched(&mut built, &["{apiVersion: v1, kind: Pod, metadata: {name: none}}"], None);
    assert_eq!(told.len(), 2);
}

#[test]
fn an_earlier_name_still_finds_a_resource() {
    let mut built = two();
    for item in &mut built.items {
        item.rename("x-", "", &node("x-"));
    }
    assert_eq!(built.items[0].resource().name.as_deref(), Some("x-web"));
    assert_eq!(patched(&mut built, &[MERGE], None)[0], "[{name: a, image: a:2}]");
}
