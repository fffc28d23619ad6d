//! The part of the tree that the object of a notification applies.

use std::collections::BTreeSet;

use deploy::{Applied, ObjectId};
use model::nearest;
use notification::Object;
use source::Files;

use crate::error::Error;

use super::session::Sentry;

/// Maximum number of objects that a message lists.
const MOST_LISTED: usize = 5;

impl Sentry<'_> {
    /// The part of a tree that the object applies.
    pub(super) fn applied(&self, files: &dyn Files) -> Result<Applied, Error> {
        let Object { kind, namespace, name } = self.notification.object.clone();
        let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
        let object = ObjectId { kind, namespace, name };
        let repositories = self.run.queries.repositories();
        Ok(deploy::applied(files, self.run.options.max_file_size, &repositories, &object)?)
    }
}

/// The reason why an object applies nothing of the repository.
pub(super) fn unknown(object: &Object, is_found: bool, others: &BTreeSet<String>) -> String {
    if is_found {
        return format!("{object} deploys no folder of this repository");
    }
    let wanted = if object.namespace.is_empty() {
        object.name.clone()
    } else {
        format!("{}/{}", object.namespace, object.name)
    };
    let kind = &object.kind;
    if let Some(near) = nearest(&wanted, others.iter().map(String::as_str)) {
        return format!("the repository has no {object}; did you mean {near}?");
    }
    let listed: Vec<&str> = others.iter().take(MOST_LISTED).map(String::as_str).collect();
    match others.len().saturating_sub(MOST_LISTED) {
        0 if others.is_empty() => format!("the repository has no {kind}"),
        0 => format!("the repository has no {object}; it has {}", listed.join(", ")),
        more => format!("the repository has no {object}; it has {} and {more} more", listed.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use notification::Object;

    use super::unknown;

    #[test]
    fn an_unknown_object_lists_at_most_five_others() {
        let object =
            Object { kind: "Kustomization".into(), namespace: String::new(), name: "zzzzzzzz".into() };
        let text = |names: &[&str]| {
            unknown(&object, false, &names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>())
        };
        assert_eq!(text(&[]), "the repository has no Kustomization");
        assert!(text(&["a"]).ends_with("; it has a"), "{}", text(&["a"]));
        let five = ["a", "b", "c", "d", "e"];
        assert!(text(&five).ends_with("; it has a, b, c, d, e"), "{}", text(&five));
        let seven = ["a", "b", "c", "d", "e", "f", "g"];
        assert!(text(&seven).ends_with("; it has a, b, c, d, e and 2 more"), "{}", text(&seven));
    }
}
