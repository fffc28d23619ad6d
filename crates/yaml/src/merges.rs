//! Merge keys (`<<`) that are read in more than one way, or merge too much.
//!
//! By the YAML specification the keys of a mapping win over merged ones (<https://yaml.org/type/merge.html>). The YAML reader of
//! kubectl, Argo CD and Helm (`sigs.k8s.io/yaml`) merges in the order of the text, so that a merge key replaces the keys above it.

use std::collections::HashMap;

use super::node::{MAX_MERGES, Node, is_merge};

/// Maximum number of mappings that merge keys may merge into one.
pub(super) const MAX_MERGED: usize = MAX_MERGES / 2;

/// True if the mappings that the merge keys of a mapping merge are within bounds; beyond them, look-ups would follow only a part.
pub(super) fn is_bounded(pairs: &[(Node, Node)]) -> bool {
    let mut merges = pairs.iter().filter(|entry| is_merge(entry));
    merges.all(|(_, from)| has_few_merges(from, &mut MAX_MERGED.clone()))
}

fn has_few_merges(from: &Node, fuel: &mut usize) -> bool {
    let Some(left) = fuel.checked_sub(1) else { return false };
    *fuel = left;
    let below = from.entries().iter().filter(|entry| is_merge(entry)).map(|(_, from)| from);
    below.chain(from.items()).all(|from| has_few_merges(from, fuel))
}

/// The first key above a merge key that the merge key has too, with another value. `steps` counts the keys that are compared.
pub(super) fn replaced<'a>(pairs: &'a [(Node, Node)], steps: &mut usize) -> Option<&'a str> {
    let last = pairs.iter().rposition(is_merge).filter(|at| *at > 0)?;
    let mut above: HashMap<&str, &Node> = HashMap::new();
    for entry in pairs.get(..=last)? {
        let mut own = Vec::new();
        if is_merge(entry) {
            for mapping in std::iter::once(&entry.1).chain(entry.1.items()) {
                mapping.each_entry(|key, value| own.extend(key.scalar().map(|key| (key, value))));
            }
        } else {
            own.extend(entry.0.scalar().map(|key| (key, &entry.1)));
        }
        *steps += own.len();
        let differs =
            |(key, value): &&(&str, &Node)| above.get(key).is_some_and(|first| !is_same(first, value));
        if let Some((key, _)) = own.iter().find(differs) {
            return Some(key);
        }
        above.extend(own);
    }
    None
}

/// True for two scalars of the same text: an image of both is the same.
fn is_same(one: &Node, other: &Node) -> bool {
    one.scalar().is_some_and(|text| other.scalar() == Some(text))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use source::{RepoPath, SourceFile};

    #[test]
    fn a_merge_key_below_another_value_of_its_key_has_two_meanings() {
        let is_read = |text: &str| {
            let file = SourceFile::of_text(RepoPath::new("a.yaml"), text);
            let mut is_read = true;
            crate::each_document(&Arc::new(file), |document| is_read &= document.is_ok());
            is_read
        };
        for text in [
            "{a: 1, <<: {a: 2}}",
            "{<<: {a: 1}, <<: {a: 2}}",
            "{a: 1, <<: [{b: 1}, {a: 2}]}",
            "{a: 1, <<: {<<: {a: 2}}}",
            "{a: [1], <<: {a: [1]}}",
        ] {
            assert!(!is_read(text), "{text}");
        }
        for text in [
            "{<<: {a: 1}, a: 2}",
            "{a: 1, <<: {b: 2}}",
            "{a: 1, <<: {a: 1}}",
            "{<<: [{a: 1}, {a: 2}], a: 3}",
            "{b: 1, <<: [{a: 1}, {a: 2}], a: 3}",
        ] {
            assert!(is_read(text), "{text}");
        }
    }

    #[test]
    fn compared_keys_are_counted() {
        let file = SourceFile::of_text(RepoPath::new("a.yaml"), "{a: 1, <<: {b: 2, c: 3}}");
        crate::each_document(&Arc::new(file), |document| {
            let (document, mut steps) = (document.unwrap(), 7);
            assert_eq!(super::replaced(document.entries(), &mut steps), None);
            assert_eq!(steps, 10);
        });
    }
}
