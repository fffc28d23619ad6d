//! A dump, and its extract that can be shared with others.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::object::Object;

/// The kinds that a dump should have, with their names in `kubectl get`.
pub const KINDS: [(&str, &str); 7] = [
    ("Pod", "pods"),
    ("Deployment", "deployments"),
    ("StatefulSet", "statefulsets"),
    ("DaemonSet", "daemonsets"),
    ("Job", "jobs"),
    ("CronJob", "cronjobs"),
    ("ReplicaSet", "replicasets"),
];

/// A dump: the objects of the seven kinds, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dump {
    #[allow(
        clippy::vec_box,
        reason = "a list that grows copies its items, and they are put in order by their names"
    )]
    pub(crate) objects: Vec<Box<Object>>,
    /// The number of objects of other kinds.
    pub(crate) others: usize,
    /// The time at which it was taken. Only an extract contains it; kubectl writes none.
    pub taken_at: Option<String>,
}

#[derive(Serialize)]
struct List<'a> {
    #[serde(rename = "apiVersion")]
    api_version: &'static str,
    kind: &'static str,
    #[serde(rename = "takenAt", skip_serializing_if = "Option::is_none")]
    taken_at: Option<&'a str>,
    items: &'a [Box<Object>],
}

impl Dump {
    /// Adds an object, if it is of one of the seven kinds. The same object may be in several lists; the last one counts.
    pub(crate) fn add(&mut self, mut object: Object) {
        if is_workload(&object) {
            object.shrink();
            self.objects.push(Box::new(object));
        } else {
            self.others += 1;
        }
    }

    /// The kinds that the dump has no object of, as `kubectl` names them.
    pub fn absent_kinds(&self) -> Vec<&'static str> {
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for object in &self.objects {
            *count.entry(&object.kind).or_default() += 1;
        }
        let absent = KINDS.iter().filter(|(kind, _)| !count.contains_key(kind));
        absent.map(|(_, name)| *name).collect()
    }

    /// The number of objects of the seven kinds.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// True if there is no object of the seven kinds.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// An extract in the form of a dump: JSON of the fields that are needed, which [`crate::read`] reads to the same.
    pub fn snapshot(&self) -> String {
        let taken_at = self.taken_at.as_deref();
        let list = List { api_version: "v1", kind: "List", taken_at, items: &self.objects };
        // Strings, numbers, and structs of these can always be serialised.
        let mut text = serde_json::to_string(&list).unwrap_or_default();
        text.push('\n');
        text
    }
}

fn is_workload(object: &Object) -> bool {
    is_workload_kind(&object.api_version, &object.kind)
}

/// True for the seven kinds, each in its own API group.
pub(crate) fn is_workload_kind(api_version: &str, kind: &str) -> bool {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let expected = match kind {
        "Pod" => "",
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => "apps",
        "Job" | "CronJob" => "batch",
        _ => return false,
    };
    group == expected
}
