//! Inline ignores and configured ones: a change cannot use them to pass, and they cover no more than is written.

use crate::audit_case::{Case, deployment};

const REASON: &str = "# pullable: ignore[missing-tag] pushed by the release job";

/// A Deployment with a comment behind its image.
fn commented(image: &str, comment: &str) -> String {
    deployment(&format!("{image} {comment}"))
}

/// An ignore that the base has covers the tag on its line.
#[test]
fn an_ignore_of_the_base_covers_its_line() {
    let case = Case::new()
        .base("web.yaml", &commented("REP:1.0", REASON))
        .head("web.yaml", &commented("REP:BAD", REASON));
    let outcome = case.check("9.9-bad");
    assert_eq!((outcome.run.code, outcome.findings.len()), (0, 0), "{}", outcome.shown());
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

/// A new file in a folder that the base ignores stays ignored.
#[test]
fn a_file_in_an_ignored_folder() {
    let case = Case::new().base(".pullable.yaml", DRAFTS).head("drafts/x.yaml", &deployment("REP:BAD"));
    let outcome = case.check("9.9-bad");
    assert_eq!((outcome.run.code, outcome.findings.len()), (0, 0), "{}", outcome.shown());
}
