//! The severity of findings, by policy.

use model::policy::Policy;
use model::{Class, Rule, Severity};

/// Rules about a state that is no mistake.
const STATES: [Rule; 6] = [
    Rule::SameCommit,
    Rule::Suspends,
    Rule::Resumes,
    Rule::SuspendedParent,
    Rule::Suspended,
    Rule::DeploysAroundGit,
];

/// The severity of a finding about a reference. `own`: that of the statement, in place of its rule's.
pub(super) fn of_statement(policy: &Policy, rule: Rule, own: Option<Severity>) -> Severity {
    match (of_rule(policy, rule), own) {
        // A registry that is declared is nobody's oversight.
        _ if rule == Rule::NotChecked => Severity::Notice,
        (Severity::Error, Some(own)) if !policy.strict && rule.class() != Class::Unverified => own,
        (Severity::Error, _) => Severity::Error,
        (severity, own) => own.unwrap_or(severity),
    }
}

/// The severity of a finding by its rule.
pub(super) fn of_rule(policy: &Policy, rule: Rule) -> Severity {
    match rule.class() {
        // Nothing new on a branch is no mistake, with --strict either.
        Class::Known(_) if STATES.contains(&rule) => Severity::Notice,
        Class::Known(Severity::Notice) if policy.strict => Severity::Error,
        // Strict is for those who want to know about everything that was not checked.
        Class::Known(_)
            if policy.strict && matches!(rule, Rule::UnparseableFile | Rule::BrokenKustomization) =>
        {
            Severity::Error
        }
        Class::Known(severity) => severity,
        Class::Unverified if policy.unverified_fails && policy.override_reason.is_none() => Severity::Error,
        Class::Unverified => Severity::Warning,
    }
}
