//! Selectors of patches and replacements.

use super::super::selector::Selector;
use super::{item, node};

#[test]
fn resources_that_a_selector_selects() {
    let web = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web-1, namespace: prod, labels: {app: web}, annotations: {tier: front}}}";
    for (selector, expected) in [
        ("{}", true),
        ("{kind: Deployment}", true),
        ("{kind: Deploy}", false),
        ("{kind: 'Deploy.*'}", true),
        ("{name: web}", false),
        ("{name: 'web-[0-9]'}", true),
        ("{name: '['}", false),
        ("{group: apps, version: v1}", true),
        ("{group: batch}", false),
        ("{namespace: prod}", true),
        ("{namespace: default}", false),
        ("{labelSelector: app=web}", true),
        ("{labelSelector: 'app in (api, web), !none'}", true),
        ("{labelSelector: app!=web}", false),
        ("{annotationSelector: tier}", true),
        ("{name: '', kind: null}", true),
    ] {
        let selector = (Selector::new(&node(selector)), selector);
        assert_eq!(selector.0.is_patched(&item(web)), expected, "{}", selector.1);
        assert_eq!(selector.0.is_selected(&item(web)), expected, "{}", selector.1);
    }
}

#[test]
fn names_of_before_are_selected_too() {
    let mut pod = item("{metadata: {name: web}}");
    pod.rename("a-", "", &node("a-"));
    pod.rename("b-", "", &node("b-"));
    // A patch matches the first and the last name, a replacement all names.
    for (name, is_patched, is_selected) in
        [("web", true, true), ("a-web", false, true), ("b-a-web", true, true), ("none", false, false)]
    {
        let selector = Selector::new(&node(&format!("{{name: {name}}}")));
        assert_eq!(
            (selector.is_patched(&pod), selector.is_selected(&pod)),
            (is_patched, is_selected),
            "{name}"
        );
    }
}

#[test]
fn rejected_by_name_or_by_label() {
    let pod = item("{metadata: {name: web, labels: {app: x}}}");
    for (selector, expected) in
        [("{name: web}", true), ("{name: api}", false), ("{labelSelector: app=x}", true), ("{}", false)]
    {
        assert_eq!(Selector::new(&node(selector)).is_rejected(&pod), expected, "{selector}");
    }
}

/// A point in a pattern matches any character, and the complete text has to match.
#[test]
fn plain_patterns() {
    for (wanted, kind, is_patched) in [
        ("Deployment", "Deployment", true),
        ("Deploy", "Deployment", false),
        ("Deployment", "Deploy", false),
        ("Deploy.ent", "Deployment", true),
        ("Deploy.ent", "Deployent", false),
        (".*", "Deployment", true),
        ("Deployment|StatefulSet", "StatefulSet", true),
    ] {
        let compiled = regex::Regex::new(&format!("^(?:{wanted})$")).unwrap().is_match(kind);
        let selector = Selector::new(&node(&format!("{{kind: '{wanted}'}}")));
        let resource = item(&format!("{{apiVersion: apps/v1, kind: {kind}, metadata: {{name: web}}}}"));
        assert_eq!(selector.is_patched(&resource), is_patched, "{wanted} {kind}");
        assert_eq!(compiled, is_patched, "{wanted} {kind}");
    }
}
