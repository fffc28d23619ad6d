//! The request to a registry for a reference.

use std::sync::Arc;

use image::Image;
use model::policy::Policy;
use model::{Kind, Reference, Target};
use registry::{Numbers, Subject};

/// A request to a registry.
pub(in crate::stages) type Request = (Arc<Image>, Subject);

/// The request for a reference; `None` if it names no image, every rule is ignored, or its registry is
/// declared unreachable from here.
pub(in crate::stages) fn request(reference: &Reference, policy: &Policy) -> Option<Request> {
    let Target::Known(image) = &reference.target else { return None };
    let passed = policy.ignore(&[reference.site.file.path()], &reference.names(), None).is_some()
        || policy.declared(&image.registry).is_some();
    if passed {
        return None;
    }
    let subject = match (reference.kind, &reference.range) {
        (_, Some(range)) => Subject::Range(range.to_string(), numbers(reference)),
        (Kind::Image, None) => Subject::Image,
        (Kind::Chart | Kind::Artifact, None) => Subject::Artifact,
        (Kind::Repository, None) => Subject::Repository,
    };
    Some((Arc::clone(image), subject))
}

/// The versions that the reader of a range accepts.
fn numbers(reference: &Reference) -> Numbers {
    let is_oci_repository = &*reference.field == "spec.ref.semver";
    if is_oci_repository || reference.extractor == "argo-cd" { Numbers::Loose } else { Numbers::Strict }
}
