//! Kustomizations: the resources that `kustomize build` generates from a root, with the place of every value.
//! Source: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/>.

mod budget;
mod builder;
mod built;
mod charts;
mod check;
mod entry;
mod fields;
mod generate;
mod images;
mod item;
mod json_patch;
mod labels;
mod layer;
pub(crate) mod literal;
mod merge;
pub(crate) mod model;
mod patch;
mod path;
mod pattern;
mod post_render;
mod problem;
pub(crate) mod references;
mod replacement;
mod selector;
mod steering;
mod transform;
mod vars;
mod work;

pub(crate) use builder::{Only, build};
pub(crate) use built::Built;
pub(crate) use charts::changed_images;
pub(crate) use layer::Layer;
pub(crate) use post_render::post_rendered;
pub(crate) use steering::{adds_fields, steering};

#[cfg(test)]
mod tests;
