//! Kubernetes: its workloads.

pub(crate) mod pod_spec;
pub(crate) mod references;
