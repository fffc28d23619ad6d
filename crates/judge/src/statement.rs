//! Statements about a reference and a registry's answer, before policy: the text, and the characters to which
//! it refers.

use super::searches::Near;
use super::{candidate, certain};
use image::{Image, Platform};
use model::policy::Declared;
use model::{Answer, Candidate, Cause, Content, Fix, Missing, Present, TagList, TagState, Unverified};
use model::{Kind, Problem, Pulled, Reference, Rule, Severity, Verdict};
use source::Site;

/// Maximum number of platforms that are named.
const MOST_PLATFORMS: usize = 12;

/// A statement about a reference, before policy and ignores.
pub(super) struct Statement {
    pub(super) rule: Rule,
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) suggestions: Vec<String>,
    pub(super) fixes: Vec<Fix>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) site: Site,
    /// The severity, if it differs from the rule's.
    pub(super) severity: Option<Severity>,
}

impl Statement {
    pub(super) fn new(rule: Rule, message: String, help: &str, site: Site) -> Self {
        let help = Some(help.to_owned());
        let (suggestions, fixes, candidates) = (Vec::new(), Vec::new(), Vec::new());
        Self { rule, message, help, suggestions, fixes, candidates, site, severity: None }
    }
}

pub(super) fn known(problem: &Problem) -> Statement {
    let mut fixes = Vec::new();
    if problem.rule == Rule::NumericTag {
        fixes.extend(certain::of_number(&problem.site));
    }
    Statement {
        rule: problem.rule,
        message: problem.message.clone(),
        help: problem.help.clone(),
        suggestions: Vec::new(),
        fixes,
        candidates: Vec::new(),
        site: problem.site.clone(),
        severity: None,
    }
}

/// A rendered tag that is written as a number. The tag that Helm prints is not the intended one, even if it
/// exists.
pub(super) fn of_printed(reference: &Reference, image: &Image) -> Option<Statement> {
    let (problem, fix) = certain::of_printed(reference, image)?;
    Some(Statement { fixes: fix.into_iter().collect(), ..known(&problem) })
}

/// The place of a part of a reference, or of the whole reference.
pub(super) fn place(reference: &Reference, part: Option<&Site>) -> Site {
    part.unwrap_or(&reference.site).clone()
}

pub(super) fn of_present(
    reference: &Reference,
    image: &Image,
    present: &Present,
    platforms: &[Platform],
) -> Vec<Statement> {
    let mut said: Vec<Statement> = of_kind(reference, image, present).into_iter().collect();
    said.extend(of_platforms(reference, image, present, platforms));
    let tag = image.tag.as_deref().unwrap_or_default();
    let decides = "the digest decides what is pulled; write the tag that belongs to it, or the tag's digest";
    let moved = match &present.details().tag {
        Some(TagState::Moved(digest)) => {
            Some(format!("the tag {tag} of {} points at {digest}, not to the written digest", image.name()))
        }
        Some(TagState::Gone) => {
            Some(format!("{} has no tag {tag}; the written digest still exists", image.name()))
        }
        Some(TagState::Same | TagState::Unknown) | None => None,
    };
    if let Some(message) = moved {
        let site = place(reference, reference.parts.tag.as_ref());
        said.push(Statement::new(Rule::MovedTag, message, decides, site));
    }
    if present.media_type.starts_with("application/vnd.docker.distribution.manifest.v1+") {
        let message = format!("{image} has a schema 1 manifest, which containerd 2.1 and later refuse");
        let help = "push the image again with a current tool";
        said.push(Statement::new(Rule::OldManifest, message, help, place(reference, None)));
    }
    said
}

/// Content of another kind than the reference needs. An `OCIRepository` may have any kind.
fn of_kind(reference: &Reference, image: &Image, present: &Present) -> Option<Statement> {
    let chart = reference.kind == Kind::Chart;
    let (found, belongs) = match present.details().content? {
        Content::Chart if reference.kind == Kind::Image => ("a Helm chart", "an image"),
        Content::Flux if reference.kind == Kind::Image => ("a Flux artifact", "an image"),
        Content::Image if chart => ("a container image", "a Helm chart"),
        Content::Flux if chart => ("a Flux artifact", "a Helm chart"),
        _ => return None,
    };
    let message = format!("this is {found}, where {belongs} is expected: {image}");
    let site = place(reference, reference.parts.repository.as_ref());
    Some(Statement::new(Rule::WrongKind, message, &format!("use a reference to {belongs}"), site))
}

