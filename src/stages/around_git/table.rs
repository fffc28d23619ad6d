//! The commands, actions and variables with which CI reaches a cluster.

use std::ops::Range;

use super::words::{Word, bare};

/// A place in a line that reaches a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reaches {
    /// The place, in bytes.
    pub(super) at: Range<usize>,
    /// The words of the command.
    pub(super) what: String,
    /// True if the cluster cannot be a test cluster that the file creates.
    pub(super) is_real: bool,
}

/// Programs with the verbs that change a cluster.
const VERBS: &[(&str, &[&str])] = &[
    (
        "kubectl",
        &[
            "apply",
            "create",
            "replace",
            "patch",
            "set",
            "delete",
            "scale",
            "rollout restart",
            "rollout undo",
            "run",
            "edit",
        ],
    ),
    (
        "oc",
        &[
            "apply",
            "create",
            "replace",
            "patch",
            "set",
            "delete",
            "scale",
            "rollout latest",
            "new-app",
            "start-build",
        ],
    ),
    ("helm", &["upgrade", "install", "uninstall", "rollback"]),
    ("helmfile", &["apply", "sync", "destroy"]),
    ("helmsman", &["--apply"]),
    ("argocd", &["app set", "app create", "app rollback", "app delete", "app patch"]),
    ("skaffold", &["run", "deploy", "apply"]),
    ("kapp", &["deploy", "delete"]),
    ("werf", &["converge", "dismiss"]),
    ("tk", &["apply", "delete"]),
    ("kluctl", &["deploy", "delete"]),
];

/// Commands that fetch the credentials of a cluster from a cloud.
const CREDENTIALS: &[&str] = &[
    "aws eks update-kubeconfig",
    "gcloud container clusters get-credentials",
    "gcloud container fleet memberships get-credentials",
    "az aks get-credentials",
    "doctl kubernetes cluster kubeconfig",
    "ibmcloud ks cluster config",
    "ibmcloud oc cluster config",
    "oci ce cluster create-kubeconfig",
    "linode-cli lke kubeconfig-view",
    "scw k8s kubeconfig",
    "civo kubernetes config",
    "yc managed-kubernetes cluster get-credentials",
    "rosa create kubeconfig",
    "tsh kube login",
    "oc login",
];

/// Actions, tasks and orbs that fetch credentials or deploy, by the start of their names, in lower case.
const ACTIONS: &[&str] = &[
    "google-github-actions/get-gke-credentials",
    "google-github-actions/deploy-gke",
    "azure/aks-set-context",
    "azure/k8s-set-context",
    "azure/k8s-deploy",
    "azure/k8s-create-secret",
    "deliverybot/helm",
    "redhat-actions/oc-login",
    "helmdeploy@",
    "kubernetesmanifest@",
    "kubernetes@",
    "atlassian/kubectl-run",
    "atlassian/aws-eks-kubectl-run",
    "atlassian/google-gke-kubectl-run",
    "atlassian/azure-aks-deploy",
    "aws-eks/update-kubeconfig-with-authenticator",
];

/// Variables with credentials of a cluster, by the start of their names.
const VARIABLES: [&str; 2] = ["KUBECONFIG", "KUBE_CONFIG"];

/// Texts of files that create a cluster for tests, in lower case.
const TEST_CLUSTERS: &[&str] = &[
    "kind create cluster",
    "create_kind",
    "kind_cluster",
    "kind-cluster",
    "kind-action",
    "setup-kind",
    "kindest/node",
    "k3d",
    "minikube",
    "microk8s",
    "ctlptl",
    "action-k3s",
    "actions-k3s",
    "talosctl cluster create",
];

/// Options of these programs that are followed by a value.
const WITH_VALUE: &[&str] = &[
    "-n",
    "--namespace",
    "--context",
    "--kubeconfig",
    "--kube-context",
    "-s",
    "--server",
    "--token",
    "--user",
    "--cluster",
    "--as",
    "-f",
    "--file",
    "-e",
    "--environment",
    "-l",
    "--selector",
    "--profile",
    "--region",
    "--project",
];

/// True if a file creates a cluster for its tests.
pub(super) fn has_test_cluster(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    TEST_CLUSTERS.iter().any(|words| text.contains(words))
}

/// The place of a command that reaches a cluster.
pub(super) fn reaches(words: &[Word<'_>]) -> Option<Reaches> {
    let command = bare(words);
    credentials(command).or_else(|| action(command)).or_else(|| verb(command)).or_else(|| variable(words))
}

fn credentials(command: &[Word<'_>]) -> Option<Reaches> {
    let words = without_options(command);
    CREDENTIALS.iter().find_map(|wanted| starting_with(&words, wanted, true))
}

fn action(command: &[Word<'_>]) -> Option<Reaches> {
    let word = command.first()?;
    let name = word.text.to_ascii_lowercase();
    let known = ACTIONS.iter().any(|action| name.starts_with(action));
    known.then(|| Reaches { at: word.start..word.end(), what: word.text.to_owned(), is_real: true })
}

fn verb(command: &[Word<'_>]) -> Option<Reaches> {
    let is_dry = |word: &Word<'_>| word.text.starts_with("--dry-run") && !word.text.ends_with("=none");
    if command.iter().any(is_dry) {
        return None;
    }
    let words = without_options(command);
    let program = words.first()?.text.rsplit('/').next()?;
    let (_, verbs) = VERBS.iter().find(|(name, _)| *name == program)?;
    verbs.iter().find_map(|verb| starting_with(&words, &format!("{} {verb}", words.first()?.text), false))
}

fn variable(command: &[Word<'_>]) -> Option<Reaches> {
    for word in command {
        let mut names = word.text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let name = names.find(|name| VARIABLES.iter().any(|variable| name.starts_with(variable)));
        if let Some(name) = name {
            return Some(Reaches { at: word.start..word.end(), what: name.to_owned(), is_real: false });
        }
    }
    None
}

/// The words without options, and without the values of those that have one.
fn without_options<'l>(command: &[Word<'l>]) -> Vec<Word<'l>> {
    let mut words = Vec::new();
    let mut is_value = false;
    for word in command {
        let is_option = word.text.starts_with('-') && word.text != "--apply";
        if !is_option && !is_value {
            words.push(*word);
        }
        is_value = is_option && WITH_VALUE.contains(&word.text);
    }
    words
}

/// The place of words at the start of a command.
fn starting_with(words: &[Word<'_>], wanted: &str, is_real: bool) -> Option<Reaches> {
    let mut end = None;
    let mut words = words.iter();
    let start = words.clone().next()?.start;
    for text in wanted.split(' ') {
        end = Some(words.next().filter(|word| word.text == text)?.end());
    }
    Some(Reaches { at: start..end?, what: wanted.to_owned(), is_real })
}
