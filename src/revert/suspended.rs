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

#[cfg(test)]
mod tests {
    use deploy::{Input, Selection, extract, objects};
    use history::Introduced;
    use model::UnitId;
    use source::{Memory, RepoPath};

    use super::*;

    const LIMIT: u64 = 1 << 20;
    const RELEASE: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\n\
                           spec: {suspend: true, values: {image: {repository: r.io/a, tag: v1}}}\n";

    fn kustomization(name: &str, path: &str) -> String {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}}}\n\
             spec: {{suspend: true, path: {path}, sourceRef: {{kind: GitRepository, name: of-{name}}}}}\n"
        )
    }

    fn source(name: &str) -> String {
        format!(
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: {name}}}\n\
             spec: {{suspend: true, url: https://forge.example/a}}\n"
        )
    }

    fn files() -> Memory {
        Memory::default()
            .with("apps/web/release.yaml", RELEASE.to_owned())
            .with("clusters/apps.yaml", kustomization("apps", "./apps"))
            .with("clusters/other.yaml", kustomization("other", "./other"))
            .with("clusters/source.yaml", source("of-apps"))
            .with("clusters/unused.yaml", source("of-other"))
    }

    /// The reference of the release, in a unit of this path.
    fn member(unit: &str) -> Member {
        let memory = Memory::default().with("apps/web/release.yaml", RELEASE.to_owned());
        let input = Input {
            head: &memory,
            base: None,
            selection: Selection::All,
            max_file_size: LIMIT,
            renders: false,
            repositories: deploy::Repositories::default(),
            ignores: &[],
            excluded: None,
        };
        let reference = *extract(&input).unwrap().references.remove(0);
        let unit = UnitId::Kustomization(RepoPath::new(unit));
        let introduced = Introduced {
            commit: "c0ffee".to_owned(),
            parent: None,
            unit: unit.clone(),
            unit_before: None,
            reference: reference.clone(),
            evaluated: 1,
        };
        let (image, rule) = ("r.io/a:1".to_owned(), "missing-tag".to_owned());
        Member { reference, image, rule, unit, share: None, introduced }
    }

    #[test]
    fn a_folder_deploys_the_units_in_it() {
        for (unit, folder, expected) in [
            ("apps/web", "apps/web", true),
            ("apps/web", "apps", true),
            ("apps/web", "apps/we", false),
            ("apps/web", "apps/web/x", false),
            ("apps/web", "other", false),
            // The root would deploy everything.
            ("apps/web", "", false),
            ("", "", true),
        ] {
            assert_eq!(deploys(&member(unit), &RepoPath::new(folder)), expected, "{unit} {folder}");
        }
    }

    #[test]
    fn the_object_its_deployers_and_their_sources_are_named() {
        let objects = objects(&files(), LIMIT, None).unwrap();
        let found = |members| Found { commit: "c0ffee".to_owned(), parent: None, members };
        let told: Vec<(String, String, usize)> = suspended(&found(vec![member("apps/web")]), &objects)
            .into_iter()
            .map(|one| (one.object, one.path, one.line))
            .collect();
        let place = |object: &str, path: &str| (object.to_owned(), path.to_owned(), 4);
        let expected = [
            place("GitRepository of-apps", "clusters/source.yaml"),
            place("HelmRelease web", "apps/web/release.yaml"),
            place("Kustomization apps", "clusters/apps.yaml"),
        ];
        assert_eq!(told, expected);
        assert_eq!(suspended(&found(Vec::new()), &objects), []);
    }
}
