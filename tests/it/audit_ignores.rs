//! Inline ignores and configured ones: a change cannot use them to pass, and they cover no more than is written.

use crate::audit_case::{Case, deployment};

const REASON: &str = "# pullable: ignore[missing-tag] pushed by the release job";

/// A Deployment with a comment behind its image.
fn commented(image: &str, comment: &str) -> String {
    deployment(&format!("{image} {comment}"))
}

/// An ignore that the change adds is a finding.
#[test]
fn an_added_ignore_is_a_finding() {
    let case =
        Case::new().base("web.yaml", &deployment("REP:1.0")).head("web.yaml", &commented("REP:BAD", REASON));
    case.ends_with(0, "notice ignore-added web.yaml:10");
    case.args(&["--strict"]).ends_with(1, "error ignore-added web.yaml:10");
}

#[test]
fn an_ignore_in_a_new_file_is_a_finding() {
    let case = Case::new().head("web.yaml", &commented("REP:BAD", REASON));
    case.ends_with(0, "notice ignore-added web.yaml:10");
}

/// An ignore without a rule or without a reason covers nothing.
#[test]
fn an_ignore_needs_a_rule_and_a_reason() {
    for comment in [
        "# pullable: ignore",
        "# pullable: ignore[]",
        "# pullable: ignore because",
        "# pullable: ignore[missing-tag]",
        "# pullable: ignore[] because",
    ] {
        Case::new()
            .base("web.yaml", &commented("REP:1.0", comment))
            .head("web.yaml", &commented("REP:BAD", comment))
            .fails_with("missing-tag", "web.yaml:10");
    }
}

/// An ignore that the base has covers the tag on its line, and a notice reports a new one.
#[test]
fn an_ignore_of_the_base_covers_its_line() {
    let case = Case::new()
        .base("web.yaml", &commented("REP:1.0", REASON))
        .head("web.yaml", &commented("REP:BAD", REASON));
    let outcome = case.check("9.9-bad");
    let notice = "notice not-checked web.yaml:10".to_owned();
    assert_eq!((outcome.run.code, &outcome.findings), (0, &vec![notice]), "{}", outcome.shown());
    let message = outcome.run.json()["findings"][0]["message"].as_str().unwrap().to_owned();
    assert_eq!(message, "an inline ignore covers a new value, which was not verified");
    case.args(&["--strict"]).ends_with(1, "error not-checked web.yaml:10");
}

/// A change beside a value that is ignored is silent.
#[test]
fn an_ignored_value_that_stays() {
    let two =
        |tag: &str| format!("{}---\n{}", commented("REP:BAD", REASON), deployment(&format!("REP:{tag}")));
    let two = |tag: &str| {
        two(tag).replace(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web",
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: other",
        )
    };
    let outcome = Case::new().base("web.yaml", &two("1.0")).head("web.yaml", &two("1.1")).check("9.9-bad");
    assert_eq!((outcome.run.code, outcome.findings.len()), (0, 0), "{}", outcome.shown());
}

/// An ignore of a chart's default does not cover a values file.
#[test]
fn an_ignore_of_a_default_does_not_cover_a_values_file() {
    Case::new()
        .base("c/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .base("c/values.yaml", &format!("image:\n  repository: REP\n  tag: '1.0' {REASON}\n"))
        .base("c/values-prod.yaml", "image:\n  tag: '1.0'\n")
        .head("c/values-prod.yaml", "image:\n  tag: BAD\n")
        .is_missing_at("c/values-prod.yaml:2");
}

/// An ignore of a repository does not cover its tag.
#[test]
fn an_ignore_of_a_repository_does_not_cover_its_tag() {
    let values = |tag: &str| format!("image:\n  repository: REP {REASON}\n  tag: '{tag}'\n");
    Case::new()
        .base("values.yaml", &values("1.0"))
        .head("values.yaml", &values("BAD"))
        .is_missing_at("values.yaml:3");
}

/// An ignore at an alias does not cover the anchor, which other documents use.
#[test]
fn an_ignore_of_an_alias_does_not_cover_the_anchor() {
    let pod = |tag: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n  - name: a\n    \
             image: &web REP:{tag}\n  - name: b\n    image: *web {REASON}\n"
        )
    };
    Case::new().base("web.yaml", &pod("1.0")).head("web.yaml", &pod("BAD")).is_missing_at("web.yaml:7");
}

const DRAFTS: &str = "ignore:\n- path: 'drafts/**'\n  reason: not deployed\n";

/// A file that moves out of the folder that the base ignores is new.
#[test]
fn a_file_that_leaves_an_ignored_folder() {
    Case::new()
        .base(".pullable.yaml", DRAFTS)
        .base("drafts/x.yaml", &deployment("REP:BAD"))
        .rename("drafts/x.yaml", "apps/x.yaml")
        .is_missing_at("apps/x.yaml:10");
}

/// An image that the base ignores and the head no longer does is new.
#[test]
fn an_ignore_that_is_deleted() {
    Case::new()
        .base("web.yaml", &commented("REP:BAD", REASON))
        .head("web.yaml", &deployment("REP:BAD"))
        .is_missing_at("web.yaml:10");
}

/// A new file in a folder that the base ignores stays ignored.
#[test]
fn a_file_in_an_ignored_folder() {
    let case = Case::new().base(".pullable.yaml", DRAFTS).head("drafts/x.yaml", &deployment("REP:BAD"));
    let outcome = case.check("9.9-bad");
    assert_eq!((outcome.run.code, outcome.findings.len()), (0, 0), "{}", outcome.shown());
}

/// An ignore in a base does not cover what an overlay sets.
#[test]
fn an_ignore_of_a_base_does_not_cover_an_overlay() {
    let overlay = |tag: &str| format!("resources: [../base]\nimages:\n- name: REP\n  newTag: '{tag}'\n");
    Case::new()
        .base("base/kustomization.yaml", "resources: [web.yaml]\n")
        .base("base/web.yaml", &commented("REP:1.0", REASON))
        .base("prod/kustomization.yaml", &overlay("1.0"))
        .head("prod/kustomization.yaml", &overlay("BAD"))
        .is_missing_at("prod/kustomization.yaml:4");
}
