//! The containers that Git deploys, each with the place where it belongs in a cluster.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use deploy::Deployment;
use model::{Holder, Kind, LeftOut, Reference, Resource, UnitId};

use crate::exclusions::{Exclusions, Reason};
use crate::git::Git;
use crate::pairs::{InTree, Place};

/// A container that Git deploys: in several units, if several deploy the same workload.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub(crate) place: Place,
    pub(crate) group: String,
    /// Each way in which Git deploys it.
    pub(crate) ways: Vec<Way>,
    pub(crate) is_hook: bool,
}

impl Declared {
    /// The reason why nothing known deploys it: the last one of all ways.
    pub(crate) fn left_out(&self) -> Option<LeftOut> {
        let mut why = None;
        for way in &self.ways {
            why = Some(way.left_out?);
        }
        why
    }

    /// The container with the units that hold it.
    pub(crate) fn with_units(&self) -> String {
        let units: BTreeSet<String> = self.ways.iter().map(|way| way.tree.unit.to_string()).collect();
        let units: Vec<String> = units.into_iter().collect();
        format!("{} in {}", self.place, units.join(", "))
    }
}

/// One way in which Git deploys a container.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) tree: InTree,
    /// The index of the deployment of its unit.
    pub(crate) deployment: Option<usize>,
    /// The reason why nothing known deploys its unit.
    pub(crate) left_out: Option<LeftOut>,
}

/// A reference of Git that is no container of a workload.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) way: Way,
    pub(crate) resource: Option<Resource>,
}

/// Everything that Git deploys.
#[derive(Default)]
pub(crate) struct Tree {
    /// The containers, by kind and name of their workload.
    pub(crate) by_name: BTreeMap<(String, String), Vec<Declared>>,
    pub(crate) fields: Vec<Field>,
    /// The resources that release a chart of a repository.
    pub(crate) releases: Vec<Resource>,
    /// The releases whose charts were rendered: something that they deploy is among the containers.
    pub(crate) rendered: Vec<Resource>,
    /// The namespaces of each unit.
    pub(crate) namespaces: HashMap<UnitId, BTreeSet<String>>,
    /// The number of all containers and fields, those of units that do not count too.
    pub(crate) total: usize,
}

/// The containers of the units that count; all others are excluded.
pub(crate) fn tree(git: &Git<'_>, exclusions: &mut Exclusions) -> Tree {
    let mut deployed: HashMap<&UnitId, usize> = HashMap::new();
    for (at, deployment) in git.deployments.iter().enumerate() {
        deployed.entry(&deployment.unit).or_insert(at);
    }
    let mut tree = Tree::default();
    let mut not_compared: BTreeMap<Place, Reason> = BTreeMap::new();
    let mut places: BTreeSet<Place> = BTreeSet::new();
    tree.releases = releases(git);
    for (index, reference) in git.references.iter().enumerate().filter(|(_, one)| is_image(one.kind)) {
        for holder in reference.holders() {
            let deployment = deployed.get(&holder.unit).copied();
            let by = deployment.and_then(|at| git.deployments.get(at));
            let suspended = suspended(git, by, &holder);
            let left_out = git.left_out.get(&holder.unit).copied();
            let in_tree = InTree { reference: index, unit: holder.unit.clone(), suspended };
            let way = Way { tree: in_tree, deployment, left_out };
            let Some(place) = place(&holder, by) else {
                tree.total += 1;
                let name = named(reference, &holder.unit);
                if is_unreleased(&holder) {
                    exclusions.add(Reason::NotDeployed, name);
                } else if is_chosen(git, &holder.unit) {
                    tree.fields.push(Field { way, resource: holder.resource.as_deref().cloned() });
                } else {
                    exclusions.add(Reason::NoContainer, name);
                }
                continue;
            };
            places.insert(place.clone());
            match excluded(git, &holder) {
                Some(reason) => _ = not_compared.insert(place, reason),
                None => tree.add(place, &holder, way),
            }
        }
    }
    tree.total += places.len();
    for declared in tree.by_name.values_mut().flatten().filter(|declared| declared.left_out().is_none()) {
        declared.ways.retain(|way| way.left_out.is_none());
    }
    for (place, reason) in not_compared {
        // Another unit that counts may deploy the same container.
        if !tree.has(&place) {
            exclusions.add(reason, place.to_string());
        }
    }
    tree
}

/// The resources of the units that count which release a chart of a repository.
fn releases(git: &Git<'_>) -> Vec<Resource> {
    let mut releases = Vec::new();
    for reference in git.references.iter().filter(|one| one.kind == Kind::Chart) {
        for holder in reference.holders().into_iter().filter(|holder| is_chosen(git, &holder.unit)) {
            releases.extend(holder.resource.as_deref().cloned());
        }
    }
    releases
}

