//! Notes of findings, rules that a repository enables, and findings that references share.

use std::collections::BTreeMap;

use model::policy::{Allowed, Date, Ignore, Level, Patterns, Policy, Reach, Rules, Setting};
use model::{Answer, Cause, FileProblem, Kind, Missing, Reference, Rule, Severity, TagList, Verdict};
use source::RepoPath;

use super::answers::of_file;
use super::{fail, missing, references, told, unverified};
use crate::{judge, judge_part};

/// The help of the first finding about a missing tag in values.
fn help_of_values(policy: &Policy, repository: &str) -> String {
    let text = format!("image:\n  repository: {repository}\n  tag: v1\n");
    let judged = judge(of_file("values.yaml", &text), Vec::new(), policy, |_| Some(missing(&[])));
    judged.findings[0].help.clone().unwrap()
}

#[test]
fn an_ignore_of_another_value_is_named_only_if_it_is_about_the_rule() {
    let note = "the ignore in values.yaml line 2 covers another value than this one";
    let help = help_of_values(&fail(), "r.io/a # pullable: ignore[missing-tag] later");
    assert!(help.ends_with(note), "{help}");
    let help = help_of_values(&fail(), "r.io/a # pullable: ignore[missing-digest] later");
    assert!(!help.contains("the ignore"), "{help}");
}

#[test]
fn an_ignore_that_ended_is_named() {
    let ignore = |expires: &str| Ignore {
        paths: None,
        images: None,
        rules: vec![Rule::MissingTag],
        reason: "until the release".to_owned(),
        expires: Date::parse(expires),
        file: RepoPath::new(".pullable.yaml"),
        line: 4,
    };
    let policy = Policy { expired: vec![ignore("2026-01-31")], ..fail() };
    let help = help_of_values(&policy, "r.io/a");
    assert!(
        help.ends_with("it was ignored until 2026-01-31 by .pullable.yaml line 4: until the release"),
        "{help}"
    );
}

#[test]
fn a_change_of_the_policy_is_a_notice_even_if_strict() {
    let problem = |path: &str| FileProblem {
        rule: Rule::NotChecked,
        path: RepoPath::new(path),
        cause: "changed".to_owned(),
        message: format!("{path} changed"),
        help: None,
        site: None,
        about: 0,
    };
    let policy = Policy { strict: true, files: vec![RepoPath::new("ignores.yaml")], ..fail() };
    let problems = [".pullable.yaml", "ignores.yaml", "other.yaml"].map(problem).to_vec();
    let judged = judge(Vec::new(), problems, &policy, |_| None);
    let severities: Vec<(&str, Severity)> =
        judged.findings.iter().map(|finding| (finding.path.as_str(), finding.severity)).collect();
    assert_eq!(
        severities,
        [
            (".pullable.yaml", Severity::Notice),
            ("ignores.yaml", Severity::Notice),
            ("other.yaml", Severity::Error)
        ]
    );
}

#[test]
fn a_chart_is_not_looked_up_if_the_configuration_says_so() {
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  \
                       source: {repoURL: 'https://charts.example', chart: web, targetRevision: 1.0.0}\n";
    for (charts, skipped) in [(Some(false), true), (Some(true), false), (None, false)] {
        let policy = Policy { reach: Reach { charts, ..Reach::default() }, ..fail() };
        let judged = judge(of_file("app.yaml", application), Vec::new(), &policy, |_| None);
        let verdict = &judged.references[0].1;
        assert_eq!(matches!(verdict, Verdict::Skipped(_)), skipped, "{charts:?} {verdict:?}");
        assert_eq!(judged.findings.len(), usize::from(skipped));
    }
}

