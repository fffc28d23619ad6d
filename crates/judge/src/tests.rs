use std::collections::HashSet;
use std::sync::Arc;

use super::*;
use deploy::extract::{Input, Selection, extract};
use model::policy::Reach;
use model::{Cause, TagList, TagState, Unverified};
use source::Memory;

/// What could not be verified fails, nothing else is said.
fn fail() -> Policy {
    let nothing = (Vec::new(), Vec::new(), HashSet::new());
    let (ignores, expired, baseline) = nothing;
    let (override_reason, reach) = (None, Reach::default());
    Policy { unverified_fails: true, strict: false, override_reason, ignores, expired, baseline, reach }
}

/// The references of a Pod with these images, one a line from line 5 on.
fn references(images: &[&str]) -> Vec<Reference> {
    let head = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n".to_owned();
    let text = images.iter().fold(head, |text, image| format!("{text}  - image: {image}\n"));
    let memory = Memory::default().with("a.yaml", text);
    let selection = Selection::All;
    extract(&Input { head: &memory, base: None, selection, max_file_size: 1 << 24 }).unwrap().references
}

fn unverified(cause: Cause, detail: &str) -> Answer {
    Answer::Unverified(Unverified { cause, detail: detail.to_owned() })
}

fn missing(tags: &[&str]) -> Answer {
    let tags = tags.iter().map(ToString::to_string).collect();
    Answer::Missing(Missing::Tag(Some(Arc::new(TagList { tags, complete: true }))))
}

fn told(judged: &Judged) -> Vec<String> {
    let line = |finding: &Finding| finding.site.as_ref().map_or(0, |site| site.location().line);
    judged
        .findings
        .iter()
        .map(|finding| {
            format!("{} {} {}: {}", line(finding), finding.severity.as_str(), finding.rule, finding.message)
        })
        .collect()
}

#[test]
fn one_cause_is_one_finding() {
    let images = ["r.io/a:1", "r.io/b:1", "r.io/c:1 # pullable: ignore[unreachable] far away"];
    let judged =
        judge(references(&images), Vec::new(), &fail(), |_| Some(unverified(Cause::Unreachable, "r.io: no")));
    assert_eq!(told(&judged), ["5 error unreachable: r.io: no (and 1 more reference)"]);
    assert_eq!((judged.summary.unverified, judged.summary.skipped), (2, 1));
    let warn = Policy { unverified_fails: false, ..fail() };
    let judged =
        judge(references(&images), Vec::new(), &warn, |_| Some(unverified(Cause::Unreachable, "r.io: no")));
    assert_eq!(judged.summary.warnings, 1);
}

#[test]
fn every_missing_tag_is_told_and_the_first_get_suggestions() {
    let images: Vec<String> = (0..MOST_SUGGESTED + 20).map(|n| format!("r.io/a:1.{n}.O")).collect();
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    let tags: Vec<String> = (0..200).map(|n| format!("1.{n}.0")).collect();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let judged = judge(references(&images), Vec::new(), &fail(), |_| Some(missing(&tags)));
    assert_eq!(judged.findings.len(), images.len());
    assert_eq!(judged.findings[0].suggestions, ["1.0.0"]);
    let suggested = judged.findings.iter().filter(|finding| !finding.suggestions.is_empty()).count();
    assert_eq!(suggested, MOST_SUGGESTED);
}

#[test]
fn a_fingerprint_stays_when_lines_move() {
    let prints = |images: &[&str]| -> Vec<String> {
        let judged = judge(references(images), Vec::new(), &fail(), |_| Some(missing(&[])));
        judged.findings.into_iter().map(|finding| finding.fingerprint).collect()
    };
    let (one, two) = (prints(&["r.io/a:1", "r.io/b:1"]), prints(&["r.io/new:1", "r.io/a:1", "r.io/b:1"]));
    assert_eq!(one, two[1..]);
    let twice = prints(&["r.io/a:1", "r.io/a:1"]);
    assert_ne!(twice[0], twice[1], "two findings are two, also where they say the same");
    assert_eq!(twice[0], one[0]);
}

#[test]
fn strict_makes_errors_of_what_was_not_checked() {
    let strict = Policy { strict: true, ..fail() };
    let judged = |policy: &Policy| judge(references(&["nginx:${TAG}"]), Vec::new(), policy, |_| None);
    assert_eq!(judged(&fail()).summary.notices, 1);
    assert_eq!(judged(&strict).summary.errors, 1);
}

#[test]
fn a_listed_tag_without_a_manifest_is_told_apart() {
    let judged = judge(references(&["r.io/a:1"]), Vec::new(), &fail(), |_| Some(missing(&["1", "2"])));
    assert_eq!(told(&judged), ["5 error missing-tag: r.io/a lists the tag 1, and has no manifest for it"]);
    assert!(judged.findings[0].suggestions.is_empty());
}

#[test]
fn tag_and_digest() {
    let sha = format!("sha256:{}", "a".repeat(64));
    let image = format!("r.io/a:1@{sha}");
    for (state, said) in [
        (Some(TagState::Same), None),
        (Some(TagState::Unknown), None),
        (Some(TagState::Gone), Some("r.io/a has no tag 1; the digest beside it is still there")),
        (
            Some(TagState::Moved("sha256:b".into())),
            Some("the tag 1 of r.io/a points at sha256:b, not at the digest beside it"),
        ),
    ] {
        let present = Present { digest: sha.clone(), tag: state, ..Present::default() };
        let judged =
            judge(references(&[&image]), Vec::new(), &fail(), |_| Some(Answer::Present(present.clone())));
        let messages: Vec<&str> = judged.findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, said.into_iter().collect::<Vec<_>>());
        assert_eq!((judged.summary.present, judged.summary.errors), (1, 0));
    }
}
