//! The way from the roots of a tree to what each deploys: which resource deploys a unit, and into which namespace.

use std::collections::HashSet;

use model::{Resource, UnitId};
use source::{RepoPath, Site};
use yaml::Node;

use crate::ecosystem::argo_cd::model::application_sources;
use crate::ecosystem::suspension::suspended_by;
use crate::engine::root::Root;
use crate::engine::side::Side;
use crate::units::Survey;

/// A unit that a resource of the tree deploys.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The unit.
    pub unit: UnitId,
    /// The Flux Kustomization or the Argo CD Application.
    pub by: Resource,
    /// The namespace of resources that name none: `spec.destination.namespace` of an Application.
    pub namespace: Option<String>,
    /// The place that suspends it.
    pub suspended: Option<Site>,
    /// True if the resource deploys more than the files of its folder show: by a plug-in of Argo CD, or from
    /// a chart repository beside the folder.
    pub deploys_more: bool,
    /// The units whose files hold the deploying resource: the roots that deploy it, or its own file.
    pub above: Vec<UnitId>,
}

impl Survey<'_> {
    /// All units that resources of the tree deploy.
    ///
    /// ```
    /// use deploy::{Repositories, Survey};
    /// use source::{Files, Memory};
    ///
    /// let apps = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec: {path: ./apps}\n";
    /// let files = Memory::default().with("clusters/prod/apps.yaml", apps).with("apps/a.yaml", "a: 1\n");
    /// let found = Survey::new(&files as &dyn Files, 1 << 20, &Repositories::default())?.deployments();
    /// assert_eq!(found[0].by.name.as_deref(), Some("apps"));
    /// assert_eq!(found[0].above[0].path().as_str(), "clusters/prod/apps.yaml");
    /// # Ok::<(), source::ReadError>(())
    /// ```
    pub fn deployments(&self) -> Vec<Deployment> {
        self.side.graph().roots().filter_map(|root| deployment(&self.side, root)).collect()
    }
}

fn deployment(side: &Side<'_>, root: &Root) -> Option<Deployment> {
    let document = &root.deployer.as_ref()?.document;
    let destination = document.root.at(&["spec", "destination", "namespace"]);
    Some(Deployment {
        unit: root.id.clone(),
        by: document.resource()?.clone(),
        namespace: destination.and_then(Node::text).map(str::to_owned),
        suspended: suspended_by(document),
        deploys_more: application_sources(document)
            .iter()
            .any(|source| source.plugin.is_some() || source.chart.is_some()),
        above: above(side, &root.file()?, &root.id),
    })
}

/// The units that hold a file: roots, or the file itself. A root that deploys its own deployer is above nothing.
fn above(side: &Side<'_>, file: &RepoPath, itself: &UnitId) -> Vec<UnitId> {
    let graph = side.graph();
    let mut units: Vec<UnitId> = graph.on(&graph.above(file)).iter().map(|root| root.id.clone()).collect();
    units.retain(|unit| unit != itself);
    if units.is_empty() {
        units.push(UnitId::File(file.clone()));
    }
    units
}

/// The units on or below one of these folders, and all that they deploy, directly or through others.
pub fn deployed_from(deployments: &[Deployment], folders: &[RepoPath]) -> HashSet<UnitId> {
    let is_below =
        |path: &RepoPath| folders.contains(path) || path.ancestors().any(|above| folders.contains(&above));
    let mut chosen: HashSet<UnitId> = HashSet::new();
    loop {
        let before = chosen.len();
        for deployment in deployments {
            let mut units = std::iter::once(&deployment.unit).chain(&deployment.above);
            if units.any(|unit| is_below(unit.path()) || chosen.contains(unit)) {
                chosen.insert(deployment.unit.clone());
            }
        }
        if chosen.len() == before {
            return chosen;
        }
    }
}