/// Rules that are on, each with a severity.
pub(super) fn enabled(rules: &[Rule]) -> Rules {
    let setting = || Setting {
        level: Level::Reported(Severity::Warning),
        file: RepoPath::new(".pullable.yaml"),
        line: 1,
    };
    let settings: BTreeMap<Rule, Setting> = rules.iter().map(|rule| (*rule, setting())).collect();
    let mutable_tags = Some(Patterns::of_tags(&["latest", "main"]).unwrap());
    let allow = |registry: &str| Allowed { registry: registry.to_owned(), path: String::new() };
    let allowed = ["b.io", "c.io", "d.io", "e.io", "f.io", "g.io"].map(allow).to_vec();
    Rules { settings, mutable_tags, allowed }
}

/// The findings about one reference, with the rules that are off by default.
fn optional(image: &str, edit: impl Fn(&mut Reference)) -> Vec<Rule> {
    let rules = enabled(&[Rule::MutableTag, Rule::DigestRequired, Rule::RegistryNotAllowed]);
    let mut all = references(&[image]);
    edit(&mut all[0]);
    let judged = judge(all, Vec::new(), &Policy { rules, ..fail() }, |_| None);
    judged.findings.into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn rules_of_the_repository_judge_tags_digests_and_registries() {
    use Rule::{DigestRequired, MutableTag, RegistryNotAllowed};
    let sha = format!("@sha256:{}", "a".repeat(64));
    let is = |image: &str, expected: &[Rule]| assert_eq!(optional(image, |_| {}), expected, "{image}");
    is("b.io/a:1", &[DigestRequired]);
    is("a.io/a:1", &[RegistryNotAllowed, DigestRequired]);
    is("b.io/a:Main", &[MutableTag, DigestRequired]);
    is("b.io/a", &[MutableTag, DigestRequired]);
    is(&format!("b.io/a:main{sha}"), &[]);
    is(&format!("a.io/a:main{sha}"), &[RegistryNotAllowed]);
    // A chart that decides the registry may decide an absent tag too.
    let guessed = |reference: &mut Reference| reference.registry_unknown = true;
    assert_eq!(optional("a.io/a", guessed), []);
    assert_eq!(optional("a.io/a:main", guessed), [MutableTag, DigestRequired]);
    let chart = |reference: &mut Reference| reference.kind = Kind::Chart;
    assert_eq!(optional("b.io/a:main", chart), []);
    let judged = judge(references(&["a.io/a:1"]), Vec::new(), &fail(), |_| None);
    assert_eq!(told(&judged), Vec::<String>::new(), "these rules are off by default");
}

#[test]
fn at_most_five_allowed_registries_are_named() {
    let rules = enabled(&[Rule::RegistryNotAllowed]);
    let help = |allowed: &[Allowed]| {
        let policy = Policy { rules: Rules { allowed: allowed.to_vec(), ..rules.clone() }, ..fail() };
        let judged = judge(references(&["a.io/a:1"]), Vec::new(), &policy, |_| None);
        judged.findings[0].help.clone().unwrap()
    };
    assert_eq!(help(&rules.allowed), "use an image of b.io, c.io, d.io, e.io, f.io and 1 more");
    assert_eq!(help(&rules.allowed[..2]), "use an image of b.io, c.io");
}

#[test]
fn one_cause_in_one_file_is_one_finding_and_keeps_the_order_of_its_references() {
    let limited = |_: &Reference| Some(unverified(Cause::RateLimited, "r.io: 429"));
    let judged =
        judge(references(&["r.io/c:1", "r.io/b:1", "r.io/a:1", "r.io/b:1"]), Vec::new(), &fail(), limited);
    assert_eq!(told(&judged), ["5 error rate-limited: r.io: 429 (and 3 more references)"]);
    let help = judged.findings[0].help.as_deref().unwrap();
    assert!(help.ends_with("the others: r.io/b:1, r.io/a:1 and 1 more"), "{help}");
    let reach = Reach {
        declared: vec![model::policy::Declared {
            registry: "r.io".to_owned(),
            reason: "behind a firewall".to_owned(),
            file: RepoPath::new(".pullable.yaml"),
            line: 3,
        }],
        ..Reach::default()
    };
    let declared = Policy { reach, ..fail() };
    let judged = judge(references(&["r.io/a:1", "r.io/b:1"]), Vec::new(), &declared, |_| None);
    let said =
        "5 notice not-checked: images of r.io are not checked: behind a firewall (and 1 more reference)";
    assert_eq!(told(&judged), [said]);
    let two = references(&["r.io/a:${TAG}", "r.io/b:${TAG}"]);
    for judged in
        [judge(two.clone(), Vec::new(), &fail(), |_| None), judge_part(two, Vec::new(), &fail(), |_| None)]
    {
        let told = told(&judged);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].contains("r.io/a:${TAG}: ") && told[0].ends_with("(and 1 more reference in this file)"),
            "{told:?}"
        );
    }
    // In a part of a run each has its own finding, which are merged later.
    let judged = judge_part(references(&["r.io/a:1", "r.io/b:1"]), Vec::new(), &fail(), limited);
    assert_eq!(judged.findings.len(), 2);
}

