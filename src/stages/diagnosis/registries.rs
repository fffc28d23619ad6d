//! The connection to one registry: its address, the credential, the login, and the answer for an image.

use image::Image;
use model::doctor::{Line, State};
use model::{Answer, Cause, Unverified};
use registry::{Check, Client, Diagnosis, Subject};

use crate::config::RegistryOrImage;

/// The help for a login.
const LOGINS: &str = concat!(
    "log in; the steps for each registry: ",
    env!("CARGO_PKG_REPOSITORY"),
    "/blob/main/docs/logins.md"
);

/// The lines about one place.
pub(super) async fn lines(place: &RegistryOrImage, client: &Client, check: &Check<'_>) -> Vec<Line> {
    let (registry, repository) = match place {
        RegistryOrImage::Registry(host) => (host.as_str(), None),
        RegistryOrImage::Image(image) => (image.registry.as_str(), Some(image.repository.as_str())),
    };
    let diagnosis = client.diagnose(registry, repository, check.deadline()).await;
    let mut lines = of_registry(registry, &diagnosis);
    if let RegistryOrImage::Image(image) = place
        && (image.tag.is_some() || image.digest.is_some())
    {
        lines.push(of_image(image, check.answer(image, &Subject::Image).await));
    }
    lines
}

fn of_registry(registry: &str, diagnosis: &Diagnosis) -> Vec<Line> {
    let mut lines = Vec::new();
    for warning in &diagnosis.warnings {
        lines.push(
            Line::new(registry, State::Fault, warning.clone())
                .with_help("correct the file, or the helper that it names"),
        );
    }
    match &diagnosis.reached {
        Ok(address) => lines.push(Line::new(registry, State::Ok, format!("answers at {address}"))),
        Err(why) => {
            lines.push(Line::new(registry, state(why), why.detail.clone()));
            return lines;
        }
    }
    let credential = diagnosis.credential.as_ref();
    let found = match credential {
        Some(origin) => format!("credentials: {origin}"),
        None => "no credentials were found".to_owned(),
    };
    lines.push(Line::new(registry, State::Ok, found));
    let schemes = diagnosis.schemes.join(", ");
    lines.push(match (&diagnosis.login, credential) {
        (None, _) => Line::new(registry, State::Ok, "requires no login"),
        (Some(Ok(())), Some(_)) => Line::new(registry, State::Ok, format!("accepts the login ({schemes})")),
        (Some(Ok(())), None) => Line::new(
            registry,
            State::Ok,
            format!("gives access without credentials: only to public images ({schemes})"),
        ),
        (Some(Err(why)), _) => Line::new(registry, state(why), why.detail.clone()).with_help(LOGINS),
    });
    lines
}

fn of_image(image: &Image, answer: Answer) -> Line {
    let subject = image.to_string();
    match answer {
        Answer::Present(present) => {
            Line::new(&subject, State::Ok, format!("can be pulled: {}", present.digest))
        }
        Answer::Missing(_) => Line::new(&subject, State::Fault, "the registry does not have it")
            .with_help(format!("pullable where '{subject}' lists the places that deploy it")),
        Answer::Unverified(why) => Line::new(&subject, state(&why), why.detail),
    }
}

/// A refused login is a fault; a registry that does not answer is not.
fn state(why: &Unverified) -> State {
    match why.cause {
        Cause::Unauthorized | Cause::Rejected | Cause::MissingOrPrivate => State::Fault,
        Cause::RateLimited | Cause::Unreachable | Cause::Deadline | Cause::RegistryError => State::Unverified,
    }
}
