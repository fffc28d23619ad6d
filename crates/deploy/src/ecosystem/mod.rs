//! The ecosystems. Each knows its own field names and API strings; no other part of the code does.

pub(crate) mod argo_cd;
pub(crate) mod argo_workflows;
pub(crate) mod custom;
pub(crate) mod flux;
pub(crate) mod helm;
pub(crate) mod kubernetes;
pub(crate) mod kustomize;
pub(crate) mod kyverno;
pub(crate) mod nested;
pub(crate) mod suspension;
pub(crate) mod tekton;
pub(crate) mod unknown;

use crate::reference::extractor::Extractor;

/// All extractors. A new ecosystem is one file and a line here.
pub(crate) static EXTRACTORS: &[&dyn Extractor] = &[
    &kubernetes::references::Kubernetes,
    &helm::values::HelmValues,
    &kustomize::references::Kustomize,
    &flux::references::Flux,
    &argo_cd::references::ArgoCd,
    &helm::charts::Charts,
    &argo_workflows::ArgoWorkflows,
    &tekton::Tekton,
    &kyverno::Kyverno,
    &custom::CustomResources,
    &nested::Nested,
    &unknown::UnknownKinds,
];
