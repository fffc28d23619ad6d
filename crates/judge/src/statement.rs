//! What is to be said of a reference and a registry's answer, before policy: the words, and the characters
//! that they are about.

use super::near;
use image::{Image, Platform};
use model::Rule;
use model::policy::Declared;
use model::{Cause, Content, Missing, Present, TagState, Unverified};
use model::{Kind, Problem, Reference};
use source::Site;

/// Most platforms that are named.
const MOST_PLATFORMS: usize = 12;

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

pub(super) fn of_present(
    reference: &Reference,
    image: &Image,
    present: &Present,
    platforms: &[Platform],
) -> Vec<Statement> {
    let mut said: Vec<Statement> = of_kind(reference, image, present).into_iter().collect();
    said.extend(of_platforms(reference, image, present, platforms));
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

/// Something of another kind than what belongs where the reference stands. An `OCIRepository` may hold any.
fn of_kind(reference: &Reference, image: &Image, present: &Present) -> Option<Statement> {
    let chart = reference.kind == Kind::Chart;
    let (found, belongs) = match present.content? {
        Content::Chart if reference.kind == Kind::Image => ("a Helm chart", "an image"),
        Content::Flux if reference.kind == Kind::Image => ("a Flux artifact", "an image"),
        Content::Image if chart => ("a container image", "a Helm chart"),
        Content::Flux if chart => ("a Flux artifact", "a Helm chart"),
        _ => return None,
    };
    Some(Statement {
        rule: Rule::WrongKind,
        message: format!("{image} is {found}, and {belongs} belongs here"),
        help: Some(format!("write the name of {belongs}")),
        suggestions: Vec::new(),
        site: reference.parts.repository.clone().unwrap_or_else(|| reference.site.clone()),
    })
}

/// The platforms that are asked for and that an image is not for. One that does not say is let pass.
fn of_platforms(
    reference: &Reference,
    image: &Image,
    present: &Present,
    wanted: &[Platform],
) -> Option<Statement> {
    let there = present.platforms.as_ref().filter(|_| reference.kind == Kind::Image)?;
    let listed = |all: Vec<&Platform>| {
        let words: Vec<String> = all.into_iter().take(MOST_PLATFORMS).map(ToString::to_string).collect();
        words.join(", ")
    };
    let lacking: Vec<&Platform> =
        wanted.iter().filter(|one| !there.iter().any(|image| one.runs(image))).collect();
    let message = match (there.as_slice(), lacking.as_slice()) {
        // An index of attestations, or of nothing: no machine can pull it.
        ([], []) => format!("{image} has no runnable platform"),
        ([], _) => format!("{image} has no runnable platform, and {} is asked for", listed(lacking)),
        (_, []) => return None,
        _ => format!("{image} is not for {}; it is for {}", listed(lacking), listed(there.iter().collect())),
    };
    let help = "build it for that platform, or take an image that is".to_owned();
    let site = reference.parts.tag.clone().unwrap_or_else(|| reference.site.clone());
    Some(Statement { rule: Rule::MissingPlatform, message, help: Some(help), suggestions: Vec::new(), site })
}

/// A registry that is said not to be reachable from here.
pub(super) fn of_declared(reference: &Reference, declared: &Declared) -> Statement {
    let Declared { registry, reason, file, line } = declared;
    Statement {
        rule: Rule::NotChecked,
        message: format!("images of {registry} are not checked: {reason}"),
        help: Some(format!("{file} line {line} says so (verify: false)")),
        suggestions: Vec::new(),
        site: reference.site.clone(),
    }
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
        Missing::Child { digest, platform } => {
            let platform = platform.as_ref().map(|platform| format!(" for {platform}")).unwrap_or_default();
            let message = format!("{image} names {digest}{platform}, and {name} has no such manifest");
            let help = "push the image again, all of it; a clean-up may have removed a part".to_owned();
            (Rule::MissingDigest, message, help, Vec::new(), reference.site.clone())
        }
        Missing::Version { newest } => return of_range(reference, &name, Some(newest)),
        Missing::NoRange => return of_range(reference, &name, None),
        Missing::Repository | Missing::Misspelt(_) if reference.registry_unknown => {
            return unknown_registry(reference, image);
        }
        Missing::Repository | Missing::Misspelt(_) => {
            let message = format!("{} has no repository {}", image.registry, image.repository);
            let near = if let Missing::Misspelt(near) = missing { Some(near) } else { None };
            let help = match near {
                Some(near) => format!("did you mean {near}? what is asked for exists there"),
                None => "correct the name, or push the image before this is merged".to_owned(),
            };
            let near = near.cloned().into_iter().collect();
            (Rule::MissingRepository, message, help, near, place(&reference.parts.repository))
        }
    };
    Statement { rule, message, help: Some(help), suggestions, site }
}

/// A range of versions that takes none, of which these are the newest, or that is no range.
fn of_range(reference: &Reference, name: &str, newest: Option<&Vec<String>>) -> Statement {
    let range = reference.range.as_deref().unwrap_or_default();
    let (rule, message, help) = match newest {
        None => (
            Rule::MalformedReference,
            format!("{range:?} is no range of versions"),
            "write a range as Helm reads it: ^1.2, >=1.2 <2, 1.x".to_owned(),
        ),
        Some(newest) => {
            let none = || "none of its tags is a version".to_owned();
            let help = if newest.is_empty() { none() } else { format!("the newest: {}", newest.join(", ")) };
            (Rule::MissingTag, format!("no version of {name} is in the range {range}"), help)
        }
    };
    let suggestions = newest.cloned().unwrap_or_default();
    Statement { rule, message, help: Some(help), suggestions, site: reference.site.clone() }
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