fn is_image(kind: Kind) -> bool {
    matches!(kind, Kind::Image | Kind::Repository)
}

/// A reference that is no container, in words.
pub(crate) fn named(reference: &Reference, unit: &UnitId) -> String {
    format!("{unit} {} {}", reference.field, reference.image_or_text())
}

impl Tree {
    fn add(&mut self, place: Place, holder: &Holder, way: Way) {
        if let Some(namespace) = &place.namespace {
            self.namespaces.entry(holder.unit.clone()).or_default().insert(namespace.clone());
        }
        if let Some(by) = holder.release.as_ref().and_then(|release| release.by.clone())
            && self.rendered.last() != Some(&by)
        {
            self.rendered.push(by);
        }
        let api_version = holder.resource.as_ref().map(|resource| resource.api_version.as_str());
        let group = api_version.and_then(|version| version.split_once('/')).map_or("", |(group, _)| group);
        // The group that these kinds had first.
        let group = if group == "extensions" { "apps" } else { group };
        let all = self.by_name.entry((place.kind.clone(), place.name.clone())).or_default();
        if let Some(known) = all.iter_mut().find(|known| known.place == place && known.group == group) {
            return known.ways.push(way);
        }
        let (group, is_hook) = (group.to_owned(), holder.is_hook);
        all.push(Declared { place, group, ways: vec![way], is_hook });
    }

    fn has(&self, place: &Place) -> bool {
        let all = self.by_name.get(&(place.kind.clone(), place.name.clone()));
        all.is_some_and(|all| all.iter().any(|known| known.place == *place))
    }

    /// All containers.
    pub(crate) fn containers(&self) -> impl Iterator<Item = &Declared> {
        self.by_name.values().flatten()
    }
}

/// The place of a container in a cluster; `None` for a holder that is no container of a workload, or whose name is put in by
/// the cluster.
fn place(holder: &Holder, deployment: Option<&Deployment>) -> Option<Place> {
    let (resource, container) = (holder.resource.as_ref()?, holder.container.clone()?);
    let of_release = holder.release.as_ref().map(|release| release.namespace.clone());
    let of_deployment = || deployment.and_then(|deployment| deployment.namespace.clone());
    let namespace = resource.namespace.clone().or(of_release).or_else(of_deployment);
    Some(Place {
        kind: resource.kind.clone(),
        // A variable that is put in by the cluster is not known.
        namespace: namespace.filter(|namespace| !is_made(namespace)),
        name: resource.name.clone().filter(|name| !is_made(name))?,
        container: container.into(),
    })
}

/// True for a name with a variable or a template.
fn is_made(name: &str) -> bool {
    name.contains(['$', '{'])
}

fn excluded(git: &Git<'_>, holder: &Holder) -> Option<Reason> {
    if is_unreleased(holder) {
        return Some(Reason::NotDeployed);
    }
    (!is_chosen(git, &holder.unit)).then_some(Reason::OtherRoot)
}

/// True for a part of a chart that nothing in Git releases.
fn is_unreleased(holder: &Holder) -> bool {
    let is_released = holder.release.as_ref().is_none_or(|release| release.by.is_some());
    matches!(holder.unit, UnitId::Chart { .. }) || !is_released
}

fn is_chosen(git: &Git<'_>, unit: &UnitId) -> bool {
    let Some(roots) = &git.roots else { return true };
    let path = unit.path();
    git.chosen.contains(unit) || roots.contains(path) || path.ancestors().any(|above| roots.contains(&above))
}

/// The object that is suspended in Git and keeps a container from being rolled out.
fn suspended(git: &Git<'_>, deployment: Option<&Deployment>, holder: &Holder) -> Option<String> {
    if let Some(deployment) = deployment.filter(|deployment| deployment.suspended.is_some()) {
        return Some(object(&deployment.by));
    }
    let release = holder.release.as_ref().and_then(|release| release.by.as_ref());
    let mut own = [holder.resource.as_deref(), release].into_iter().flatten();
    let is_suspended = |resource: &&Resource| git.suspended.iter().any(|one| is_same(one, resource));
    own.find(is_suspended).map(object)
}

fn is_same(one: &Resource, other: &Resource) -> bool {
    one.kind == other.kind
        && one.name == other.name
        && (one.namespace == other.namespace || one.namespace.is_none() || other.namespace.is_none())
}

fn object(resource: &Resource) -> String {
    format!("{} {}", resource.kind, resource.name.as_deref().unwrap_or_default())
}
