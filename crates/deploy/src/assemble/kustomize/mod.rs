//! Kustomizations: the resources that `kustomize build` makes of a root, with the place of every value.
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
mod layer;
mod merge;
pub(crate) mod model;
mod patch;
mod path;
mod problem;
mod replacement;
mod selector;
mod transform;
mod vars;
mod work;

pub(super) use builder::{Only, build};
pub(super) use built::Built;
pub(super) use layer::Layer;

#[cfg(test)]
mod tests;
