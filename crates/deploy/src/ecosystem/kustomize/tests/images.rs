//! The image transformer.

use super::super::images::{Entry, split};
use super::super::model::Kustomization;
use super::{node, shown};

/// The result of entries that are applied to an image.
fn applied(image: &str, entries: &str) -> String {
    let kustomization = Kustomization::read(&node(&format!("images: [{entries}]")));
    let mut image = node(&format!("'{image}'"));
    for mut entry in Entry::all(&kustomization) {
        image = entry.applied(&image).unwrap_or(image);
    }
    shown(&image)
}

#[test]
fn entries_change_images() {
    let digest = format!("sha256:{}", "a".repeat(64));
    for (image, entries, expected) in [
        ("web:1", "{name: web, newTag: '2'}", "web:2"),
        ("web", "{name: web, newTag: '2'}", "web:2"),
        ("web:1", "{name: web, newName: ghcr.io/a/web}", "ghcr.io/a/web:1"),
        ("web:1", "{name: web, newName: b, newTag: '2'}", "b:2"),
        ("web:1", &format!("{{name: web, digest: '{digest}'}}"), &format!("web@{digest}")),
        (&format!("web:1@{digest}"), "{name: web, newTag: '2'}", "web:2"),
        ("web:1", "{name: web, tagSuffix: -b}", "web:1-b"),
        ("web:1", "{name: web, newTag: '2', tagSuffix: -b}", "web:2"),
        ("web:1", "{name: we, newTag: '2'}", "web:1"),
        ("web:1", "{name: 'w.*', newTag: '2'}", "web:2"),
        ("h:5000/web:1", "{name: 'h:5000/web', newTag: '2'}", "h:5000/web:2"),
        ("web:1", "{name: web, newTag: 2}", "web:1"),
        ("web:1", "{name: web, newTag: ''}", "web:1"),
        ("web:1", "{name: web, newName: b}, {name: b, newTag: '3'}", "b:3"),
        ("web:1", "'web=b:2'", "b:2"),
        ("b:1", "'b:2'", "b:2"),
    ] {
        assert_eq!(applied(image, entries), expected, "{image} {entries}");
    }
}

#[test]
fn an_added_entry_takes_the_place_of_one_of_its_name() {
    let mut kustomization = Kustomization::read(&node("images: [{name: web, newName: b, newTag: '2'}]"));
    kustomization.add(Kustomization::read(&node("images: ['web=*:3', 'api:4']")));
    let entries = Entry::all(&kustomization);
    assert_eq!(entries.len(), 2);
    let mut image = node("web:1");
    for mut entry in entries {
        image = entry.applied(&image).unwrap_or(image);
    }
    assert_eq!(shown(&image), "b:3");
}

#[test]
fn images_are_split_as_kustomize_does() {
    for (image, parts) in [
        ("host:5000/team/app:1@sha256:00", ["host:5000/team/app", "1", "sha256:00"]),
        ("app:1", ["app", "1", ""]),
        ("host:5000/app", ["host:5000/app", "", ""]),
        ("app@sha256:00", ["app", "", "sha256:00"]),
        ("host:5000", ["host", "5000", ""]),
    ] {
        let found = split(image).map(|at| image[at].to_owned());
        assert_eq!(found, parts, "{image}");
    }
}
