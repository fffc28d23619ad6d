mod answers;
mod charts;
mod notes;
mod severities;
mod shards;

use std::collections::HashSet;
use std::sync::Arc;

use super::searches::MOST_SUGGESTED;
use super::*;
use deploy::{Input, Selection, extract};
use model::policy::{Ignore, Patterns, Policy, Reach, Render, Rules};
use model::{
    Answer, Cause, Details, FileProblem, Finding, Missing, Present, Reference, Rule, TagList, TagState,
    Unverified,
};
use source::{Memory, RepoPath};

/// Unverified references fail the run; other settings have their defaults.
fn fail() -> Policy {
    let nothing = (Vec::new(), Vec::new(), HashSet::new());
    let (ignores, expired, baseline) = nothing;
    let (override_reason, reach) = (None, Reach::default());
    let files = Vec::new();
    Policy {
        unverified_fails: true,
        strict: false,
        rules: Rules::default(),
        excluded: None,
        override_reason,
        ignores,
        expired,
        baseline,
        reach,
        render: Render::default(),
        repositories: Vec::new(),
        files,
    }
}

/// The references of a Pod with these images, one per line from line 5 on.
fn references(images: &[&str]) -> Vec<Box<Reference>> {
    let head = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n".to_owned();
    let text = images.iter().fold(head, |text, image| format!("{text}  - image: {image}\n"));
    let memory = Memory::default().with("a.yaml", text);
    let selection = Selection::All;
    extract(&Input {
        head: &memory,
        base: None,
        selection,
        max_file_size: 1 << 24,
        renders: false,
        repositories: deploy::Repositories::default(),
        ignores: &[],
        excluded: None,
    })
    .unwrap()
    .references
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
    // An image is searched once, independent of the number of references.
    let judged = judge(references(&["r.io/a:1.0.O"; MOST_SUGGESTED + 20]), Vec::new(), &fail(), |_| {
        Some(missing(&tags))
    });
    assert!(judged.findings.iter().all(|finding| finding.fixes.len() == 1));
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
        (Some(TagState::Gone), Some("r.io/a has no tag 1; the written digest still exists")),
        (
            Some(TagState::Moved("sha256:b".into())),
            Some("the tag 1 of r.io/a points at sha256:b, not to the written digest"),
        ),
    ] {
        let present = Present::new(sha.as_str().into(), "", Details { tag: state, ..Details::default() });
        let judged =
            judge(references(&[&image]), Vec::new(), &fail(), |_| Some(Answer::Present(present.clone())));
        let messages: Vec<&str> = judged.findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, said.into_iter().collect::<Vec<_>>());
        assert_eq!((judged.summary.present, judged.summary.errors), (1, 0));
    }
}

/// The same image is one, however it is written and whatever has it.
#[test]
fn images_are_counted_once() {
    let sha = format!("r.io/a@sha256:{}", "a".repeat(64));
    for (images, expected) in [
        (vec!["nginx", "nginx:latest", "docker.io/library/nginx"], 1),
        (vec!["r.io/a:1", "r.io/a:2", "r.io/b:1", "q.io/a:1", "r.io/a:1"], 4),
        (vec!["r.io/a:1", sha.as_str()], 2),
        (vec![], 0),
    ] {
        let present = |_: &Reference| Some(Answer::Present(Present::default()));
        let judged = judge(references(&images), Vec::new(), &fail(), present);
        assert_eq!(
            (judged.summary.images, judged.summary.references),
            (expected, images.len()),
            "{images:?}"
        );
        let unqueried = judge(references(&images), Vec::new(), &fail(), |_| None);
        assert_eq!(unqueried.summary.images, 0);
    }
}

/// A notice about each of these files, which have one cause.
fn notices(paths: &[&str]) -> Vec<FileProblem> {
    let problem = |path: &&str| FileProblem {
        rule: Rule::NotChecked,
        path: RepoPath::new(path),
        cause: "not-rendered".to_owned(),
        message: "not rendered".to_owned(),
        help: None,
        site: None,
        about: 0,
    };
    paths.iter().map(problem).collect()
}

#[test]
fn notices_are_ignored_file_by_file_and_then_merged() {
    let ignore = Ignore {
        paths: Some(Patterns::of_paths(&["a/**"]).unwrap()),
        images: None,
        rules: vec![Rule::NotChecked],
        reason: "known".to_owned(),
        expires: None,
        file: RepoPath::new(".pullable.yaml"),
        line: 1,
    };
    let policy = Policy { ignores: vec![ignore], ..fail() };
    let all = notices(&["a/x", "b/x", "c/x", "d/x", "b/x"]);
    let judged = judge(Vec::new(), all, &policy, |_| None);
    assert_eq!(told(&judged), ["0 notice not-checked: not rendered (3 files)"]);
    assert_eq!(judged.findings[0].help.as_deref(), Some("the others: c/x, d/x"));
}

