//! The severity of a finding: the setting of its rule, `strict`, the override, and the statement's own severity.

use std::collections::BTreeMap;

use model::policy::{Level, Policy, Rules, Setting};
use model::{LeftOut, Reference, Rule, Severity};
use source::RepoPath;

use super::fail;
use crate::severity::{is_overridden, of_rule, of_statement};

use Severity::{Error, Notice, Warning};

/// A policy that sets the severity of a rule.
fn with(rule: Rule, level: Level) -> Policy {
    let setting = Setting { level, file: RepoPath::new(".pullable.yaml"), line: 1 };
    Policy { rules: Rules { settings: BTreeMap::from([(rule, setting)]), ..Rules::default() }, ..fail() }
}

fn strict(policy: Policy) -> Policy {
    Policy { strict: true, ..policy }
}

fn one() -> Box<Reference> {
    super::references(&["r.io/a:1"]).remove(0)
}

/// A reference of a manifest that the kustomization beside it does not include.
fn left_out() -> Box<Reference> {
    let mut reference = one();
    reference.left_out = Some(LeftOut::NotIncluded);
    reference
}

#[test]
fn the_severity_of_a_statement_is_at_most_the_one_of_its_rule() {
    let rule = Rule::MissingTag;
    let set = |severity| with(rule, Level::Reported(severity));
    for (policy, own, expected) in [
        (fail(), None, Error),
        (fail(), Some(Warning), Warning),
        (set(Notice), Some(Warning), Notice),
        (set(Warning), Some(Notice), Notice),
        (set(Error), Some(Warning), Warning),
        (set(Warning), None, Warning),
        // Strict: an error stays an error.
        (strict(fail()), Some(Warning), Error),
        (strict(set(Warning)), Some(Notice), Notice),
    ] {
        let level = of_statement(&policy, &one(), rule, own);
        assert_eq!(level, Level::Reported(expected), "{own:?} {:?} {}", policy.rules, policy.strict);
    }
    assert_eq!(of_statement(&with(rule, Level::Off), &one(), rule, Some(Error)), Level::Off);
}

/// A guess is a notice by default, and a warning if the likely registry lacks the name.
#[test]
fn a_statement_may_be_more_severe_than_its_rule_unless_the_rule_is_set() {
    let rule = Rule::UnknownRegistry;
    for (policy, own, expected) in [
        (fail(), Some(Warning), Warning),
        (fail(), Some(Notice), Notice),
        (with(rule, Level::Reported(Notice)), Some(Warning), Notice),
        (with(rule, Level::Reported(Error)), Some(Warning), Error),
        (strict(fail()), Some(Warning), Error),
    ] {
        let level = of_statement(&policy, &one(), rule, own);
        assert_eq!(level, Level::Reported(expected), "{own:?} {:?} {}", policy.rules, policy.strict);
    }
    // A statement as severe as its rule is by default follows the setting.
    let moved = with(Rule::MovedTag, Level::Reported(Error));
    assert_eq!(of_statement(&moved, &one(), Rule::MovedTag, Some(Warning)), Level::Reported(Error));
}

#[test]
fn the_class_of_a_rule_decides_before_the_statement() {
    let level = |policy: &Policy, rule, own| of_statement(policy, &one(), rule, own);
    // An unverified reference has the severity that the policy gives it.
    assert_eq!(level(&fail(), Rule::Unreachable, Some(Notice)), Level::Reported(Error));
    let warn = Policy { unverified_fails: false, ..fail() };
    assert_eq!(level(&warn, Rule::Unreachable, Some(Error)), Level::Reported(Warning));
    // A rule that is off by default has no severity that a statement can exceed.
    let mutable = with(Rule::MutableTag, Level::Reported(Error));
    assert_eq!(level(&mutable, Rule::MutableTag, Some(Warning)), Level::Reported(Warning));
    // A declared registry is a notice, also with strict.
    assert_eq!(level(&strict(fail()), Rule::NotChecked, None), Level::Reported(Notice));
}

#[test]
fn a_manifest_that_nothing_deploys_breaks_nothing_unless_strict() {
    let left = left_out();
    assert_eq!(of_statement(&fail(), &left, Rule::MissingTag, None), Level::Reported(Notice));
    assert_eq!(of_statement(&strict(fail()), &left, Rule::MissingTag, None), Level::Reported(Error));
    assert_eq!(of_statement(&with(Rule::MissingTag, Level::Off), &left, Rule::MissingTag, None), Level::Off);
    let judged = crate::judge(vec![left], Vec::new(), &fail(), |_| Some(super::missing(&[])));
    let help = judged.findings[0].help.as_deref().unwrap();
    let note =
        "nothing known deploys this manifest: the kustomization beside or above the file does not include it";
    assert!(help.ends_with(note), "{help}");
}

#[test]
fn the_override_lowers_what_was_not_verified_and_counts_errors_only() {
    let reason = Some("outage".to_owned());
    let set = |severity| Policy {
        override_reason: reason.clone(),
        ..with(Rule::Unreachable, Level::Reported(severity))
    };
    let overridden = Policy { override_reason: reason.clone(), ..fail() };
    assert_eq!(of_rule(&overridden, Rule::Unreachable), Level::Reported(Warning));
    assert_eq!(of_rule(&overridden, Rule::MissingTag), Level::Reported(Error));
    let warn = Policy { unverified_fails: false, ..overridden.clone() };
    let finding = |answer: model::Answer| {
        let answer = |_: &Reference| Some(answer.clone());
        crate::judge(vec![one()], Vec::new(), &fail(), answer).findings.remove(0)
    };
    let unreachable = finding(super::unverified(model::Cause::Unreachable, "no"));
    let missing = finding(super::missing(&[]));
    for (policy, finding, expected) in [
        (&overridden, &unreachable, true),
        (&overridden, &missing, false),
        (&warn, &unreachable, false),
        (&set(Warning), &unreachable, false),
        (&set(Error), &unreachable, true),
    ] {
        assert_eq!(is_overridden(policy, finding), expected, "{:?} {}", policy.rules, finding.rule);
    }
    let answers = |reference: &Reference| {
        let is_lost = reference.image_or_text().contains("/a:");
        Some(if is_lost { super::unverified(model::Cause::Unreachable, "no") } else { super::missing(&[]) })
    };
    let judged = crate::judge(super::references(&["r.io/a:1", "r.io/b:1"]), Vec::new(), &overridden, answers);
    let counted = judged.overridden.map(|overridden| (overridden.reason, overridden.findings));
    assert_eq!(counted, Some(("outage".to_owned(), 1)));
    assert_eq!((judged.summary.errors, judged.summary.warnings), (1, 1));
}
