//! From references to answers of registries: one request for each distinct reference, again while an image is missing
//! and may still come.

use std::collections::HashMap;

use model::Reference;
use model::policy::Policy;
use registry::{Check, CheckOptions};

use crate::config::Options;
use crate::context::Context;
use crate::error::Error;

mod beside;
mod client;
mod places;
mod request;
mod wait;

pub(super) use request::{Answers, request};

use request::Request;

/// Queries the registries for all references; no answers for `pullable images`.
pub(super) async fn answers(
    references: &[Reference],
    policy: &Policy,
    options: &Options,
    context: &Context,
) -> Result<Answers, Error> {
    let Some(network) = &options.network else { return Ok(HashMap::new()) };
    let requests: Vec<Request> =
        references.iter().filter_map(|reference| request(reference, policy)).collect();
    if requests.is_empty() {
        return Ok(HashMap::new());
    }
    let client = client::client(policy, network, options.reads_policy_of_base(), context)?;
    let platforms = policy.reach.platforms.clone();
    let deadline = context.deadline.instant();
    let mut check = Check::new(&client, CheckOptions { deadline, platforms, deep: network.deep });
    let events = &*context.events;
    let found = check.resolve(requests.clone(), |done, total| events.progress(done, total)).await;
    let mut answers: Answers = requests.into_iter().zip(found).collect();
    if let Some(wait) = network.wait {
        wait::until_there(&client, &mut check, &mut answers, wait, network.timeout, events).await;
    }
    beside::suggest(&check, &mut answers).await;
    client.save();
    for login in client.logins() {
        events.detail(&login);
    }
    for warning in client.warnings() {
        events.note(&warning);
    }
    Ok(answers)
}
