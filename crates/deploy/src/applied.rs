//! The part of a tree that an object of a cluster applies: the folders that a Flux Kustomization or an Application of
//! Argo CD deploys, or the object itself, as a `HelmRelease`, in the units that deploy it.

use std::collections::BTreeSet;

use model::{Resource, UnitId};
use source::{Files, ReadError};

use crate::document::Document;
use crate::ecosystem::flux::model::Kustomization;
use crate::engine::each;
use crate::engine::part::Part;
use crate::engine::root::Root;
use crate::engine::side::Side;
use crate::engine::survey;
use crate::engine::tree::Tree;
use crate::engine::unit::{Pair, Unit};
use crate::engine::units;
use crate::repositories::Repositories;

/// The identity of an object of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectId {
    /// Its kind.
    pub kind: String,
    /// Its namespace; `None` for any.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl ObjectId {
    fn of(resource: &Resource) -> Option<Self> {
        let (kind, namespace) = (resource.kind.clone(), resource.namespace.clone());
        Some(Self { kind, namespace, name: resource.name.clone()? })
    }

    /// True if a resource is this object. One that names no namespace is in any: the cluster decides.
    fn is(&self, resource: &Resource) -> bool {
        let namespaces = (&self.namespace, &resource.namespace);
        let is_there = !matches!(namespaces, (Some(own), Some(other)) if own != other);
        self.kind == resource.kind && Some(&self.name) == resource.name.as_ref() && is_there
    }
}

/// A unit, or one object of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The unit.
    pub unit: UnitId,
    /// The object; `None` for the whole of the unit.
    pub object: Option<ObjectId>,
}

/// The part of a tree that an object applies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The parts of units; none if no document is the object, or it deploys from another repository.
    pub shares: Vec<Share>,
    /// True if a document is the object.
    pub is_found: bool,
    /// The other objects of its kind, as `namespace/name`, or `name` where no namespace is written.
    pub others: BTreeSet<String>,
}

/// Finds the part of a tree that an object applies. Documents count as they are deployed: with the namespaces and
/// prefixes of the kustomizations above them. Several documents may be the object, as in a repository of several
/// clusters: all of them count.
///
/// ```
/// use deploy::{ObjectId, Repositories};
/// use source::Memory;
///
/// let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: prod}\nspec: {values: {image: a/b:1}}\n";
/// let files = Memory::default().with("prod/web.yaml", release);
/// let object = |namespace: &str| ObjectId {
///     kind: "HelmRelease".to_owned(), namespace: Some(namespace.to_owned()), name: "web".to_owned(),
/// };
/// let applied = deploy::applied(&files, 1 << 20, &Repositories::default(), &object("prod"))?;
/// assert_eq!(applied.shares[0].unit.to_string(), "prod/web.yaml");
/// let applied = deploy::applied(&files, 1 << 20, &Repositories::default(), &object("dev"))?;
/// assert!(applied.shares.is_empty() && applied.others.contains("prod/web"));
/// # Ok::<(), source::ReadError>(())
/// ```
///
/// # Errors
/// [`ReadError`] where the files cannot be listed.
pub fn applied(
    files: &dyn Files,
    max_file_size: u64,
    repositories: &Repositories,
    object: &ObjectId,
) -> Result<Applied, ReadError> {
    let side = survey::whole(files, max_file_size, true, repositories)?;
    let units = units::all(&side, |_| true);
    let Found { mut applied, charts } = found(&units, &side, object);
    for chart in &charts {
        applied.add_shares(found(&units, &side, chart).applied.shares);
    }
    side.discard();
    Ok(applied)
}

/// The documents that are an object.
#[derive(Default)]
struct Found {
    applied: Applied,
    /// The objects that they take charts from, by `chartRef`.
    charts: Vec<ObjectId>,
}

impl Applied {
    fn add_shares(&mut self, shares: Vec<Share>) {
        for share in shares {
            if !self.shares.contains(&share) {
                self.shares.push(share);
            }
        }
    }
}

fn found(units: &[Pair], side: &Side<'_>, object: &ObjectId) -> Found {
    let mut all = Found::default();
    for found in each::map(units, |pair| in_unit(&*pair.head, side, object)) {
        all.applied.is_found |= found.applied.is_found;
        all.applied.others.extend(found.applied.others);
        all.applied.add_shares(found.applied.shares);
        for chart in found.charts {
            if !all.charts.contains(&chart) {
                all.charts.push(chart);
            }
        }
    }
    all
}