#[test]
fn cautions_name_the_reason() {
    let cautions = |image: &str, list: TagList| -> Vec<String> {
        let answer = Answer::Missing(Missing::Tag(Some(list.into())));
        let judged = judge(references(&[image]), Vec::new(), &fail(), |_| Some(answer.clone()));
        judged.findings[0].candidates.iter().map(|candidate| candidate.caution.clone()).collect()
    };
    let list = |complete| TagList { tags: vec!["1.5.0".to_owned()], complete };
    assert_eq!(cautions("r.io/a:1.5.1", list(true)), ["it may not be the intended version"]);
    assert_eq!(cautions("r.io/a:1.5.1", list(false)), ["the registry lists more tags than were read"]);
    let anchored = |aliases: &str| {
        let text = format!("image:\n  repository: r.io/a\n  tag: &t v1.10.1\n{aliases}");
        let judged =
            judge(of_file("values.yaml", &text), Vec::new(), &fail(), |_| Some(missing(&["1.10.1"])));
        judged.findings[0].candidates[0].caution.clone()
    };
    assert_eq!(anchored("other: *t\n"), "the edit changes an anchor that 1 alias uses");
    assert_eq!(anchored("other: [*t, *t]\n"), "the edit changes an anchor that 2 aliases use");
}

#[test]
fn a_repository_is_one_with_any_tag_and_an_image_one_in_any_form() {
    let present = |_: &Reference| Some(Answer::Present(model::Present::default()));
    let mut all = references(&["r.io/a:1", "r.io/a:2"]);
    for reference in &mut all {
        reference.kind = Kind::Repository;
    }
    assert_eq!(judge(all, Vec::new(), &fail(), present).summary.images, 1);
    let print = |image: &str| {
        let judged = judge(references(&[image]), Vec::new(), &fail(), |_| Some(missing(&[])));
        judged.findings[0].fingerprint.clone()
    };
    assert_eq!(print("nginx:1"), print("docker.io/library/nginx:1"));
}

#[test]
fn every_verdict_is_counted() {
    let images =
        ["r.io/p:1", "r.io/m:1", "r.io/u:1", "r.io/s:1 # pullable: ignore[missing-tag] later", "r.io/a::1"];
    let answers = |reference: &Reference| match reference.site.text() {
        "r.io/p:1" => Some(Answer::Present(model::Present::default())),
        "r.io/u:1" => Some(unverified(Cause::Unreachable, "no")),
        "r.io/a::1" => None,
        _ => Some(missing(&[])),
    };
    let figures = judge(references(&images), Vec::new(), &fail(), answers).summary;
    let counted = [figures.present, figures.missing, figures.unverified, figures.skipped, figures.malformed];
    assert_eq!((counted, figures.references, figures.errors), ([1; 5], 5, 3));
}
