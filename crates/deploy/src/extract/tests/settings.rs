//! Tests of single settings: each sets what Helm sets for the text that the deployer passes on.

use super::*;
use crate::extract::tests::overlays::deployed;

/// The image at `spec.source.helm`, with the values `image: good.io/a:1`.
fn argo(settings: &str) -> String {
    let text = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    helm:\n      valuesObject: {{image: 'good.io/a:1'}}\n      {settings}\n"
    );
    let found: Vec<String> = found("a.yaml", &text)
        .iter()
        .map(|line| line.split_once(" → ").map_or(line.as_str(), |(_, image)| image).to_owned())
        .collect();
    found.join("; ")
}

#[test]
fn names_and_values_of_parameters_may_set_several_values() {
    for parameter in [
        "{name: 'foo=1,image', value: 'evil.io/x:1'}",
        "{name: foo, value: ',image=evil.io/x:1'}",
        "{name: foo, value: 'a,,image=evil.io/x:1'}",
        "{name: foo, value: '{a},image=evil.io/x:1,b={c}'}",
    ] {
        assert_eq!(argo(&format!("parameters: [{parameter}]")), "evil.io/x:1", "{parameter}");
    }
    for parameter in
        ["{name: foo, value: 'a,image=evil.io/x:1'}", "{name: foo, value: '\\,image=evil.io/x:1'}"]
    {
        assert_eq!(argo(&format!("parameters: [{parameter}]")), "good.io/a:1", "Argo CD escapes the comma");
    }
    let several =
        argo("parameters: [{name: foo, value: ',image=evil.io/x:1'}, {name: image, value: 'good.io/b:1'}]");
    assert!(several.contains("unreadable-file: ") && several.contains("in any order"), "{several}");
    for parameter in ["{name: 'foo[', value: a}", "{name: foo, value: '{a'}"] {
        let told = argo(&format!("parameters: [{parameter}]"));
        assert!(told.starts_with("good.io/a:1; unreadable-file: "), "{told}");
    }
    // A template makes another text of it.
    assert_eq!(argo("parameters: [{name: foo, value: '{{ x }}'}]"), "good.io/a:1");
}

#[test]
fn texts_and_files_are_set_last() {
    let forced = "parameters: [{name: image, value: 'evil.io/x:1', forceString: true}, {name: image, value: 'good.io/b:1'}]";
    assert_eq!(argo(forced), "evil.io/x:1");
    let file = argo("fileParameters: [{name: 'foo=x,image', path: files/a}]");
    assert!(file.contains("unreadable-file: ") && file.contains("sets several values"), "{file}");
}

/// The images of a release of Flux with a setting.
fn flux(path: &str, value: &str, values: &str) -> Vec<String> {
    let release = format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web}}\nspec:\n  chart: {{spec: {{chart: ./c, sourceRef: {{kind: GitRepository, name: a}}}}}}\n  valuesFrom: [{{kind: ConfigMap, name: map, valuesKey: k, targetPath: '{path}'}}]\n  values: {values}\n"
    );
    let map = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: map}}\ndata: {{k: '{value}'}}\n");
    let told = deployed(&[("web.yaml", &release), ("map.yaml", &map)]);
    told.iter().filter_map(|line| line.split(' ').nth(1).map(str::to_owned)).collect()
}

#[test]
fn target_paths_of_flux() {
    for (path, value) in
        [("foo", "1,image=evil.io/x:1"), ("foo=1,image", "evil.io/x:1"), ("image", "\"evil.io/x:1\"")]
    {
        assert_eq!(flux(path, value, "{a: b}"), ["evil.io/x:1"], "{path}");
    }
    assert_eq!(flux("foo", "{a", "{a: b}"), ["unreadable-file:"]);
}

#[test]
fn inline_values_of_flux_may_win_over_a_target_path() {
    assert_eq!(flux("image", "good.io/a:1", "{image: 'evil.io/x:1'}"), ["good.io/a:1", "unreadable-file:"]);
    assert_eq!(flux("image", "good.io/a:1", "{image: 'good.io/a:1'}"), ["good.io/a:1"]);
    assert_eq!(flux("a.image", "good.io/a:1", "{a: {image: 'good.io/b:1'}}"), ["good.io/a:1"]);
    assert_eq!(flux("b.image", "good.io/a:1", "{a: {image: 'good.io/b:1'}}"), ["good.io/a:1", "good.io/b:1"]);
    // An item that exists is changed in its place, and a list that grows is another one.
    let list = "{a: [{image: 'good.io/b:1'}]}";
    assert_eq!(flux("a[0].image", "good.io/a:1", list), ["good.io/a:1"]);
    assert!(flux("a[1].image", "good.io/a:1", list).contains(&"unreadable-file:".to_owned()));
}
