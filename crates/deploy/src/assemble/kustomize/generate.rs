//! Config maps and secrets that a kustomization generates: what replacements take values from, and what
//! patches speak of.

use std::sync::Arc;

use model::Resource;
use yaml::Node;

use super::item::Item;
use super::{Builder, Built, Layer, MAX_ITEMS};

/// Largest file that a value is taken from, in bytes: dashboards and configuration are larger, versions are not.
const LONGEST: u64 = 1 << 16;

impl Builder<'_, '_> {
    pub(super) fn generate(&self, layer: &Layer, built: &mut Built) {
        for (key, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            for entry in layer.items(key) {
                self.generated(layer, kind, entry, built);
            }
        }
    }

    fn generated(&self, layer: &Layer, kind: &str, entry: &Node, built: &mut Built) {
        let Some(name) = entry.get("name").filter(|name| name.scalar().is_some()) else { return };
        let said = |key: &str| entry.get(key).and_then(Node::scalar);
        let namespace = entry.get("namespace").filter(|namespace| namespace.scalar().is_some());
        // What a secret holds is encoded: nothing that a value could be taken from.
        let data = if kind == "Secret" {
            Vec::new()
        } else {
            self.tree.generated_data(&layer.folder, entry, LONGEST)
        };
        if let Some("merge" | "replace") = said("behavior") {
            let is_meant = |item: &&mut Item| {
                item.resource().kind == kind && item.ids().any(|id| Some(id.name.as_str()) == name.scalar())
            };
            let Some(item) = built.items.iter_mut().find(is_meant) else { return };
            let replaces = said("behavior") == Some("replace");
            return item.change(|root| {
                let Some(old) = root.entry_mut("data") else { return };
                if replaces || !old.is_mapping() {
                    *old = old.emptied();
                }
                for (key, value) in data {
                    old.insert(Node::text_at(&key, entry), value);
                }
            });
        }
        let text = |text: &str| Node::text_at(text, entry);
        let data = data.into_iter().map(|(key, value)| (text(&key), value)).collect();
        let metadata = [("name", Some(name)), ("namespace", namespace)];
        let metadata = metadata.into_iter().filter_map(|(key, value)| Some((text(key), value?.clone())));
        let root = vec![
            (text("apiVersion"), text("v1")),
            (text("kind"), text(kind)),
            (text("metadata"), Node::mapping_at(metadata.collect(), entry)),
            (text("data"), Node::mapping_at(data, entry)),
        ];
        let owned = |node: &Node| node.scalar().map(str::to_owned);
        let resource = Resource {
            api_version: "v1".to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.and_then(owned),
            name: owned(name),
        };
        if built.items.len() < MAX_ITEMS {
            let mut item = Item::new(Arc::new(Node::mapping_at(root, entry)), resource);
            for key in ["labels", "annotations"] {
                entry.at(&["options", key]).into_iter().for_each(|pairs| item.set(key, pairs));
            }
            built.items.push(item);
        }
    }
}
