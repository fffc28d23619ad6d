//! The faults of a set-up of Flux.

use deploy::{Alert, EventSource, Notifying, Obsolete, Provider, Watched};
use model::Resource;
use model::setup::{Fault, FaultKind};

use super::fault::{fault, named, of_repository};
use super::pattern::{compiled, filter};

/// The types of Providers that can send to a sentry: to its server, to a pipeline of GitLab, to a workflow of
/// GitHub.
const TO_SENTRY: [&str; 3] = ["generic-hmac", "generic", "githubdispatch"];
/// The default namespace of Alerts and objects: the namespace of Flux itself.
const NAMESPACE: &str = "flux-system";

/// Messages of failures, in the form of the controllers.
const OF_KUSTOMIZATION: [&str; 2] = [
    "health check failed after 5m0s: timeout waiting for: [Deployment/prod/web status: 'InProgress']",
    "health check failed after 2m0s: failed early due to stalled resources: [Deployment/prod/web status: 'Failed']",
];
const OF_RELEASE: [&str; 2] = [
    "Helm install failed for release prod/web with chart web@1.2.3: context deadline exceeded",
    "Helm upgrade failed for release prod/web with chart web@1.2.3: context deadline exceeded",
];

/// All faults of a set-up of Flux.
pub(super) fn faults(notifying: &Notifying) -> Vec<Fault> {
    let mut faults = Vec::new();
    for watched in &notifying.watched {
        faults.extend(silent(watched));
    }
    for provider in &notifying.providers {
        faults.extend(of_provider(provider));
    }
    for alert in &notifying.alerts {
        faults.extend(of_alert(alert, notifying));
    }
    faults.extend(missed(notifying));
    faults
}

/// The fault of an object whose failures are not events.
fn silent(watched: &Watched) -> Option<Fault> {
    let Watched { resource, site, .. } = watched;
    if watched.waits || watched.images == Some(0) {
        return None;
    }
    if resource.kind == "HelmRelease" {
        let message = "it does not wait for the resources that it installs, so it never reports an image that cannot be pulled";
        let help = "remove disableWait";
        return Some(fault(FaultKind::NoWait, resource, site, message.to_owned(), help));
    }
    let message =
        "it has neither `wait: true` nor healthChecks, so it never reports an image that cannot be pulled";
    let help = "add `wait: true` to its spec";
    Some(fault(FaultKind::NoHealthCheck, resource, site, message.to_owned(), help))
}

fn of_provider(provider: &Provider) -> Vec<Fault> {
    let Provider { resource, site, kind, .. } = provider;
    let mut faults = obsolete(resource, &provider.obsolete);
    if kind == "generic-hmac" && !provider.has_secret {
        let message = "it has no secretRef, so there is no key to sign with";
        let help = "name a Secret with the key `token`";
        faults.push(fault(FaultKind::NoKey, resource, site, message.to_owned(), help));
    }
    if kind == "generic" {
        let message = "it sends notifications without a signature, which `pullable sentry serve` refuses";
        let help = "set type: generic-hmac; for a trigger of GitLab, `generic` is sufficient";
        faults.push(fault(FaultKind::Unsigned, resource, site, message.to_owned(), help));
    }
    faults
}

fn of_alert(alert: &Alert, notifying: &Notifying) -> Vec<Fault> {
    let Alert { resource, site, .. } = alert;
    let mut faults = obsolete(resource, &alert.obsolete);
    if provider_of(alert, notifying).is_none() {
        let message = format!("its Provider {:?} is not in this repository", alert.provider);
        let help = "add the Provider to the namespace of the Alert, or correct providerRef";
        faults.push(fault(FaultKind::UnknownProvider, resource, site, message, help));
    }
    if let Some(site) = &alert.suspended {
        let message = "it is suspended, so it sends nothing".to_owned();
        faults.push(fault(FaultKind::SuspendedAlert, resource, site, message, "remove `suspend: true`"));
    }
    for pattern in alert.inclusion.iter().chain(&alert.exclusion) {
        if compiled(pattern).is_none() {
            let message = format!("{:?} is not a regular expression", pattern.text);
            let help = "correct it: the syntax is that of Go";
            faults.push(fault(FaultKind::MalformedPattern, resource, &pattern.site, message, help));
        }
    }
    faults
}