fn in_unit(unit: &dyn Unit, side: &Side<'_>, object: &ObjectId) -> Found {
    let tree = Tree::new(side);
    let mut found = Found::default();
    unit.assemble(&tree, &mut |part| {
        let Part::Document(document) = part else { return };
        let Some(resource) = document.resource() else { return };
        if object.is(resource) {
            found.applied.is_found = true;
            found.applied.shares.extend(shares(unit, &tree, &document, object));
            let chart = document.beside.chart.as_ref().and_then(|chart| ObjectId::of(chart.resource()?));
            found.charts.extend(chart);
        } else if object.kind == resource.kind {
            found.applied.others.extend(shown(resource));
        }
    });
    found
}

/// What a document applies: the roots that it deploys, and itself, unless it is a Kustomization of Flux, which has no
/// images of its own.
fn shares(unit: &dyn Unit, tree: &Tree<'_>, document: &Document, object: &ObjectId) -> Vec<Share> {
    let mut shares = Vec::new();
    for root in tree.roots_of(document) {
        let on_folder = tree.side().graph().roots_on(&root.folder);
        let deployed: Vec<&Root> = on_folder.filter(|known| is_deployed_by(known, document)).collect();
        let is_named = |known: &&&Root| known.name() == root.name();
        // Applications of one set have the same place: their names tell them apart.
        let has_name = deployed.iter().any(|known| is_named(&known));
        for known in deployed.iter().filter(|known| !has_name || is_named(known)) {
            shares.push(Share { unit: known.id.clone(), object: None });
        }
    }
    if !Kustomization::is(document) {
        shares.push(Share { unit: unit.id(), object: Some(object.clone()) });
    }
    shares
}

/// True if a document, as it is written or as it is deployed, deploys a root.
pub(crate) fn is_deployed_by(root: &Root, document: &Document) -> bool {
    let Some(deployer) = &root.deployer else { return false };
    let (written, now) = (deployer.document.root.site(), document.root.site());
    written.file.path() == now.file.path() && written.span == now.span
}

fn shown(resource: &Resource) -> Option<String> {
    let name = resource.name.as_ref()?;
    Some(resource.namespace.as_ref().map_or_else(|| name.clone(), |namespace| format!("{namespace}/{name}")))
}

/// The units of shares, each with the documents that count.
pub(crate) fn pairs(side: &Side<'_>, shares: &[Share]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for pair in units::all(side, |_| true) {
        let unit = pair.head.id();
        let of_unit = || shares.iter().filter(|share| share.unit == unit);
        if of_unit().any(|share| share.object.is_none()) {
            pairs.push(pair);
            continue;
        }
        let objects: Vec<ObjectId> = of_unit().filter_map(|share| share.object.clone()).collect();
        if !objects.is_empty() {
            pairs.push(Pair::alone(Partial { unit: pair.head, objects }));
        }
    }
    pairs
}

/// Some objects of a unit.
struct Partial {
    unit: Box<dyn Unit>,
    objects: Vec<ObjectId>,
}

impl Unit for Partial {
    fn id(&self) -> UnitId {
        self.unit.id()
    }

    /// Problems of the unit count: an object may be missing for one of them.
    fn assemble(&self, tree: &Tree<'_>, visit: &mut dyn FnMut(Part)) {
        self.unit.assemble(tree, &mut |part| match &part {
            Part::Document(document) => {
                let resource = document.resource();
                if resource.is_some_and(|resource| self.objects.iter().any(|object| object.is(resource))) {
                    visit(part);
                }
            }
            Part::Problem(_) => visit(part),
        });
    }
}

#[cfg(test)]
mod tests {
    use source::Memory;

