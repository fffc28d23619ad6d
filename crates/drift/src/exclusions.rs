//! The reasons for which something is not compared, with all that was left out for each.

use std::collections::BTreeMap;

use model::LeftOut;
use model::drift::Excluded;

/// A reason not to compare something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A container in pods that their workload does not have.
    Injected,
    /// A container that people have added to a pod to look into it.
    Ephemeral,
    /// A workload of an operator.
    Operated,
    /// A pod that a node runs from a file.
    StaticPod,
    /// A part of the system.
    System,
    /// A hook of Helm or Argo CD.
    Hook,
    /// A Job or a pod of its own that has ended.
    Finished,
    /// A pod that has ended.
    EndedPod,
    /// A ReplicaSet of an earlier template.
    OldReplicaSet,
    /// A Job that a schedule has started.
    ScheduledJob,
    /// A pod of the template before, during a rollout or of a job.
    Rolling,
    /// A workload that names no deployer.
    Unmanaged,
    /// A workload whose deployer is not in this repository.
    OtherSource,
    /// A workload of a Helm release that was not rendered.
    NotRendered,
    /// A workload of a namespace that is not compared.
    OtherNamespace,
    /// Git: a container of a namespace that is not compared.
    OtherNamespaceInGit,
    /// Git: a unit of another root.
    OtherRoot,
    /// Git: a unit of another cluster.
    OtherCluster,
    /// Git: a chart that nothing releases.
    NotDeployed,
    /// Git: a file that a kustomization beside or above it does not include.
    NotIncluded,
    /// Git: a file that is an export of a cluster.
    Export,
    /// Git: a hook.
    HookInGit,
    /// Git: a Job that may have ended and been removed.
    JobInGit,
    /// Git: a Job that has ended.
    FinishedInGit,
    /// Git: a custom resource that runs no pod in the dump.
    CustomResource,
    /// Git: a reference that is no container of a workload.
    NoContainer,
}

/// The word for containers of Git that nothing known deploys.
pub const NOT_INCLUDED: &str = "not-included";

impl Reason {
    /// The word, and the sentence.
    fn described(self) -> (&'static str, &'static str) {
        match self {
            Self::Injected => ("injected", "in pods, and not in their workload: a webhook adds it"),
            Self::Ephemeral => ("ephemeral", "added to a running pod to look into it"),
            Self::Operated => ("operated", "an operator makes it, and the resource in Git names no image"),
            Self::StaticPod => ("static-pod", "a node runs it from a file"),
            Self::System => ("system", "a part of Kubernetes or of its provider"),
            Self::Hook => ("hook", "a hook or a test of Helm or Argo CD"),
            Self::Finished => ("finished", "the Job or the pod has ended"),
            Self::EndedPod => ("ended-pod", "the pod has ended"),
            Self::OldReplicaSet => ("old-replicaset", "of an earlier template, without pods"),
            Self::ScheduledJob => ("scheduled-job", "the owner that starts it is compared"),
            Self::Rolling => ("rolling", "of the template before, while a rollout or a job is under way"),
            Self::Unmanaged => ("unmanaged", "neither in Git nor labelled by a deployer"),
            Self::OtherSource => ("other-source", "its deployer is not in this repository"),
            Self::NotRendered => ("not-rendered", "of a Helm release whose values in Git name no such image"),
            Self::OtherNamespace => ("other-namespace", "its namespace is not one of --namespace"),
            Self::OtherNamespaceInGit => (
                "other-namespace-in-git",
                "Git names no namespace for it, or one that is not one of --namespace",
            ),
            Self::OtherRoot => ("other-root", "not below --root"),
            Self::OtherCluster => {
                ("other-cluster", "neither its deployer nor any of its namespaces is in the dump")
            }
            Self::NotDeployed => ("not-deployed", "of a chart that nothing in Git releases"),
            Self::NotIncluded => (NOT_INCLUDED, LeftOut::NotIncluded.why()),
            Self::Export => ("export", LeftOut::Export.why()),
            Self::HookInGit => ("hook-in-git", "a hook or a test of Helm or Argo CD"),
            Self::JobInGit => ("job-in-git", "a Job that may have ended and been removed"),
            Self::FinishedInGit => ("finished-in-git", "the Job or the pod has ended in the cluster"),
            Self::CustomResource => {
                ("custom-resource", "of a kind that is not in the dump, and owns nothing there")
            }
            Self::NoContainer => ("no-container", "a value or a field, and no container of a workload"),
        }
    }

    /// The side that the things are on.
    fn side(self) -> &'static str {
        match self {
            Self::OtherNamespaceInGit
            | Self::OtherRoot
            | Self::OtherCluster
            | Self::NotDeployed
            | Self::NotIncluded
            | Self::Export
            | Self::HookInGit
            | Self::JobInGit
            | Self::FinishedInGit
            | Self::CustomResource
            | Self::NoContainer => "git",
            _ => "cluster",
        }
    }

    /// The things.
    fn things(self) -> &'static str {
        match self {
            Self::EndedPod | Self::Rolling => "pod",
            Self::OldReplicaSet => "replicaset",
            Self::ScheduledJob => "job",
            Self::NoContainer => "reference",
            _ => "container",
        }
    }
}

/// Everything that was left out.
#[derive(Clone, Debug, Default)]
pub struct Exclusions(BTreeMap<Reason, Vec<String>>);

impl Exclusions {
    /// Leaves something out.
    pub(crate) fn add(&mut self, reason: Reason, name: String) {
        self.0.entry(reason).or_default().push(name);
    }

    /// Leaves out some things under one name.
    pub(crate) fn add_several(&mut self, reason: Reason, count: usize, name: &str) {
        if count > 0 {
            let names = std::iter::repeat_n(name.to_owned(), count);
            self.0.entry(reason).or_default().extend(names);
        }
    }

    /// The entries of the report.
    pub fn into_entries(self) -> Vec<Excluded> {
        let mut entries = Vec::new();
        for (reason, mut names) in self.0 {
            let (word, why) = reason.described();
            let count = names.len();
            names.sort();
            names.dedup();
            entries.push(Excluded {
                reason: word.to_owned(),
                why: why.to_owned(),
                side: reason.side().to_owned(),
                what: reason.things().to_owned(),
                count,
                names,
            });
        }
        entries
    }
}
