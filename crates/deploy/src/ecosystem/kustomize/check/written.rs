//! Image fields that transformers write besides those that are evaluated: a prefix, a namespace, a label or any other
//! value may be written into any field that a configuration names.

use model::FileProblem;
use yaml::Node;

use crate::ecosystem::kustomize::model::Kustomization;
use crate::ecosystem::kustomize::problem::unverified;

/// The ends of names of fields that are an image or a part of one, in lower case.
const IMAGE_ENDS: &[&str] = &["image", "images"];
/// The names of other parts of an image.
const IMAGE_PARTS: &[&str] =
    &["reference", "repository", "registry", "tag", "digest", "newname", "newtag", "imagename", "imagetag"];
/// The names of fields that decide a chart or an artifact.
const SOURCES: &[&str] = &["version", "chart", "targetrevision", "repourl", "url"];
/// The sections of a configuration whose fields get labels or annotations.
const PAIRS: &[&str] =
    &["commonLabels", "labels", "templateLabels", "volumeClaimTemplateLabels", "commonAnnotations"];
/// The other sections whose fields are not evaluated.
const TEXTS: &[&str] = &["namePrefix", "nameSuffix", "namespace", "replicas"];

/// The problem of a built-in transformer that may write an image field.
pub(crate) fn transformer(kind: &str, root: &Node) -> Option<FileProblem> {
    let file = root.get("targetFilePath").filter(|path| path.scalar().is_some_and(|path| !path.is_empty()));
    match kind {
        "ValueAddTransformer" if file.is_some() => file.map(|file| {
            unverified(file, "image-field", "the fields that this file names are not evaluated".to_owned())
        }),
        "ValueAddTransformer" => {
            root.list("targets").iter().filter_map(|target| target.get("fieldPath")).find_map(image_field)
        }
        // The fields of images are evaluated.
        "ImageTagTransformer" => None,
        _ => {
            let specs = root.list("fieldSpecs");
            let pairs = root.get("labels").into_iter().chain(root.get("annotations"));
            paths(specs).find_map(image_field).or_else(|| paired(pairs, specs.iter().any(is_other)))
        }
    }
}

/// The problem of a file of `configurations` whose fields include an image field.
pub(crate) fn configured(root: &Node) -> Option<FileProblem> {
    let references = root.list("nameReference").iter().flat_map(|entry| entry.list("fieldSpecs"));
    let texts = PAIRS.iter().chain(TEXTS).flat_map(|section| root.list(section));
    references.chain(texts).filter_map(|spec| spec.get("path")).find_map(image_field)
}

/// The fields of a file of `configurations` for labels or annotations that are not those of labels and annotations.
pub(crate) fn other_pair_fields(root: &Node) -> impl Iterator<Item = Node> {
    PAIRS.iter().flat_map(|section| root.list(section)).filter(|spec| is_other(spec)).cloned()
}

/// The problem of labels or annotations that are written into other fields, as a kustomization or its `configurations`
/// name them. `is_configured`: the latter name such fields.
pub(crate) fn labelled(kustomization: &Kustomization, is_configured: bool) -> Option<FileProblem> {
    let labels = kustomization.labels.iter().find_map(|labels| {
        let is_written = is_configured || labels.fields.iter().any(is_other);
        paths(&labels.fields)
            .find_map(image_field)
            .or_else(|| paired(std::iter::once(&labels.pairs), is_written))
    });
    labels.or_else(|| paired(kustomization.annotations.iter(), is_configured))
}

/// The problem of a label or an annotation with the name of an image field. `is_written`: they are written into other
/// fields.
fn paired<'n>(all: impl Iterator<Item = &'n Node>, is_written: bool) -> Option<FileProblem> {
    let mut found = None;
    for pairs in all.filter(|_| is_written) {
        pairs.each_entry(|key, _| {
            if found.is_none() && key.scalar().is_some_and(|name| is_image(&name.to_ascii_lowercase())) {
                found = Some(problem(key));
            }
        });
    }
    found
}

fn paths(specs: &[Node]) -> impl Iterator<Item = &Node> {
    specs.iter().filter_map(|spec| spec.get("path"))
}

/// True if a field is not one of labels, annotations or a selector.
fn is_other(spec: &Node) -> bool {
    let name = spec.get("path").and_then(Node::scalar).map(last_name).unwrap_or_default();
    !["label", "annotation", "selector"].iter().any(|usual| name.contains(usual))
}

/// The problem of a path that leads to an image field.
fn image_field(path: &Node) -> Option<FileProblem> {
    let name = last_name(path.scalar()?);
    (is_image(&name) || SOURCES.contains(&&*name)).then(|| problem(path))
}

fn problem(at: &Node) -> FileProblem {
    let name = at.scalar().unwrap_or_default();
    let message = format!("a value is written into an image field here, and is not evaluated: {name}");
    unverified(at, "image-field", message)
}

fn is_image(name: &str) -> bool {
    IMAGE_ENDS.iter().any(|end| name.ends_with(end)) || IMAGE_PARTS.contains(&name)
}

/// The last name of a path in lower case, without the indexes of lists.
fn last_name(path: &str) -> String {
    let mut names = path.split(['/', '.']).map(|name| name.trim_end_matches("[]")).rev();
    let is_name =
        |name: &&str| !name.is_empty() && name.parse::<usize>().is_err() && !matches!(*name, "*" | "-");
    names.find(is_name).unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use source::{RepoPath, SourceFile};

    use super::transformer;

    #[test]
    fn the_fields_of_images_are_those_that_are_evaluated() {
        for (kind, expected) in [("ImageTagTransformer", false), ("PrefixTransformer", true)] {
            let text = "fieldSpecs: [{path: spec/image}]";
            let file = Arc::new(SourceFile::of_text(RepoPath::new("a.yaml"), text));
            yaml::each_document(&file, |document| {
                assert_eq!(transformer(kind, &document.unwrap()).is_some(), expected, "{kind}");
            });
        }
    }
}
