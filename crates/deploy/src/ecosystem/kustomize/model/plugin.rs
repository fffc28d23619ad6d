//! The configuration of kustomize's transformers: files of `configurations`, and transformers that are configured as
//! resources.

use yaml::Node;

use super::kustomization::{ImageEntry, Kustomization, Labels, PatchEntry, Replacement, Replicas};
use super::read::{entries, list, written};

/// The fields that a file of `configurations` adds and that decide images.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    /// The fields of resources that contain images.
    pub(crate) images: Vec<Node>,
    /// The fields in which `vars` are replaced.
    pub(crate) var_references: Vec<Node>,
}

impl Configuration {
    pub(crate) fn read(root: &Node) -> Self {
        Self { images: list(root, "images"), var_references: list(root, "varReference") }
    }
}

/// The effect of a built-in transformer of kustomize: that of a kustomization with only these fields.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transformer {
    pub(crate) fields: Kustomization,
    /// For an `ImageTagTransformer`: the fields of resources that contain images.
    pub(crate) image_fields: Option<Vec<Node>>,
}

impl Transformer {
    /// Reads the configuration of a built-in transformer; other kinds have no effect on images.
    pub(crate) fn read(kind: &str, root: &Node) -> Self {
        let mut read = Self::default();
        let fields = &mut read.fields;
        match kind {
            "PatchTransformer" => fields.patches.push(PatchEntry::read(root)),
            "PatchJson6902Transformer" => {
                let mut patch = PatchEntry::read(root);
                patch.inline = written(root, "jsonOp");
                fields.patches_json6902.push(patch);
            }
            "PatchStrategicMergeTransformer" => {
                fields.patches_strategic_merge = list(root, "paths");
                fields.patches_strategic_merge.extend(root.get("patches").cloned());
            }
            "ImageTagTransformer" => {
                fields.images.extend(root.get("imageTag").map(ImageEntry::read));
                read.image_fields = Some(list(root, "fieldSpecs"));
            }
            "ReplacementTransformer" => {
                fields.replacements = entries(root, "replacements", Replacement::read);
            }
            "NamespaceTransformer" => fields.namespace = root.at(&["metadata", "namespace"]).cloned(),
            "PrefixTransformer" => fields.name_prefix = written(root, "prefix"),
            "SuffixTransformer" => fields.name_suffix = written(root, "suffix"),
            "PrefixSuffixTransformer" => {
                fields.name_prefix = written(root, "prefix");
                fields.name_suffix = written(root, "suffix");
            }
            "ReplicaCountTransformer" => {
                fields.replicas.extend(root.get("replica").and_then(Replicas::read));
            }
            "LabelTransformer" => fields.labels.extend(root.get("labels").map(Labels::common)),
            "AnnotationsTransformer" => fields.annotations.extend(root.get("annotations").cloned()),
            _ => {}
        }
        read
    }
}