#[test]
fn a_merged_notice_stays_in_the_baseline_when_a_file_joins() {
    let fingerprint = |paths: &[&str]| {
        let judged = judge(Vec::new(), notices(paths), &fail(), |_| None);
        judged.findings[0].fingerprint.clone()
    };
    let two = fingerprint(&["b", "c"]);
    assert_eq!(two, fingerprint(&["a", "b", "c"]));
    let policy = Policy { strict: true, baseline: HashSet::from([two]), ..fail() };
    let mut problems = notices(&["a", "b", "c"]);
    problems.push(FileProblem { rule: Rule::UnparseableFile, ..problems[0].clone() });
    let judged = judge(Vec::new(), problems, &policy, |_| None);
    assert_eq!(told(&judged), ["0 error unparseable-file: not rendered"]);
    assert_eq!(judged.in_baseline.len(), 1);
}

/// The fingerprints of problems.
fn prints(problems: Vec<FileProblem>) -> Vec<String> {
    let judged = judge(Vec::new(), problems, &fail(), |_| None);
    judged.findings.into_iter().map(|finding| finding.fingerprint).collect()
}

/// The same problems in other words.
fn reworded(problems: &[FileProblem]) -> Vec<FileProblem> {
    let other =
        |problem: &FileProblem| FileProblem { message: "in other words".to_owned(), ..problem.clone() };
    problems.iter().map(other).collect()
}

#[test]
fn a_fingerprint_of_a_file_stays_when_the_message_is_reworded() {
    let mut problems = notices(&["a"]);
    problems.push(FileProblem { rule: Rule::UnparseableFile, ..problems[0].clone() });
    assert_eq!(prints(problems.clone()), prints(reworded(&problems)));
    let other = FileProblem { cause: "another".to_owned(), ..problems[1].clone() };
    assert_ne!(prints(vec![problems[1].clone()]), prints(vec![other]));
    let elsewhere = FileProblem { path: RepoPath::new("b"), ..problems[1].clone() };
    assert_ne!(prints(vec![problems[1].clone()]), prints(vec![elsewhere]));
    let mut two = notices(&["a"]);
    two.extend(reworded(&two));
    let two = prints(two);
    assert_ne!(two[0], two[1], "two messages are two findings");
}

/// Fingerprints that hold the message, as baselines of earlier versions have them.
#[test]
fn a_baseline_with_messages_still_holds() {
    let mut problems = notices(&["a", "b"]);
    problems.push(FileProblem { rule: Rule::UnparseableFile, ..problems[0].clone() });
    let former = ["not-checked\0not rendered", "unparseable-file\0a\0not rendered\x000"];
    let baseline: HashSet<String> = former.into_iter().map(text::fingerprint).collect();
    let policy = Policy { strict: true, baseline: baseline.clone(), ..fail() };
    let judged = judge(Vec::new(), problems.clone(), &policy, |_| None);
    assert_eq!(told(&judged), Vec::<String>::new());
    assert_eq!(judged.in_baseline.iter().cloned().collect::<HashSet<_>>(), baseline, "none of it is gone");
    let judged = judge(Vec::new(), reworded(&problems), &policy, |_| None);
    assert_eq!(judged.findings.len(), 2);
}

#[test]
fn the_others_of_one_cause_are_named() {
    let images: Vec<String> = (0..8).map(|n| format!("r.io/a{n}:1")).collect();
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    let limited = |_: &Reference| Some(unverified(Cause::RateLimited, "r.io: 429"));
    let judged = judge(references(&images), Vec::new(), &fail(), limited);
    assert_eq!(told(&judged), ["5 error rate-limited: r.io: 429 (and 7 more references)"]);
    let help = judged.findings[0].help.as_deref().unwrap();
    assert!(
        help.ends_with("\nthe others: r.io/a1:1, r.io/a2:1, r.io/a3:1, r.io/a4:1, r.io/a5:1 and 2 more"),
        "{help}"
    );
}

#[test]
fn an_ignore_needs_a_rule_and_a_reason() {
    for (comment, note) in [
        ("ignore", Some("names no rule, so it ignores nothing: ignore[missing-tag] reason")),
        ("ignore[] later", Some("names no rule")),
        ("ignore[missing-tag]", Some("gives no reason, so it ignores nothing")),
        ("ignore[missing-tags] later", Some("did you mean missing-tag?")),
        ("ignore[missing-tag] later", None),
    ] {
        let image = format!("r.io/a:1 # pullable: {comment}");
        let judged = judge(references(&[&image]), Vec::new(), &fail(), |_| Some(missing(&[])));
        let help = judged.findings.first().and_then(|finding| finding.help.clone());
        match note {
            Some(note) => assert!(help.unwrap().contains(note), "{comment}"),
            None => assert_eq!(told(&judged), Vec::<String>::new()),
        }
    }
}

