//! Statements about charts of chart repositories, and about defaults of charts.

use model::chart::{Absent, NoVersion, Note};
use model::policy::Policy;
use model::{Answer, DefaultOf, Details, Missing, Present, Rule, Severity};
use source::RepoPath;

use super::answers::of_file;
use super::{fail, missing, references, told};
use crate::judge;

/// The findings about a chart of an `Application`.
fn of_chart(version: &str, answer: &Answer) -> Vec<String> {
    let application = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a}}\nspec:\n  \
         source: {{repoURL: 'https://charts.example', chart: web, targetRevision: '{version}'}}\n"
    );
    told(&judge(of_file("app.yaml", &application), Vec::new(), &fail(), |_| Some(answer.clone())))
}

#[test]
fn unusual_facts_about_a_chart_are_notices_with_its_version() {
    let with = |note: Note| {
        let details = Details { version: Some("1.0.0".to_owned()), notes: vec![note], ..Details::default() };
        of_chart("1.x", &Answer::Present(Present::new("sha256:d".into(), "", details)))
    };
    assert_eq!(
        with(Note::OtherVersion { inside: "2.0.0".to_owned() }),
        ["5 notice moved-tag: the archive of web 1.0.0 has version 2.0.0 in its Chart.yaml"]
    );
    assert_eq!(
        with(Note::OtherDigest { listed: "sha256:e".to_owned() }),
        [
            "5 notice moved-tag: the archive of web 1.0.0 does not have the digest that the index lists, sha256:e"
        ]
    );
    let links = [RepoPath::new("web/a"), RepoPath::new("web/b"), RepoPath::new("c"), RepoPath::new("d")];
    assert_eq!(
        with(Note::Links(links.to_vec())),
        [
            "5 notice not-checked: the archive of web 1.0.0 holds links, which Helm reads as empty files: web/a, web/b, c"
        ]
    );
    // Its images are not known.
    assert_eq!(
        with(Note::Unreadable("it is broken".to_owned())),
        [
            "5 error unreadable-file: the archive of web 1.0.0 was not read, so its images were not checked: it is broken"
        ]
    );
}

#[test]
fn the_missing_version_of_a_chart_is_named() {
    let absent = |near: &[&str]| {
        let near = near.iter().map(ToString::to_string).collect();
        Answer::Missing(Missing::Chart(Absent::Version { why: NoVersion::None, near }))
    };
    let said = "missing-chart-version: web of https://charts.example has no version";
    assert_eq!(of_chart("1.0.0", &absent(&[])), [format!("5 error {said} 1.0.0")]);
    assert_eq!(of_chart("", &absent(&["1.0.0-rc1"])), [format!("5 error {said} that is stable")]);
}

/// A chart may not deploy a default with the values of this repository.
#[test]
fn a_missing_default_of_a_chart_that_was_not_rendered_is_a_warning() {
    let severity = |is_whole: bool, policy: &Policy, answer: Answer| {
        let mut all = references(&["r.io/a:1"]);
        let chart = "web 1.0.0".to_owned();
        all[0].default_of =
            Some(Box::new(DefaultOf { chart, path: RepoPath::new("values.yaml"), line: 3, is_whole }));
        let judged = judge(all, Vec::new(), policy, |_| Some(answer.clone()));
        let finding = &judged.findings[0];
        let help = finding.help.clone().unwrap();
        assert!(help.contains("it comes from the chart web 1.0.0: values.yaml line 3"), "{help}");
        (finding.severity, help.ends_with("; the chart may not deploy it with these values"))
    };
    assert_eq!(severity(true, &fail(), missing(&[])), (Severity::Warning, true));
    assert_eq!(severity(false, &fail(), missing(&[])), (Severity::Error, false));
    let unreachable = super::unverified(model::Cause::Unreachable, "no");
    assert_eq!(severity(true, &fail(), unreachable), (Severity::Error, false));
    let present = Answer::Present(Present::default());
    let rules = super::notes::enabled(&[Rule::RegistryNotAllowed]);
    let policy = Policy { rules, ..fail() };
    assert_eq!(severity(true, &policy, present), (Severity::Warning, true));
}
