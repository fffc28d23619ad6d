//! Kinds of custom resources that no other extractor knows: a complete reference under the key `image` is a
//! reference, and other fields that look like images are reported once for each kind.

use model::{FileProblem, Rule};
use yaml::Node;

use crate::document::{Document, Role};
use crate::ecosystem::custom::is_known;
use crate::ecosystem::kubernetes::pod_spec::CONTAINER_LISTS;
use crate::engine::broken;
use crate::reference::claim::{Claim, Shape};
use crate::reference::complete::is_complete;
use crate::reference::extractor::Extractor;
use crate::reference::found::Found;
use crate::reference::walk::{Path, TooMuch, mappings};

/// API groups, or the ends of their names, whose kinds are known: their image fields are read by other code,
/// or do not name pulled images.
const KNOWN_GROUPS: &[&str] = &[
    "k8s.io",
    "x-k8s.io",
    "fluxcd.io",
    "argoproj.io",
    "tekton.dev",
    "kyverno.io",
    "cattle.io",
    "projectsveltos.io",
    "openshift.io",
    "carvel.dev",
    // Images that these kinds push, machine images, and lists of images.
    "shipwright.io",
    "kpack.io",
    "kubevirt.io",
    "harvesterhci.io",
    "eraser.sh",
    "metal3.io",
    "k8s.aws",
    // A prefix of images.
    "mysql.oracle.com",
];

/// Extracts references from kinds that no other extractor knows.
pub(crate) struct UnknownKinds;

impl Extractor for UnknownKinds {
    fn name(&self) -> &'static str {
        "unknown-kind"
    }

    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch> {
        let (Role::Manifest(_), Some((group, kind))) = (&document.role, document.group_and_kind()) else {
            return Ok(());
        };
        // A kustomization that names the image fields of the kind knows it.
        if !is_unknown(group, kind) || !document.beside.images.is_empty() {
            return Ok(());
        }
        let mut unread: Option<Node> = None;
        mappings(&document.root, "", |visit| {
            if visit.path.as_str() == "status" {
                return false;
            }
            visit.node.each_entry(|key, value| {
                let Some(name) = key.scalar() else { return };
                // The images of containers are read with the pod specs.
                if !CONTAINER_LISTS.contains(&visit.key) && holds_images(name, value) {
                    _ = unread.get_or_insert_with(|| key.clone());
                }
                if !is_written(value) {
                    return;
                }
                if name == "image" && is_complete(value) {
                    let (field, shape) = (visit.path.key(name), Shape::Text(value.clone()));
                    found.claim(Claim::strict(field, shape));
                } else if looks_like_an_image(name)
                    || is_text_with_images(value)
                    || is_outside_of_metadata(visit.path, value)
                {
                    _ = unread.get_or_insert_with(|| key.clone());
                }
            });
            true
        })?;
        if let Some(key) = unread {
            found.not_checked(not_known(document, &key, group, kind));
        }
        Ok(())
    }
}

fn is_unknown(group: &str, kind: &str) -> bool {
    let is_custom = group.contains('.');
    let is_other = KNOWN_GROUPS.iter().any(|known| group == *known || group.ends_with(&format!(".{known}")));
    is_custom && !is_other && !is_known(group, kind)
}

/// True if a list or a mapping contains images: `images` with complete references, or the parts of an image.
fn holds_images(key: &str, value: &Node) -> bool {
    let lower = key.to_ascii_lowercase();
    if lower.ends_with("image") && value.is_mapping() {
        return value.get("repository").is_some() || value.get("tag").is_some();
    }
    let mut is_complete_inside = value.items().iter().any(is_complete);
    value.each_entry(|_, item| is_complete_inside |= is_complete(item));
    lower.ends_with("images") && is_complete_inside
}

fn is_written(value: &Node) -> bool {
    value.scalar().is_some_and(|text| !text.is_empty()) && !value.is_null()
}

fn looks_like_an_image(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["image", "imagetag", "imagerepository", "imagename"].iter().any(|end| key.ends_with(end))
}

/// True for a complete reference under any key outside of the metadata. Annotations and labels are texts for people and tools.
fn is_outside_of_metadata(path: &Path, value: &Node) -> bool {
    !path.as_str().starts_with("metadata") && is_complete(value)
}

/// True for a text on several lines that names images, for example the manifests of a `ResourceSet`.
fn is_text_with_images(value: &Node) -> bool {
    value.scalar().is_some_and(|text| text.contains('\n') && broken::image_lines(text) > 0)
}

fn not_known(document: &Document, key: &Node, group: &str, kind: &str) -> FileProblem {
    let site = key.site();
    FileProblem {
        rule: Rule::NotChecked,
        path: site.file.path().clone(),
        cause: format!("unknown-kind {group}/{kind}"),
        message: format!(
            "{kind} ({group}) has fields or texts that look like images; this kind is not known, so they were not checked"
        ),
        help: Some("write a complete reference under `image`, or report the kind to the project".to_owned()),
        about: broken::hash(document.root.site().text()),
        site: Some(site),
    }
}