/// The required platforms that an image has no build for. An image that declares none passes.
fn of_platforms(
    reference: &Reference,
    image: &Image,
    present: &Present,
    wanted: &[Platform],
) -> Option<Statement> {
    let there = present.details().platforms.as_ref().filter(|_| reference.kind == Kind::Image)?;
    let lacking: Vec<&Platform> =
        wanted.iter().filter(|one| !there.iter().any(|image| one.runs(image))).collect();
    let message = match (there.as_slice(), lacking.as_slice()) {
        // An index of attestations, or of nothing: no machine can pull it.
        ([], []) => format!("{image} has no runnable platform"),
        ([], _) => format!("{image} has no runnable platform, and {} is required", listed(lacking)),
        (_, []) => return None,
        _ => format!(
            "{image} has no build for {}; it has builds for {}",
            listed(lacking),
            listed(there.iter().collect())
        ),
    };
    let help = "build it for that platform, or use an image that supports it";
    let site = place(reference, reference.parts.tag.as_ref());
    Some(Statement::new(Rule::MissingPlatform, message, help, site))
}

fn listed(platforms: Vec<&Platform>) -> String {
    let words: Vec<String> = platforms.into_iter().take(MOST_PLATFORMS).map(ToString::to_string).collect();
    words.join(", ")
}

/// A registry that the configuration declares out of reach.
pub(super) fn of_declared(reference: &Reference, declared: &Declared) -> Statement {
    let Declared { registry, reason, file, line } = declared;
    let message = format!("images of {registry} are not checked: {reason}");
    let help = format!("declared in {file} line {line} (verify: false)");
    Statement::new(Rule::NotChecked, message, &help, place(reference, None))
}

/// A missing reference. `near`: the tags near a missing one, if they were searched.
pub(super) fn of_missing(
    reference: &Reference,
    image: &Image,
    missing: &Missing,
    near: Option<&Near>,
) -> Statement {
    let name = image.name();
    match missing {
        Missing::Tag(list) => of_tag(reference, image, list.as_deref(), near),
        Missing::Digest => {
            let digest = image.digest.as_deref().unwrap_or_default();
            let message = format!("{name} has no manifest {digest}");
            let help = "use a digest that the registry has; a clean-up may have removed an untagged manifest";
            let site = place(reference, reference.parts.digest.as_ref());
            Statement::new(Rule::MissingDigest, message, help, site)
        }
        Missing::Child { digest, platform } => {
            let platform = platform.as_ref().map(|platform| format!(" for {platform}")).unwrap_or_default();
            let message =
                format!("the index of {image} lists {digest}{platform}, which {name} does not have");
            let help = "push the whole image again; a clean-up may have removed a part";
            Statement::new(Rule::MissingDigest, message, help, place(reference, None))
        }
        Missing::Version { newest } => of_range(reference, &name, Some(newest)),
        Missing::NoRange => of_range(reference, &name, None),
        Missing::Repository | Missing::Chart(_) => of_repository(reference, image, None),
        Missing::Misspelt(near) => of_repository(reference, image, Some(near)),
    }
}

/// A tag that is missing; `list` has the existing tags, if the registry lists them.
fn of_tag(reference: &Reference, image: &Image, list: Option<&TagList>, near: Option<&Near>) -> Statement {
    let name = image.name();
    let tag = image.effective_tag().unwrap_or_default();
    let site = place(reference, reference.parts.tag.as_ref());
    let Some(list) = list else {
        let message = format!("the registry has no {name}:{tag}, and does not list the repository's tags");
        return Statement::new(Rule::MissingTag, message, CORRECT_TAG, site);
    };
    if list.tags.iter().any(|listed| listed == tag) {
        let message = format!("{name} lists the tag {tag}, and has no manifest for it");
        let help = "push the image again; a clean-up may have removed its manifest";
        return Statement::new(Rule::MissingTag, message, help, site);
    }
    let message = match &image.tag {
        None => format!("{name} has no tag latest, which a reference without a tag means"),
        Some(_) => format!("{name} has no tag {tag}"),
    };
    let mut statement = Statement::new(Rule::MissingTag, message, CORRECT_TAG, site);
    if let Some(near) = near {
        statement.suggestions.clone_from(&near.suggestions);
        match certain::of_tag(reference, image, near) {
            Some(fix) => statement.fixes.push(fix),
            None => statement.candidates.extend(candidate::of_tag(reference, image, near)),
        }
    }
    match statement.suggestions.as_slice() {
        [] => {}
        [one] => statement.help = Some(format!("did you mean {one}?")),
        several => statement.help = Some(format!("did you mean one of {}?", several.join(", "))),
    }
    statement
}

