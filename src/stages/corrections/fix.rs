//! The corrections of `fix`: the certain ones of findings, and others if they are confirmed.

use model::correction::{Correction, Refused};
use model::{Candidate, Finding, Fix, Report};

use super::plan::Plan;
use super::wanted::Wanted;

/// The corrections of the findings of a report.
pub(super) fn plan(report: &Report, wanted: &Wanted) -> Plan {
    let mut plan = Plan::default();
    for finding in &report.findings {
        let is_wanted = wanted.rules.is_empty() || wanted.rules.contains(&finding.rule);
        let reference = finding.reference.and_then(|index| report.references.get(index));
        if let Some((reference, _)) = reference.filter(|_| is_wanted) {
            add(&mut plan, finding, reference.image_or_text(), wanted.confirmed);
        }
    }
    plan
}

fn add(plan: &mut Plan, finding: &Finding, from: String, is_confirmed: bool) {
    match (finding.fixes.first(), finding.candidates.first()) {
        (Some(fix), _) => plan.corrections.push(correction(finding, fix, from)),
        (None, Some(candidate)) if is_confirmed => {
            plan.corrections.push(correction(finding, &candidate.fix, from));
        }
        (None, Some(candidate)) => plan.refused.extend(unconfirmed(finding, candidate, from)),
        (None, None) => {}
    }
}

fn correction(finding: &Finding, fix: &Fix, from: String) -> Correction {
    Correction { rule: Some(finding.rule), fix: fix.clone(), from: vec![from] }
}

/// A correction that needs a confirmation.
fn unconfirmed(finding: &Finding, candidate: &Candidate, image: String) -> Option<Refused> {
    let Candidate { fix, caution } = candidate;
    let site = fix.edits.first()?.site.clone();
    let reason = format!("{caution}; --yes: {}", fix.description);
    Some(Refused { rule: Some(finding.rule), site, image, reason })
}
