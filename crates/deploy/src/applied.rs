//! The part of a tree that an object of a cluster applies: the folders that a Flux Kustomization or an Application of
//! Argo CD deploys, or the object itself, as a `HelmRelease`, in the units that deploy it.

use std::collections::BTreeSet;

use model::{Reference, Resource, UnitId};
use source::{Files, ReadError};

use crate::document::Document;
use crate::ecosystem::flux::model::Kustomization;
use crate::engine::parallel;
use crate::engine::part::Part;
use crate::engine::root::Root;
use crate::engine::side::Side;
use crate::engine::survey;
use crate::engine::tree::Tree;
use crate::engine::unit::{Pair, Unit};
use crate::engine::units;
use crate::object_id::ObjectId;
use crate::repositories::Repositories;

/// A unit, or one object of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Share {
    /// The unit.
    pub unit: UnitId,
    /// The object; `None` for the whole of the unit.
    pub object: Option<ObjectId>,
}

impl Share {
    /// The part of a unit that makes a reference: the release whose chart makes it, else the resource that holds it, or
    /// the whole unit if that has no name.
    pub fn making(reference: &Reference, unit: UnitId) -> Self {
        let by =
            reference.release.as_ref().map_or(reference.resource.as_deref(), |release| release.by.as_ref());
        Self { unit, object: by.and_then(ObjectId::of) }
    }
}

/// The part of a tree that an object applies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The parts of units; none if no document is the object, or it deploys from another repository.
    pub shares: Vec<Share>,
    /// True if a document is the object.
    pub is_found: bool,
    /// The other objects of its kind, as `namespace/name`, or `name` if no namespace is written.
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
/// [`ReadError`] if the files cannot be listed.
pub fn applied(
    files: &dyn Files,
    max_file_size: u64,
    repositories: &Repositories,
    object: &ObjectId,
) -> Result<Applied, ReadError> {
    let side = survey::whole(files, max_file_size, true, false, repositories)?;
    let units = units::all(&side, |_| true);
    let Found { mut applied, charts, .. } = found(&units, &side, object);
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
    /// The exactness of the match: see `ObjectId::fits`.
    exactness: usize,
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

impl Found {
    /// Adds the documents that were found elsewhere: those with the most exact match count.
    fn add(&mut self, other: Self) {
        self.applied.others.extend(other.applied.others);
        if !other.applied.is_found || other.exactness < self.exactness {
            return;
        }
        if other.exactness > self.exactness {
            (self.applied.shares, self.charts) = (Vec::new(), Vec::new());
        }
        self.exactness = other.exactness;
        self.applied.is_found = true;
        self.applied.add_shares(other.applied.shares);
        for chart in other.charts {
            if !self.charts.contains(&chart) {
                self.charts.push(chart);
            }
        }
    }
}

fn found(units: &[Pair], side: &Side<'_>, object: &ObjectId) -> Found {
    let mut all = Found::default();
    for found in parallel::map(units, |pair| in_unit(&*pair.head, side, object)) {
        all.add(found);
    }
    all
}

fn in_unit(unit: &dyn Unit, side: &Side<'_>, object: &ObjectId) -> Found {
    let tree = Tree::new(side);
    let mut found = Found::default();
    unit.assemble(&tree, &mut |part| {
        let Part::Document(document) = part else { return };
        let Some(resource) = document.resource() else { return };
        let mut this = Found::default();
        if let Some(exactness) = object.fits(resource) {
            this.exactness = exactness;
            this.applied.is_found = true;
            this.applied.shares = shares(unit, &tree, &document, resource);
            this.charts.extend(chart(&document));
        } else if object.kind == resource.kind {
            this.applied.others.extend(shown(resource));
        }
        found.add(this);
    });
    found
}

/// The object that `chartRef` of a release names.
fn chart(document: &Document) -> Option<ObjectId> {
    ObjectId::of(document.beside.chart.as_ref()?.resource()?)
}

/// The shares of a document: the roots that it deploys, and itself, unless it is a Kustomization of Flux, which has no
/// images of its own.
fn shares(unit: &dyn Unit, tree: &Tree<'_>, document: &Document, resource: &Resource) -> Vec<Share> {
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
        let object = ObjectId::of(resource);
        shares.extend(object.map(|object| Share { unit: unit.id(), object: Some(object) }));
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
                let object = document.resource().and_then(ObjectId::of);
                if object.is_some_and(|object| self.objects.contains(&object)) {
                    visit(part);
                }
            }
            Part::Problem(_) => visit(part),
        });
    }
}

#[cfg(test)]
mod tests;