    use super::*;
    use crate::{Input, Selection, extract};

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: nginx:1.27}]}\n";

    fn kustomization(name: &str, namespace: &str, path: &str) -> String {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
             spec: {{path: {path}, sourceRef: {{kind: GitRepository, name: flux-system}}}}\n"
        )
    }

    fn object(kind: &str, namespace: &str, name: &str) -> ObjectId {
        let namespace = (!namespace.is_empty()).then(|| namespace.to_owned());
        ObjectId { kind: kind.to_owned(), namespace, name: name.to_owned() }
    }

    fn units(files: &Memory, object: &ObjectId) -> Vec<String> {
        let applied = applied(files, 1 << 20, &Repositories::default(), object).unwrap();
        applied.shares.iter().map(|share| share.unit.to_string()).collect()
    }

    #[test]
    fn a_kustomization_applies_its_folder() {
        let files = Memory::default()
            .with("clusters/a/apps.yaml", kustomization("apps", "flux-system", "./apps/a"))
            .with("clusters/b/apps.yaml", kustomization("apps", "flux-system", "./apps/b"))
            .with("clusters/a/infra.yaml", kustomization("infra", "flux-system", "./infra"))
            .with("apps/a/pod.yaml", POD)
            .with("apps/b/pod.yaml", POD)
            .with("infra/pod.yaml", POD);
        let apps = object("Kustomization", "flux-system", "apps");
        assert_eq!(units(&files, &apps), ["apps/a", "apps/b"]);
        let unknown = applied(
            &files,
            1 << 20,
            &Repositories::default(),
            &object("Kustomization", "flux-system", "app"),
        )
        .unwrap();
        assert!(!unknown.is_found && unknown.shares.is_empty());
        assert_eq!(unknown.others.into_iter().collect::<Vec<_>>(), ["flux-system/apps", "flux-system/infra"]);
        assert!(units(&files, &object("HelmRelease", "flux-system", "apps")).is_empty());
    }

    #[test]
    fn names_count_as_they_are_deployed() {
        let sets = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: team\nnamePrefix: prod-\nresources: [apps.yaml]\n";
        let files = Memory::default()
            .with("clusters/kustomization.yaml", sets)
            .with("clusters/apps.yaml", kustomization("apps", "flux-system", "./apps"))
            .with("apps/pod.yaml", POD);
        assert_eq!(units(&files, &object("Kustomization", "team", "prod-apps")), ["apps"]);
        assert!(units(&files, &object("Kustomization", "flux-system", "apps")).is_empty());
    }

    #[test]
    fn a_release_is_the_part_of_a_unit() {
        let release = |name: &str, image: &str| {
            format!(
                "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {name}}}\n\
                 spec: {{values: {{image: {{repository: {image}, tag: '1'}}}}}}\n---\n"
            )
        };
        let text = format!("{}{}{POD}", release("web", "ghcr.io/acme/web"), release("db", "ghcr.io/acme/db"));
        let files = Memory::default()
            .with("prod/kustomization.yaml", "namespace: prod\nresources: [all.yaml]\n")
            .with("prod/all.yaml", text);
        let web = applied(&files, 1 << 20, &Repositories::default(), &object("HelmRelease", "prod", "web"))
            .unwrap();
        assert_eq!(web.shares.len(), 1);
        let input = Input {
            head: &files,
            base: None,
            selection: Selection::Shares(&web.shares),
            max_file_size: 1 << 20,
            renders: false,
            repositories: Repositories::default(),
            ignores: &[],
        };
        let found = extract(&input).unwrap().references;
        assert_eq!(
            found.iter().filter_map(model::Reference::image).collect::<Vec<_>>(),
            ["ghcr.io/acme/web:1"]
        );
        assert_eq!(found[0].unit.to_string(), "prod");
    }

    #[test]
    fn a_release_has_the_object_that_its_chart_comes_from() {
        let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\n\
            spec: {chartRef: {kind: OCIRepository, name: chart}, values: {image: {repository: a/b, tag: '1'}}}\n";
        let chart = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: chart}\n\
            spec: {url: oci://ghcr.io/acme/chart, ref: {tag: 1.2.3}}\n";
        let files = Memory::default()
            .with("prod/kustomization.yaml", "namespace: prod\nresources: [web.yaml]\n")
            .with("prod/web.yaml", release)
            .with("sources/chart.yaml", chart);
        let web = object("HelmRelease", "prod", "web");
        assert_eq!(units(&files, &web), ["prod", "sources/chart.yaml"]);
    }

    #[test]
    fn an_application_applies_its_folders_and_its_chart() {
        let application = |name: &str, source: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\n\
                 spec: {{source: {{repoURL: https://git.example/a/b, {source}}}}}\n"
            )
        };
        let files = Memory::default()
            .with("argo/web.yaml", application("web", "path: apps/web"))
            .with("argo/db.yaml", application("db", "chart: db, targetRevision: 1.2.3"))
            .with("apps/web/pod.yaml", POD);
        assert_eq!(units(&files, &object("Application", "argocd", "web")), ["apps/web", "argo/web.yaml"]);
        assert_eq!(units(&files, &object("Application", "", "db")), ["argo/db.yaml"]);
    }

    #[test]
    fn applications_of_a_set_are_told_apart() {
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all, namespace: argocd}\n\
            spec:\n  generators: [{list: {elements: [{app: web}, {app: db}]}}]\n  template:\n    metadata: {name: '{{app}}'}\n\
            \x20   spec: {source: {repoURL: https://git.example/a/b, path: 'apps/{{app}}'}}\n";
        let files = Memory::default()
            .with("argo/all.yaml", set)
            .with("apps/web/pod.yaml", POD)
            .with("apps/db/pod.yaml", POD);
        assert_eq!(units(&files, &object("Application", "argocd", "web")), ["apps/web", "argo/all.yaml"]);
    }
}