#[test]
fn certain_fixes_are_part_of_the_finding() {
    let judged =
        judge(references(&["r.io/a:1.5.O"]), Vec::new(), &fail(), |_| Some(missing(&["1.5.0", "1.4.0"])));
    let edit = &judged.findings[0].fixes[0].edits[0];
    assert_eq!((edit.site.text(), edit.replacement.as_str()), ("1.5.O", "1.5.0"));
    let judged =
        judge(references(&["r.io/a:1.5.1"]), Vec::new(), &fail(), |_| Some(missing(&["1.5.0", "1.5.2"])));
    assert_eq!((judged.findings[0].suggestions.len(), judged.findings[0].fixes.len()), (2, 0));
    let partial = Missing::Tag(Some(Arc::new(TagList { tags: vec!["1.5.0".to_owned()], complete: false })));
    let judged =
        judge(references(&["r.io/a:1.5.O"]), Vec::new(), &fail(), |_| Some(Answer::Missing(partial.clone())));
    assert_eq!(judged.findings[0].fixes.len(), 0, "there may be other tags as near");
}

#[test]
fn what_a_person_has_to_confirm_is_a_candidate() {
    let candidates = |images: &[&str], answer: &Answer| -> Vec<String> {
        let judged = judge(references(images), Vec::new(), &fail(), |_| Some(answer.clone()));
        assert_eq!(judged.findings[0].fixes.len(), 0);
        let written = |candidate: &model::Candidate| {
            let edit = &candidate.fix.edits[0];
            let image = candidate.fix.image.as_deref().unwrap_or_default();
            format!("{} -> {}: {image} ({})", edit.site.text(), edit.replacement, candidate.caution)
        };
        judged.findings[0].candidates.iter().map(written).collect()
    };
    assert_eq!(
        candidates(&["r.io/a:1.5.1"], &missing(&["1.5.0", "1.5.2", "3"])),
        [
            "1.5.1 -> 1.5.2: r.io/a:1.5.2 (2 tags are equally similar: 1.5.2, 1.5.0)",
            "1.5.1 -> 1.5.0: r.io/a:1.5.0 (2 tags are equally similar: 1.5.2, 1.5.0)",
        ]
    );
    assert_eq!(candidates(&["r.io/a:2.99.123"], &missing(&["2.10.0"])), Vec::<String>::new());
    let misspelt = |near: &str| Answer::Missing(Missing::Misspelt(near.to_owned()));
    assert_eq!(
        candidates(&["r.io/acme/wbe:1"], &misspelt("acme/web")),
        ["acme/wbe -> acme/web: r.io/acme/web:1 (another repository may be meant)"]
    );
    assert_eq!(
        candidates(&["ngnix:1"], &misspelt("library/nginx")),
        ["ngnix -> nginx: docker.io/library/nginx:1 (another repository may be meant)"]
    );
    assert_eq!(
        candidates(&["library/ngnix:1"], &misspelt("library/nginx")),
        ["library/ngnix -> library/nginx: docker.io/library/nginx:1 (another repository may be meant)"]
    );
    assert_eq!(
        candidates(&["docker.io/ngnix:1"], &misspelt("library/nginx")),
        ["ngnix -> nginx: docker.io/library/nginx:1 (another repository may be meant)"]
    );
}

/// The replacements of the fixes of a values file's first finding.
fn replacements(values: &str, tags: &[&str]) -> Vec<String> {
    let judged = judge(answers::of_file("values.yaml", values), Vec::new(), &fail(), |reference| {
        match reference.target {
            model::Target::Known(_) => Some(missing(tags)),
            _ => None,
        }
    });
    let edits = judged.findings[0].fixes.iter().flat_map(|fix| &fix.edits);
    edits.map(|edit| format!("{} -> {}", edit.site.text(), edit.replacement)).collect()
}

#[test]
fn a_tag_of_its_own_stays_text() {
    let values = |tag: &str| format!("image:\n  repository: r.io/a\n  tag: {tag}\n");
    assert_eq!(replacements(&values("1.10"), &[]), ["1.10 -> \"1.10\""]);
    assert_eq!(replacements(&values("!!float 1.10"), &[]), Vec::<String>::new());
    assert_eq!(replacements(&values("v1.10"), &["1.10"]), ["v1.10 -> \"1.10\""]);
    assert_eq!(replacements(&values("'v1.10'"), &["1.10"]), ["v1.10 -> 1.10"]);
    assert_eq!(replacements(&values("v1.10.1"), &["1.10.1"]), ["v1.10.1 -> 1.10.1"]);
    assert_eq!(replacements(&values("|-\n    v1.10.1"), &["1.10.1"]), Vec::<String>::new());
    assert_eq!(replacements(&values("&t v1.10.1\nother: *t"), &["1.10.1"]), Vec::<String>::new());
}
