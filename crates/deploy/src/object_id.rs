//! The identity of an object of a cluster, and its match with a resource of a repository.

use model::Resource;

/// The identity of an object of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectId {
    /// Its kind.
    pub kind: String,
    /// Its namespace; `None` for any.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl ObjectId {
    /// The identity of a resource; `None` without a name.
    pub(crate) fn of(resource: &Resource) -> Option<Self> {
        let (kind, namespace) = (resource.kind.clone(), resource.namespace.clone());
        Some(Self { kind, namespace, name: resource.name.clone()? })
    }

    /// The exactness of the match with a resource; `None` if it is another object. A resource without a
    /// namespace may be in any: the cluster decides. For a name with placeholders, as in an ApplicationSet
    /// for several clusters, the exactness is the length of the text around them.
    pub(crate) fn fits(&self, resource: &Resource) -> Option<usize> {
        let namespace = resource.namespace.as_deref().filter(|namespace| pieces(namespace).len() == 1);
        let is_elsewhere = matches!((&self.namespace, namespace), (Some(own), Some(other)) if own != other);
        let name = resource.name.as_deref().filter(|_| self.kind == resource.kind && !is_elsewhere)?;
        if name == self.name {
            return Some(usize::MAX);
        }
        let around = pieces(name);
        let length = around.iter().map(|piece| piece.len()).sum();
        (around.len() > 1 && length > 0 && has_pieces(&self.name, &around)).then_some(length)
    }
}

/// The parts of a text between placeholders: `{{…}}` of ApplicationSets, `${…}` of Flux.
fn pieces(text: &str) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some(start) = [rest.find("{{"), rest.find("${")].into_iter().flatten().min() {
        let (before, from) = rest.split_at(start);
        let end = if from.starts_with("{{") { "}}" } else { "}" };
        let Some((_, behind)) = from.split_once(end) else { break };
        pieces.push(before);
        rest = behind;
    }
    pieces.push(rest);
    pieces
}

/// True if a text has these pieces in their order, the first at its start and the last at its end.
fn has_pieces(text: &str, pieces: &[&str]) -> bool {
    let [first, middle @ .., last] = pieces else { return false };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for piece in middle {
        let Some((_, behind)) = rest.split_once(piece) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_placeholders() {
        assert_eq!(pieces("a-{{ .x }}-${y}"), ["a-", "-", ""]);
        assert_eq!(pieces("{{x"), ["{{x"]);
        assert!(has_pieces("a-1-2", &["a-", "-", ""]) && has_pieces("a-1-b", &["a-", "-b"]));
        assert!(!has_pieces("b-1", &["a-", ""]) && !has_pieces("a-b", &["a-b", "b"]));
    }
}
