//! Labels and annotations: those that are kept, and no other. `last-applied-configuration` holds whole objects.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The names of labels and annotations that are kept: those by which deployers recognise their objects, and
/// those that mark objects which are not workloads.
const KEPT: &[&str] = &[
    "addonmanager.kubernetes.io/mode",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/managed-by",
    "argocd.argoproj.io/hook",
    "argocd.argoproj.io/tracking-id",
    "eks.amazonaws.com/component",
    "helm.sh/hook",
    "helm.toolkit.fluxcd.io/name",
    "helm.toolkit.fluxcd.io/namespace",
    "kubernetes.azure.com/managedby",
    "kubernetes.io/config.mirror",
    "kustomize.toolkit.fluxcd.io/name",
    "kustomize.toolkit.fluxcd.io/namespace",
    "meta.helm.sh/release-name",
    "meta.helm.sh/release-namespace",
    "pod-template-hash",
];

/// The labels or annotations of an object that are kept: mostly none or one, so a list is smaller than a map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept(Vec<(String, String)>);

impl Kept {
    /// The value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Serialize for Kept {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Kept {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeptVisitor)
    }
}

struct KeptVisitor;

impl<'de> Visitor<'de> for KeptVisitor {
    type Value = Kept;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("labels or annotations")
    }

    fn visit_unit<E>(self) -> Result<Kept, E> {
        Ok(Kept::default())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Kept, M::Error> {
        let mut kept = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if KEPT.contains(&name.as_str()) {
                kept.push((name, map.next_value()?));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        kept.sort();
        kept.shrink_to_fit();
        Ok(Kept(kept))
    }
}
