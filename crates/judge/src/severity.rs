//! The severity of findings, by policy.

use model::policy::{Level, Policy};
use model::{Class, Finding, Reference, Rule, Severity};

/// The level of a finding about a reference. `own`: the severity of the statement, which replaces that of its
/// rule.
pub(super) fn of_statement(
    policy: &Policy,
    reference: &Reference,
    rule: Rule,
    own: Option<Severity>,
) -> Level {
    let Level::Reported(severity) = of_rule(policy, rule) else { return Level::Off };
    // A declared registry is not an oversight, and a manifest that nothing known deploys breaks nothing.
    if rule == Rule::NotChecked || reference.left_out.is_some() && !policy.strict {
        return Level::Reported(Severity::Notice);
    }
    let Some(own) = own else { return Level::Reported(severity) };
    Level::Reported(match rule.class() {
        Class::Unverified => severity,
        _ if policy.strict && severity == Severity::Error => severity,
        // The rule's severity is the maximum for such a statement.
        _ if is_lower(rule, own) => severity.max(own),
        _ if policy.rules.level(rule).is_some() || severity == Severity::Error => severity,
        _ => own,
    })
}

/// True if a statement is less severe than its rule is by default.
fn is_lower(rule: Rule, own: Severity) -> bool {
    match rule.class() {
        Class::Known(default) => own > default,
        Class::Unverified => false,
        Class::Optional => true,
    }
}

/// The level of a rule's findings under a policy.
pub fn of_rule(policy: &Policy, rule: Rule) -> Level {
    match rule.class() {
        Class::Unverified if policy.override_reason.is_some() => Level::Reported(Severity::Warning),
        Class::Unverified => Level::Reported(of_unverified(policy, rule)),
        class => policy.rules.level(rule).unwrap_or_else(|| by_default(policy, rule, class)),
    }
}

/// The severity of unverified references, without an override.
pub(super) fn of_unverified(policy: &Policy, rule: Rule) -> Severity {
    match policy.rules.level(rule) {
        Some(Level::Reported(severity)) => severity,
        _ if policy.unverified_fails => Severity::Error,
        _ => Severity::Warning,
    }
}

fn by_default(policy: &Policy, rule: Rule, class: Class) -> Level {
    match class {
        Class::Known(_) if policy.strict && rule.is_raised_by_strict() => Level::Reported(Severity::Error),
        Class::Known(severity) => Level::Reported(severity),
        Class::Unverified => Level::Reported(Severity::Error),
        Class::Optional => Level::Off,
    }
}

/// True if a finding would be an error without the override.
pub(super) fn is_overridden(policy: &Policy, finding: &Finding) -> bool {
    let rule = finding.rule;
    rule.class() == Class::Unverified && of_unverified(policy, rule) == Severity::Error
}
