//! The record of an incident.

use model::incident::{Incident, Introducing, Outcome, Reverted};

use crate::error::Error;

use super::find::{Found, Member};
use super::session::Run;

/// The initial record, after the incident was found.
pub(super) fn begun(run: &Run<'_>, found: &Found) -> Result<Incident, Error> {
    let info = run.repository.commit_info(&found.commit)?;
    Ok(Incident {
        incident: found.identity(),
        trigger: run.cause.trigger,
        event: run.cause.event.clone(),
        outcome: Outcome::NothingGood,
        why: None,
        mode: None,
        introducing: Introducing {
            commit: found.commit.clone(),
            subject: info.subject,
            author: info.author,
            date: info.seconds,
        },
        references: found.members.iter().map(reverted).collect(),
        collateral: Vec::new(),
        automation: Vec::new(),
        suspended: Vec::new(),
        branch: None,
        commit: None,
        push: None,
        pushed: None,
        request: None,
        verified: false,
        follow_ups: Vec::new(),
    })
}

fn reverted(member: &Member) -> Reverted {
    let Member { reference, image, rule, unit, .. } = member;
    Reverted {
        unit: unit.to_string(),
        path: reference.site.file.path().to_string(),
        line: reference.site.location().line,
        field: reference.field.to_string(),
        from: image.clone(),
        rule: rule.clone(),
        to: None,
        to_commit: None,
        tried: Vec::new(),
    }
}

/// Adds the follow-ups that remain.
pub(super) fn add_follow_ups(incident: &mut Incident, broken_rules: &[String]) {
    let mut remaining = Vec::new();
    for rule in broken_rules {
        remaining.push(format!("the gate fails for the result: {rule}"));
    }
    for automation in &incident.automation {
        remaining.push(if automation.held {
            format!("resume {} in {} once the cause is found", automation.name, automation.path)
        } else {
            format!("stop {} in {}: {}", automation.name, automation.path, automation.stop)
        });
    }
    for suspended in &incident.suspended {
        remaining
            .push(format!("resume {} in {}: until then nothing rolls out", suspended.object, suspended.path));
    }
    remaining.push("data and migrations are as they are: the revert restores references only".to_owned());
    for reference in &incident.references {
        if reference.rule == "given" {
            remaining.push(format!(
                "find out why {} fails: the cause inside the image is unknown",
                reference.from
            ));
        } else {
            remaining.push(format!("find out why {} cannot be pulled: {}", reference.from, reference.rule));
        }
    }
    remaining.dedup();
    incident.follow_ups = remaining;
}
