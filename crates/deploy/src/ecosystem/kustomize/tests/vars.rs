//! `vars`.

use super::super::built::Built;
use super::super::fields::FieldSpec;
use super::super::model::Kustomization;
use super::super::vars::resolve;
use super::{item, node, shown};

#[test]
fn variables_in_configured_fields_are_replaced() {
    let vars = "vars: [{name: TAG, objref: {apiVersion: v1, kind: ConfigMap, name: c}, fieldref: {fieldPath: data.tag}}, {name: NAME, objref: {version: v1, kind: ConfigMap, name: c}}, {name: FAR, objref: {version: v1, kind: ConfigMap, name: far}}]";
    for (image, expected) in [
        ("web:$(TAG)", "web:7"),
        ("$(NAME)/web:$(TAG)-x", "c/web:7-x"),
        ("web:$(FAR)", "web:$(FAR)"),
        ("web:$(FAR)$(TAG)", "web:$(FAR)7"),
        ("web:$(TAG", "web:$(TAG"),
        ("web:1", "web:1"),
    ] {
        let mut built = Built::default();
        built.items.push(item("{kind: ConfigMap, metadata: {name: c}, data: {tag: '7'}}"));
        built.items.push(item(&format!(
            "{{kind: Pod, spec: {{containers: [{{image: '{image}', args: ['{image}']}}]}}}}"
        )));
        built.add_vars(Kustomization::read(&node(vars)).vars);
        built.var_fields = FieldSpec::read(node("[{path: spec/containers/image}]").items());
        resolve(&mut built);
        let expected = format!("{{containers: [{{image: {expected}, args: [{image}]}}]}}");
        assert_eq!(shown(built.items[1].body().get("spec").unwrap()), expected);
        let told: Vec<String> = built.problems.drain(..).map(|problem| problem.message).collect();
        assert_eq!(told, ["no resource matches the variable FAR"]);
        built.add_vars(Kustomization::read(&node(vars)).vars);
        assert_eq!(built.problems.len(), 3, "names are unique");
    }
}
