//! What is to be said of a reference and a registry's answer, before policy: the words, and the characters
//! that they are about.

use super::near;
use crate::finding::{Problem, Reference};
use crate::image::Image;
use crate::registry::{Cause, Missing, Present, TagState, Unverified};
use crate::rule::Rule;
use crate::text::Site;

/// What is said of a reference, before policy and ignores.
pub(super) struct Statement {
    pub(super) rule: Rule,
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) suggestions: Vec<String>,
    pub(super) site: Site,
}

pub(super) fn known(problem: &Problem) -> Statement {
    Statement {
        rule: problem.rule,
        message: problem.message.clone(),
        help: problem.help.clone(),
        suggestions: Vec::new(),
        site: problem.site.clone(),
    }
}

pub(super) fn of_present(reference: &Reference, image: &Image, present: &Present) -> Vec<Statement> {
    let mut said = Vec::new();
    let mut say = |rule, message, help: &str, site: &Option<Site>| {
        let site = site.clone().unwrap_or_else(|| reference.site.clone());
        said.push(Statement { rule, message, help: Some(help.to_owned()), suggestions: Vec::new(), site });
    };
    let tag = image.tag.as_deref().unwrap_or_default();
    let decides = "the digest decides what is pulled; write the tag that belongs to it, or the tag's digest";
    match &present.tag {
        Some(TagState::Moved(digest)) => {
            let message =
                format!("the tag {tag} of {} points at {digest}, not at the digest beside it", image.name());
            say(Rule::MovedTag, message, decides, &reference.parts.tag);
        }
        Some(TagState::Gone) => {
            let message = format!("{} has no tag {tag}; the digest beside it is still there", image.name());
            say(Rule::MovedTag, message, decides, &reference.parts.tag);
        }
        Some(TagState::Same | TagState::Unknown) | None => {}
    }
    if present.media_type.starts_with("application/vnd.docker.distribution.manifest.v1+") {
        let message = format!("{image} has a schema 1 manifest, which containerd 2.1 and later refuse");
        say(Rule::OldManifest, message, "push the image again with a current tool", &None);
    }
    said
}

/// What is missing; `suggest` what may have been meant.
pub(super) fn of_missing(
    reference: &Reference,
    image: &Image,
    missing: &Missing,
    suggest: bool,
) -> Statement {
    let name = image.name();
    let tag = image.effective_tag().unwrap_or_default();
    let place = |part: &Option<Site>| part.clone().unwrap_or_else(|| reference.site.clone());
    let (rule, message, help, suggestions, site) = match missing {
        Missing::Tag(Some(list)) if list.tags.iter().any(|listed| listed == tag) => {
            let message = format!("{name} lists the tag {tag}, and has no manifest for it");
            let help = "push the image again; a clean-up may have removed its manifest".to_owned();
            (Rule::MissingTag, message, help, Vec::new(), place(&reference.parts.tag))
        }
        Missing::Tag(list) => {
            let suggestions =
                list.as_ref().filter(|_| suggest).map(|list| near::tags(tag, &list.tags)).unwrap_or_default();
            let message = match (list, &image.tag) {
                (Some(_), None) => format!("{name} has no tag latest, which a reference without a tag means"),
                (Some(_), Some(_)) => format!("{name} has no tag {tag}"),
                (None, _) => {
                    format!("the registry has no {name}:{tag}, and does not list the repository's tags")
                }
            };
            let help = match suggestions.as_slice() {
                [] => "correct the tag, or push the image before this is merged".to_owned(),
                [one] => format!("did you mean {one}?"),
                several => format!("did you mean one of {}?", several.join(", ")),
            };
            (Rule::MissingTag, message, help, suggestions, place(&reference.parts.tag))
        }
        Missing::Digest => {
            let digest = image.digest.as_deref().unwrap_or_default();
            let message = format!("{name} has no manifest {digest}");
            let help = "take the digest from the registry; a clean-up may have removed an untagged manifest";
            (Rule::MissingDigest, message, help.to_owned(), Vec::new(), place(&reference.parts.digest))
        }
        Missing::Repository if reference.registry_unknown => return unknown_registry(reference, image),
        Missing::Repository => {
            let message = format!("{} has no repository {}", image.registry, image.repository);
            let help = "correct the name, or push the image before this is merged".to_owned();
            (Rule::MissingRepository, message, help, Vec::new(), place(&reference.parts.repository))
        }
    };
    Statement { rule, message, help: Some(help), suggestions, site }
}

fn unknown_registry(reference: &Reference, image: &Image) -> Statement {
    Statement {
        rule: Rule::UnknownRegistry,
        message: format!(
            "the chart decides which registry, and {} has no repository {}",
            image.registry, image.repository
        ),
        help: Some(
            "the chart may put a registry in front; write it into the values to have it checked".to_owned(),
        ),
        suggestions: Vec::new(),
        site: reference.parts.repository.clone().unwrap_or_else(|| reference.site.clone()),
    }
}

pub(super) fn of_unverified(reference: &Reference, image: &Image, unverified: &Unverified) -> Statement {
    let (rule, help) = match unverified.cause {
        Cause::MissingOrPrivate if reference.registry_unknown => return unknown_registry(reference, image),
        Cause::RateLimited => (Rule::RateLimited, "log in for a higher limit, or run again later"),
        Cause::Unreachable => (
            Rule::Unreachable,
            "this says nothing about the image; check the registry's name and the network",
        ),
        Cause::RegistryError => {
            (Rule::RegistryError, "this says nothing about the image; run again when the registry is well")
        }
        Cause::Deadline => {
            (Rule::Unreachable, "raise --deadline if the registry is slow; this says nothing about the image")
        }
        Cause::Unauthorized => (Rule::Unauthorized, "log in to the registry before this check"),
        Cause::Rejected => {
            (Rule::Unauthorized, "log in again, or correct the credentials that are named above")
        }
        Cause::MissingOrPrivate => {
            (Rule::MissingOrPrivate, "check the name, then whether the credentials may pull it")
        }
    };
    let part = match rule {
        Rule::MissingOrPrivate => &reference.parts.repository,
        _ => &None,
    };
    Statement {
        rule,
        message: unverified.detail.clone(),
        help: Some(help.to_owned()),
        suggestions: Vec::new(),
        site: part.clone().unwrap_or_else(|| reference.site.clone()),
    }
}
