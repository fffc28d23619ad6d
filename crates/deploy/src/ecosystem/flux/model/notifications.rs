//! The objects of Flux that send notifications, and the fields that decide if other objects have events to
//! report. Sources: the API definitions of notification-controller (`api/v1beta3`), kustomize-controller and
//! helm-controller.

use model::Resource;
use source::Site;
use yaml::Node;

use crate::document::Document;
use crate::ecosystem::suspension::suspended_by;

use super::{HELM, KUSTOMIZE};

const NOTIFICATION: &str = "notification.toolkit.fluxcd.io";
/// The version of the API in which Alerts and Providers are written.
const CURRENT: &str = "notification.toolkit.fluxcd.io/v1beta3";

/// A field or version that a newer version writes in another way, or that no version has.
#[derive(Clone, Debug)]
pub struct Obsolete {
    /// Its place.
    pub site: Site,
    /// The name: a version, or the path of a field.
    pub name: String,
    /// The current form.
    pub instead: &'static str,
}

/// A regular expression that messages are matched with.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Its place.
    pub site: Site,
    /// The expression.
    pub text: String,
}

/// An `Alert`, which passes events to a Provider.
#[derive(Clone, Debug)]
pub struct Alert {
    /// Its identity.
    pub resource: Resource,
    /// The place of its name.
    pub site: Site,
    /// The name of its Provider, which is in its own namespace.
    pub provider: String,
    /// The objects whose events it takes.
    pub sources: Vec<EventSource>,
    /// Only messages that match one of these are sent, if there are any.
    pub inclusion: Vec<Pattern>,
    /// Messages that match one of these are not sent.
    pub exclusion: Vec<Pattern>,
    /// The place that suspends it.
    pub suspended: Option<Site>,
    /// The parts of it that are obsolete.
    pub obsolete: Vec<Obsolete>,
}

/// An entry of `eventSources`.
#[derive(Clone, Debug)]
pub struct EventSource {
    /// The kind of the objects.
    pub kind: String,
    /// Their name; `*` for all.
    pub name: String,
    /// Their namespace; `None` for that of the Alert.
    pub namespace: Option<String>,
    /// Labels that they have.
    pub labels: Vec<(String, String)>,
}

/// A `Provider`, which sends events somewhere.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its identity.
    pub resource: Resource,
    /// The place of its type, or of its name if it has none.
    pub site: Site,
    /// Its type, as in `generic-hmac`.
    pub kind: String,
    /// True if it names a Secret.
    pub has_secret: bool,
    /// The parts of it that are obsolete.
    pub obsolete: Vec<Obsolete>,
}

impl Alert {
    /// Reads a document; `None` for another kind.
    pub(crate) fn read(document: &Document) -> Option<Self> {
        let resource = document.resource().filter(|_| document.is(NOTIFICATION, "Alert"))?;
        let root = &document.root;
        let list = |key: &str| root.at(&["spec", key]).map(Node::items).unwrap_or_default();
        let mut obsolete = old_version(document);
        for (field, instead) in
            [("summary", "eventMetadata with the key summary"), ("inclusionRules", "inclusionList")]
        {
            if let Some(node) = root.at(&["spec", field]) {
                obsolete.push(Obsolete { site: node.site(), name: format!("spec.{field}"), instead });
            }
        }
        Some(Self {
            resource: resource.clone(),
            site: name_of(document),
            provider: text(root, &["spec", "providerRef", "name"]),
            sources: list("eventSources").iter().map(EventSource::read).collect(),
            inclusion: patterns(list("inclusionList")),
            exclusion: patterns(list("exclusionList")),
            suspended: suspended_by(document),
            obsolete,
        })
    }
}

impl EventSource {
    fn read(node: &Node) -> Self {
        let labels = texts(node.get("matchLabels"));
        let namespace = node.get("namespace").and_then(Node::scalar).map(str::to_owned);
        Self { kind: text(node, &["kind"]), name: text(node, &["name"]), namespace, labels }
    }
}

impl Provider {
    /// Reads a document; `None` for another kind.
    pub(crate) fn read(document: &Document) -> Option<Self> {
        let resource = document.resource().filter(|_| document.is(NOTIFICATION, "Provider"))?;
        let kind = document.root.at(&["spec", "type"]);
        Some(Self {
            resource: resource.clone(),
            site: kind.map_or_else(|| name_of(document), Node::site),
            kind: kind.and_then(Node::scalar).unwrap_or_default().to_owned(),
            has_secret: document.root.at(&["spec", "secretRef", "name"]).is_some(),
            obsolete: old_version(document),
        })
    }
}

/// The place of the name of an object.
pub(crate) fn name_of(document: &Document) -> Site {
    document.root.at(&["metadata", "name"]).unwrap_or(&document.root).site()
}

/// True if an object of Flux makes the controller wait for the applied resources, so that their failure is an
/// event; `None` for a kind without such a wait.
pub(crate) fn waits(document: &Document) -> Option<bool> {
    let is_true = |path: &[&str]| document.root.at(path).and_then(Node::scalar) == Some("true");
    if document.is(KUSTOMIZE, "Kustomization") {
        let checks = document.root.at(&["spec", "healthChecks"]).map(Node::items).unwrap_or_default();
        return Some(is_true(&["spec", "wait"]) || !checks.is_empty());
    }
    let disabled = ["install", "upgrade"].iter().any(|step| is_true(&["spec", step, "disableWait"]));
    document.is(HELM, "HelmRelease").then_some(!disabled)
}

fn old_version(document: &Document) -> Vec<Obsolete> {
    let version = document.root.get("apiVersion").filter(|version| version.scalar() != Some(CURRENT));
    let old = |node: &Node| Obsolete {
        site: node.site(),
        name: node.scalar().unwrap_or_default().to_owned(),
        instead: CURRENT,
    };
    version.map(old).into_iter().collect()
}

fn patterns(nodes: &[Node]) -> Vec<Pattern> {
    let pattern = |node: &Node| Some(Pattern { site: node.site(), text: node.scalar()?.to_owned() });
    nodes.iter().filter_map(pattern).collect()
}

/// The entries of a mapping of texts.
pub(crate) fn texts(mapping: Option<&Node>) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for (key, value) in mapping.map(Node::entries).unwrap_or_default() {
        texts.extend(key.scalar().zip(value.scalar()).map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
    texts
}

fn text(node: &Node, path: &[&str]) -> String {
    node.at(path).and_then(Node::scalar).unwrap_or_default().to_owned()
}
