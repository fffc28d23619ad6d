//! Inline ignores without an effect.

use model::{Reference, Rule};
use source::Site;

use super::near;

/// A note about an inline ignore that seems to cover a finding, but does not.
pub(super) fn void_ignore(reference: &Reference, rule: Rule, at: &Site) -> Option<String> {
    for ignore in &reference.ignores {
        let line = ignore.line();
        let unknown = ignore.rules.iter().find(|id| Rule::from_id(id).is_none());
        if ignore.rules.is_empty() {
            return Some(format!(
                "the ignore on line {line} names no rule, so it ignores nothing: ignore[{rule}] reason"
            ));
        }
        if let Some(unknown) = unknown {
            let near = near::rule(unknown).map(|rule| format!("; did you mean {rule}?")).unwrap_or_default();
            return Some(format!("the ignore on line {line} names no rule: {unknown:?}{near}"));
        }
        if ignore.reason.is_empty() {
            return Some(format!("the ignore on line {line} gives no reason, so it ignores nothing"));
        }
        if !ignore.is_about(at) && ignore.rules.iter().any(|id| id == rule.id()) {
            let path = ignore.comment.file.path();
            return Some(format!("the ignore in {path} line {line} covers another value than this one"));
        }
    }
    None
}