fn obsolete(resource: &Resource, parts: &[Obsolete]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for Obsolete { site, name, instead } in parts {
        let message = format!("{name} is obsolete, or does not exist");
        faults.push(fault(FaultKind::Obsolete, resource, site, message, format!("write {instead}")));
    }
    faults
}

/// The Provider of an Alert.
fn provider_of<'n>(alert: &Alert, notifying: &'n Notifying) -> Option<&'n Provider> {
    notifying.providers.iter().find(|provider| {
        provider.resource.name.as_deref() == Some(&alert.provider)
            && namespace(&provider.resource) == namespace(&alert.resource)
    })
}

fn namespace(resource: &Resource) -> &str {
    resource.namespace.as_deref().unwrap_or(NAMESPACE)
}

/// The objects whose failures no Alert sends to a sentry.
fn missed(notifying: &Notifying) -> Vec<Fault> {
    let is_to_sentry = |alert: &&Alert| {
        provider_of(alert, notifying).is_none_or(|provider| TO_SENTRY.contains(&provider.kind.as_str()))
    };
    let alerts: Vec<&Alert> = notifying.alerts.iter().filter(is_to_sentry).collect();
    if notifying.watched.is_empty() {
        return Vec::new();
    }
    if alerts.is_empty() {
        let message = "no Alert has a Provider of type generic-hmac, generic or githubdispatch, so no failure reaches a sentry";
        let help = "examples/sentry/ has the manifests";
        return vec![of_repository(FaultKind::NoProvider, message, help)];
    }
    let mut faults = Vec::new();
    for watched in notifying.watched.iter().filter(|watched| watched.images != Some(0)) {
        if let Err(why) = taken(watched, &alerts) {
            let Watched { resource, site, .. } = watched;
            let source =
                format!("{{kind: {}, name: '*', namespace: {}}}", resource.kind, namespace(resource));
            let help = format!("add {source} to eventSources of an Alert, or correct its lists");
            faults.push(fault(FaultKind::NotNotified, resource, site, why, help));
        }
    }
    faults
}

/// Succeeds if an Alert covers the failures of an object; otherwise an error with the reason.
fn taken(watched: &Watched, alerts: &[&Alert]) -> Result<(), String> {
    let mut why = "no Alert has it among its eventSources".to_owned();
    for alert in alerts {
        if !alert.sources.iter().any(|source| is_named(source, alert, watched)) {
            continue;
        }
        let messages = if watched.resource.kind == "HelmRelease" { OF_RELEASE } else { OF_KUSTOMIZATION };
        let filtered = messages.iter().find_map(|message| Some((filter(alert, message)?, message)));
        why = match (&alert.suspended, filtered) {
            (None, None) => return Ok(()),
            (Some(_), _) => format!("{} is suspended", named(&alert.resource)),
            (None, Some((list, message))) => {
                format!("{} does not send its failures: {list} {message:?}", named(&alert.resource))
            }
        };
    }
    Err(why)
}

/// True if an entry of `eventSources` names an object.
fn is_named(source: &EventSource, alert: &Alert, watched: &Watched) -> bool {
    let wanted = source.namespace.as_deref().unwrap_or_else(|| namespace(&alert.resource));
    let is_name = source.name == "*" || watched.resource.name.as_ref() == Some(&source.name);
    let has_labels = source.labels.iter().all(|label| watched.labels.contains(label));
    source.kind == watched.resource.kind && is_name && has_labels && wanted == namespace(&watched.resource)
}
