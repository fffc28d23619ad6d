//! The notifications of Argo CD: the config map with templates, triggers and subscriptions, and the annotations of
//! Applications. Source: <https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/>.

use std::collections::BTreeSet;

use source::Site;
use yaml::Node;

use crate::document::Document;

use super::{is_application, is_project, is_set};

/// The name of the config map.
const CONFIG_MAP: &str = "argocd-notifications-cm";
/// The beginning of an annotation that subscribes to a trigger: `.TRIGGER.SERVICE` follows, or `.SERVICE` for the default
/// triggers.
const SUBSCRIBE: &str = "notifications.argoproj.io/subscribe.";
/// The annotation with a list of subscriptions.
const SUBSCRIPTIONS: &str = "notifications.argoproj.io/subscriptions";

/// The content of the config map.
#[derive(Clone, Debug)]
pub struct Notifications {
    /// The place of its name.
    pub site: Site,
    /// The templates, each with its text.
    pub templates: Vec<(String, String)>,
    /// The triggers, each with its text.
    pub triggers: Vec<(String, String)>,
    /// The texts that subscribe every Application: `subscriptions` and `defaultTriggers`.
    pub subscriptions: String,
}

impl Notifications {
    /// Reads a document; `None` for another one.
    pub(crate) fn read(document: &Document) -> Option<Self> {
        let resource = document.resource().filter(|_| document.is("", "ConfigMap"))?;
        if resource.name.as_deref() != Some(CONFIG_MAP) {
            return None;
        }
        let name = document.root.at(&["metadata", "name"]).unwrap_or(&document.root);
        let mut found = Self {
            site: name.site(),
            templates: Vec::new(),
            triggers: Vec::new(),
            subscriptions: String::new(),
        };
        for (key, value) in document.root.get("data").map(Node::entries).unwrap_or_default() {
            let (Some(key), Some(text)) = (key.scalar(), value.scalar()) else { continue };
            if let Some(name) = key.strip_prefix("template.") {
                found.templates.push((name.to_owned(), text.to_owned()));
            } else if let Some(name) = key.strip_prefix("trigger.") {
                found.triggers.push((name.to_owned(), text.to_owned()));
            } else if matches!(key, "subscriptions" | "defaultTriggers")
                || key.starts_with("defaultTriggers.")
            {
                found.subscriptions.push_str(text);
                found.subscriptions.push('\n');
            }
        }
        Some(found)
    }
}

/// The part of an Application, an `ApplicationSet` or an `AppProject` that subscribes to triggers.
#[derive(Clone, Debug, Default)]
pub struct Subscribed {
    /// The triggers that annotations name; an empty name for the default ones.
    pub triggers: BTreeSet<String>,
    /// The annotation with a list of subscriptions, as it is written.
    pub list: String,
    /// The project of an Application, or the name of an `AppProject`: its subscriptions are those of its Applications.
    pub project: String,
}

impl Subscribed {
    /// Reads a document; `None` for another kind.
    pub(crate) fn read(document: &Document) -> Option<Self> {
        let root = &document.root;
        let (metadata, project): (_, &[&str]) = if is_set(document) {
            (root.at(&["spec", "template", "metadata"]), &["spec", "template", "spec", "project"])
        } else if is_application(document) {
            (root.get("metadata"), &["spec", "project"])
        } else if is_project(document) {
            (root.get("metadata"), &["metadata", "name"])
        } else {
            return None;
        };
        let project = root.at(project).and_then(Node::scalar).unwrap_or("default").to_owned();
        let mut found = Self { project, ..Self::default() };
        let annotations = metadata.and_then(|metadata| metadata.get("annotations"));
        for (key, value) in annotations.map(Node::entries).unwrap_or_default() {
            let key = key.scalar().unwrap_or_default();
            if key == SUBSCRIPTIONS {
                value.scalar().unwrap_or_default().clone_into(&mut found.list);
            }
            let Some(rest) = key.strip_prefix(SUBSCRIBE) else { continue };
            let trigger = rest.split_once('.').map_or("", |(trigger, _)| trigger);
            found.triggers.insert(trigger.to_owned());
        }
        Some(found)
    }
}
