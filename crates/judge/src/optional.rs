//! Statements of the rules that a repository can enable: mutable tags, digests, registries. They depend only
//! on the reference, and change no verdict.

use image::Image;
use model::policy::{Allowed, Level, Rules};
use model::{Kind, Reference, Rule, Target};

use super::statement::{Statement, place};

/// Maximum number of allowed registries that are named.
const MOST_NAMED: usize = 5;

/// The statements about a reference. There is none about a reference without an effective image.
pub(super) fn statements(reference: &Reference, rules: &Rules) -> Vec<Statement> {
    let Target::Known(image) = &reference.target else { return Vec::new() };
    let is_on = |rule: Rule| matches!(rules.level(rule), Some(Level::Reported(_)));
    let mut statements = Vec::new();
    if is_on(Rule::MutableTag) {
        statements.extend(mutable_tag(reference, image, rules));
    }
    if is_on(Rule::DigestRequired) {
        statements.extend(digest_required(reference, image));
    }
    if is_on(Rule::RegistryNotAllowed) {
        statements.extend(registry_not_allowed(reference, image, rules));
    }
    statements
}

/// True if the tag of a container image may be judged. A chart that decides the registry may decide an absent tag too.
fn has_known_tag(reference: &Reference, image: &Image) -> bool {
    reference.kind == Kind::Image && !(reference.registry_unknown && image.tag.is_none())
}

/// A mutable tag without a digest.
fn mutable_tag(reference: &Reference, image: &Image, rules: &Rules) -> Option<Statement> {
    let tag = image.effective_tag().filter(|_| image.digest.is_none() && has_known_tag(reference, image))?;
    let patterns = rules.mutable_tags.as_ref()?;
    if !patterns.fit(&tag.to_ascii_lowercase()) {
        return None;
    }
    let name = image.name();
    let message = match &image.tag {
        Some(tag) => {
            format!("the tag {tag} of {name} moves, so the running image may change without a commit")
        }
        None => {
            format!("{name} has no tag, which means latest, so the running image may change without a commit")
        }
    };
    let help = "write the tag of a version, or add the digest: pullable pin writes it";
    Some(Statement::new(Rule::MutableTag, message, help, place(reference, reference.parts.tag.as_ref())))
}

/// A container image without a digest.
fn digest_required(reference: &Reference, image: &Image) -> Option<Statement> {
    if image.digest.is_some() || !has_known_tag(reference, image) {
        return None;
    }
    let message = format!("{image} has no digest, so the running image may change without a commit");
    let help = "pullable pin adds the digest of the tag";
    Some(Statement::new(Rule::DigestRequired, message, help, place(reference, reference.parts.tag.as_ref())))
}

/// A registry that is not allowed. A guessed registry is neither allowed nor refused: `unknown-registry`
/// reports it.
fn registry_not_allowed(reference: &Reference, image: &Image, rules: &Rules) -> Option<Statement> {
    let is_covered = |allowed: &Allowed| allowed.covers(&image.registry, &image.repository);
    if reference.registry_unknown || rules.allowed.iter().any(is_covered) {
        return None;
    }
    let message = format!("{} is in none of the allowed registries", image.name());
    let help = format!("use an image of {}", named(&rules.allowed));
    let site = place(reference, reference.parts.repository.as_ref());
    Some(Statement::new(Rule::RegistryNotAllowed, message, &help, site))
}

/// `ghcr.io/acme, docker.io/library and 2 more`.
fn named(allowed: &[Allowed]) -> String {
    let names: Vec<String> = allowed.iter().take(MOST_NAMED).map(Allowed::to_string).collect();
    let more = allowed.len().saturating_sub(names.len());
    let names = names.join(", ");
    if more == 0 { names } else { format!("{names} and {more} more") }
}
