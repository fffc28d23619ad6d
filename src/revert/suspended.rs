//! Units of an incident that are suspended in Git: the revert rolls nothing out until they are resumed.

use std::collections::BTreeSet;

use deploy::Objects;
use model::incident::Suspended;
use model::{Reference, Resource};

use super::find::{Found, Member};

/// The suspended objects that keep the references of an incident from being rolled out: the object that holds the
/// reference, the Kustomizations that deploy it, and the sources of these.
pub(super) fn suspended(found: &Found, objects: &Objects) -> Vec<Suspended> {
    let mut above: BTreeSet<String> = BTreeSet::new();
    for member in &found.members {
        let Reference { resource, release, .. } = &member.reference;
        above.extend(resource.as_deref().map(named));
        above.extend(release.as_ref().and_then(|release| release.by.as_ref()).map(named));
        for deploying in &objects.deploying {
            if deploys(member, &deploying.folder) {
                above.insert(named(&deploying.resource));
                above.insert(format!("{} {}", deploying.source.0, deploying.source.1));
            }
        }
    }
    let mut suspended = BTreeSet::new();
    for object in &objects.suspended {
        if above.contains(&named(&object.resource)) {
            suspended.insert(Suspended {
                object: named(&object.resource),
                path: object.site.file.path().to_string(),
                line: object.site.location().line,
            });
        }
    }
    suspended.into_iter().collect()
}

/// True if a folder is that of the member's unit, or a parent of it.
fn deploys(member: &Member, folder: &source::RepoPath) -> bool {
    let path = member.unit.path();
    path == folder || path.ancestors().any(|above| above == *folder && !above.as_str().is_empty())
}

fn named(resource: &Resource) -> String {
    format!("{} {}", resource.kind, resource.name.clone().unwrap_or_default())
}
