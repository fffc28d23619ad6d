//! The configuration of kustomize's transformers: files of `configurations`, and transformers that are configured as
//! resources.

use yaml::Node;

use super::kustomization::{ImageEntry, Kustomization, Labels, PatchEntry, Replacement};
use super::read::{entries, list, written};

/// The fields that a file of `configurations` adds, as far as they decide images.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    /// Where resources hold images.
    pub(crate) images: Vec<Node>,
    /// Where `vars` are replaced.
    pub(crate) var_references: Vec<Node>,
}

impl Configuration {
    pub(crate) fn read(root: &Node) -> Self {
        Self { images: list(root, "images"), var_references: list(root, "varReference") }
    }
}

/// What one of kustomize's own transformers does: the same as a kustomization with these fields alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transformer {
    pub(crate) fields: Kustomization,
    /// Of an `ImageTagTransformer`: where resources hold images.
    pub(crate) image_fields: Option<Vec<Node>>,
}

impl Transformer {
    /// Reads the configuration of a transformer of kustomize; of other kinds nothing is known to change.
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
            "LabelTransformer" => fields.labels.extend(root.get("labels").map(Labels::common)),
            "AnnotationsTransformer" => fields.annotations.extend(root.get("annotations").cloned()),
            _ => {}
        }
        read
    }
}
