//! The faults of a set-up of Argo CD.

use deploy::{Notifications, Notifying, Subscribed};
use model::setup::{Fault, FaultKind};

use super::fault::{fault, of_repository};

/// The mark of the template that the sentry reads.
const SCHEMA: &str = "pullable.argocd/1";

/// All faults of a set-up of Argo CD.
pub(super) fn faults(notifying: &Notifying) -> Vec<Fault> {
    if notifying.applications.is_empty() {
        return Vec::new();
    }
    let templates = names(notifying, |all| &all.templates, &|text| text.contains(SCHEMA));
    if templates.is_empty() {
        let message =
            "no config map argocd-notifications-cm of this repository has a template of pullable.argocd/1";
        let help = "examples/sentry/ has the template; a template in Helm values is not found";
        return vec![of_repository(FaultKind::NoTemplate, message, help)];
    }
    let sends = |text: &str| templates.iter().any(|template| has_word(text, template));
    let triggers = names(notifying, |all| &all.triggers, &sends);
    if triggers.is_empty() {
        let message = format!("no trigger sends the template {}", templates.join(", "));
        let help = "examples/sentry/ has the trigger";
        return vec![of_repository(FaultKind::NoTrigger, &message, help)];
    }
    unsubscribed(notifying, &triggers)
}

/// The Applications that are subscribed to none of the triggers.
fn unsubscribed(notifying: &Notifying, triggers: &[&str]) -> Vec<Fault> {
    let is_wanted = |text: &str| triggers.iter().any(|trigger| has_word(text, trigger));
    if notifying.notifications.iter().any(|all| is_wanted(&all.subscriptions)) {
        return Vec::new();
    }
    let is_subscribed = |subscribed: &Subscribed| {
        is_wanted(&subscribed.list)
            || subscribed.triggers.iter().any(|trigger| triggers.contains(&trigger.as_str()))
    };
    let mut faults = Vec::new();
    for (resource, site, own) in &notifying.applications {
        let mut projects = notifying.projects.iter().filter(|project| project.project == own.project);
        if is_subscribed(own) || projects.any(is_subscribed) {
            continue;
        }
        let trigger = triggers.first().copied().unwrap_or_default();
        let message = format!("it is not subscribed to the trigger {trigger}");
        let help = format!(
            "add the annotation notifications.argoproj.io/subscribe.{trigger}.pullable: \"\", or subscriptions to the config map"
        );
        faults.push(fault(FaultKind::NotSubscribed, resource, site, message, help));
    }
    faults
}

/// The names of templates or triggers whose text matches.
fn names<'n>(
    notifying: &'n Notifying,
    which: fn(&Notifications) -> &Vec<(String, String)>,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Vec<&'n str> {
    let all = notifying.notifications.iter().flat_map(which);
    all.filter(|(_, text)| is_wanted(text)).map(|(name, _)| name.as_str()).collect()
}

/// True if a text contains a word that is not part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.split(|c| !is_part(c)).any(|found| found == word)
}
