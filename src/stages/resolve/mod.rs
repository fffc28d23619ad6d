//! Gets the answers of registries for references: one request for each distinct reference, repeated with
//! `--wait` while an image is missing.

use std::collections::HashSet;

use model::Reference;
use model::policy::Policy;
use registry::{Check, CheckOptions, Client};

use crate::config::Network;
use crate::context::Context;

mod answers;
mod beside;
mod client;
mod places;
mod request;
mod wait;

pub(super) use answers::Answers;
pub(super) use client::{cache_folder, client, options};
pub(super) use places::{read as places, routes};
pub(super) use request::{Request, request};

/// The checks of a run with a client.
pub(super) fn check<'a>(
    client: &'a Client,
    policy: &Policy,
    network: &Network,
    context: &Context,
) -> Check<'a> {
    let platforms = policy.reach.platforms.clone();
    let deadline = context.deadline.instant();
    Check::new(client, CheckOptions { deadline, platforms, deep: network.deep })
}

/// Queries the registries for all references except those whose answer is known.
pub(super) async fn answers(
    references: &[Box<Reference>],
    mut answers: Answers,
    policy: &Policy,
    network: &Network,
    client: &Client,
    mut check: Check<'_>,
    context: &Context,
) -> Answers {
    let mut unanswered: HashSet<Request> = HashSet::new();
    // The registry of a guess may be another one, so that `--wait` does not apply to it.
    let mut certain: HashSet<Request> = HashSet::new();
    for reference in references {
        let request = request(reference, policy).filter(|request| answers.get(request).is_none());
        let is_certain = network.wait.is_some() && !reference.registry_unknown;
        certain.extend(request.clone().filter(|_| is_certain));
        unanswered.extend(request);
    }
    let mut requests: Vec<Request> = unanswered.into_iter().collect();
    requests.sort_unstable();
    let events = &*context.events;
    if !requests.is_empty() {
        let found = check.resolve(&requests, |done, total| events.progress(done, total)).await;
        answers.add(requests, found);
        if let Some(wait) = network.wait {
            let limits = wait::Limits { wait, timeout: network.timeout, certain: &certain };
            wait::until_there(client, &mut check, &mut answers, &limits, events).await;
        }
        if network.similar_names {
            beside::suggest(&check, &mut answers).await;
        }
    }
    client.save();
    for login in client.logins() {
        events.detail(&login);
    }
    for warning in client.warnings() {
        events.note(&warning);
    }
    answers
}