/// The remedy of a missing tag that resembles none.
const CORRECT_TAG: &str = "correct the tag, or push the image before this is merged";

/// A repository that is missing; `near` is a similar name whose repository has the requested tag or digest.
fn of_repository(reference: &Reference, image: &Image, near: Option<&String>) -> Statement {
    let message = format!("{} has no repository {}", image.registry, image.repository);
    let help = match near {
        Some(near) => format!("did you mean {near}? that repository has the requested image"),
        None => "correct the name, or push the image before this is merged".to_owned(),
    };
    let site = place(reference, reference.parts.repository.as_ref());
    let mut statement = Statement::new(Rule::MissingRepository, message, &help, site);
    statement.suggestions.extend(near.cloned());
    statement.candidates.extend(near.and_then(|near| candidate::of_repository(reference, image, near)));
    statement
}

/// A range of versions that no version matches, with the newest ones, or a text that is not a range.
fn of_range(reference: &Reference, name: &str, newest: Option<&Vec<String>>) -> Statement {
    let range = reference.range.as_deref().unwrap_or_default();
    let (rule, message, help) = match newest {
        None => (
            Rule::MalformedReference,
            format!("{range:?} is not a range of versions"),
            "write a range as Helm reads it: ^1.2, >=1.2 <2, 1.x".to_owned(),
        ),
        Some(newest) => {
            let help = match newest.as_slice() {
                [] => "none of its tags is a version".to_owned(),
                newest => format!("the newest versions: {}", newest.join(", ")),
            };
            (Rule::MissingTag, format!("no version of {name} is in the range {range}"), help)
        }
    };
    let mut statement = Statement::new(rule, message, &help, place(reference, None));
    statement.suggestions.extend(newest.into_iter().flatten().cloned());
    statement
}

/// A reference whose registry is a guess. An answer of the likely registry is not a verdict, but a warning is
/// given if it lacks the name.
pub(super) fn of_guess(reference: &Reference, image: &Image, answer: &Answer) -> Statement {
    const DECIDES: &str = "the chart decides which registry this image comes from";
    let Image { registry, repository, .. } = image;
    let fault = match answer {
        Answer::Missing(Missing::Repository | Missing::Misspelt(_)) => {
            Some(format!("{registry} has no repository {repository}"))
        }
        Answer::Unverified(Unverified { cause: Cause::MissingOrPrivate, .. }) => {
            Some(format!("{registry} has no repository {repository}, or denies it"))
        }
        _ => None,
    };
    let message = match &fault {
        Some(fault) => format!("{DECIDES}, and {fault}"),
        None => format!("{DECIDES}, so it was not checked"),
    };
    let help = "write the registry into the values to have the image checked";
    let site = place(reference, reference.parts.repository.as_ref());
    let severity = fault.map(|_| Severity::Warning);
    Statement { severity, ..Statement::new(Rule::UnknownRegistry, message, help, site) }
}

pub(super) fn of_unverified(reference: &Reference, unverified: &Unverified) -> Statement {
    let (rule, help) = match unverified.cause {
        Cause::RateLimited => (Rule::RateLimited, "log in for a higher limit, or run again later"),
        Cause::Unreachable => {
            (Rule::Unreachable, "nothing is known about the image; check the registry's name and the network")
        }
        Cause::RegistryError => {
            (Rule::RegistryError, "nothing is known about the image; retry once the registry recovers")
        }
        Cause::Deadline => {
            (Rule::Unreachable, "raise --deadline if the registry is slow; nothing is known about the image")
        }
        Cause::Unauthorized => (Rule::Unauthorized, "log in to the registry before this check"),
        Cause::Rejected => {
            (Rule::Unauthorized, "log in again, or correct the credentials that are named above")
        }
        Cause::MissingOrPrivate => {
            (Rule::MissingOrPrivate, "check the name, then whether the credentials may pull it")
        }
    };
    let part = reference.parts.repository.as_ref().filter(|_| rule == Rule::MissingOrPrivate);
    Statement::new(rule, unverified.detail.clone(), help, place(reference, part))
}

/// The verdict on a reference that is present.
pub(super) fn pulled(present: &Present) -> Verdict {
    Verdict::Present(Pulled {
        digest: present.digest.clone(),
        version: present.details().version.as_deref().map(Box::from),
        mirror: present.details().through.as_deref().map(Box::from),
        moved: match &present.details().tag {
            Some(TagState::Moved(digest)) => Some(digest.as_str().into()),
            _ => None,
        },
    })
}
