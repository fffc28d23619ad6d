//! The fields of a kustomization and of the configuration of kustomize's own plug-ins, with the place of every
//! value. No other code about kustomize knows the names of these fields.
//! Source: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/>.

mod canonical;
mod chart;
mod kustomization;
mod plugin;
mod read;
pub(crate) mod schema;

pub(crate) use canonical::canonical;
pub(crate) use chart::{ChartOptions, HelmChart, ValuesMerge};
pub(crate) use kustomization::{
    Generated, GeneratedKind, ImageEntry, Kustomization, PatchEntry, Replacement, Replicas, Var,
    has_fields_beside,
};
pub(crate) use plugin::{Configuration, Transformer};
