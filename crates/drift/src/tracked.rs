//! Workloads that are not in Git by their names: compared as a set with the references of the deployer that their labels
//! name, or of the resource whose operator made them.

use cluster::{Tracking, Workload};
use model::{Resource, UnitId};

use crate::declared::Field;
use crate::exclusions::Reason;
use crate::live::Observed;
use crate::pairs::{InTree, Item, State};
use crate::run::Run;

const KUSTOMIZE: &str = "kustomize.toolkit.fluxcd.io";

/// True if labels name this resource as the deployer.
pub(crate) fn names(tracking: &Tracking, by: &Resource) -> bool {
    match by.kind.as_str() {
        "Kustomization" if by.api_version.starts_with(KUSTOMIZE) => {
            is_pair(tracking.kustomization.as_ref(), by)
        }
        "HelmRelease" => is_pair(tracking.helm_release.as_ref(), by),
        // In any namespace, Argo CD writes the namespace of the Application in front of its name.
        "Application" => tracking.application.as_deref().is_some_and(|application| {
            let name = application.rsplit_once('_').map_or(application, |(_, name)| name);
            by.name.as_deref() == Some(application) || by.name.as_deref() == Some(name)
        }),
        _ => false,
    }
}

fn is_pair(pair: Option<&(String, String)>, by: &Resource) -> bool {
    pair.is_some_and(|(namespace, name)| {
        by.name.as_ref() == Some(name) && by.namespace.as_ref().is_none_or(|own| own == namespace)
    })
}

/// A container of pods whose owner is a custom resource.
pub(crate) fn operated(run: &mut Run<'_>, workload: &Workload, container: Observed) {
    let identity = &workload.identity;
    let is_owner = |field: &Field| {
        field.resource.as_ref().is_some_and(|resource| {
            resource.kind == identity.kind
                && resource.name.as_ref() == Some(&identity.name)
                && resource.namespace.as_ref().is_none_or(|own| *own == identity.namespace)
        })
    };
    let of_owner = fields(run, is_owner);
    match chosen(run, &of_owner, &container) {
        Some(at) => compare(run, at, container),
        None => run.exclusions.add(Reason::Operated, container.place.to_string()),
    }
}

/// A container of a workload that Git does not have by its name.
pub(crate) fn by_labels(run: &mut Run<'_>, workload: &Workload, container: Observed) {
    let tracking = &workload.tracking;
    let of_release = tracking.helm_release.is_some() || tracking.release.is_some();
    let known = of_deployer(run, tracking);
    if let Some(at) = chosen(run, &known, &container) {
        return compare(run, at, container);
    }
    if let Some(by) = run.tree.rendered.iter().find(|resource| names(tracking, resource)) {
        let why = format!(
            "{} is in Git, and its chart, as it is rendered here, has no such container: the versions and the objects \
             of the cluster may decide it",
            object(by)
        );
        return run.push(container, None, State::Unknown(why));
    }
    let is_known = deployer(run, tracking);
    let reason = match is_known {
        Some(_) if of_release => Reason::NotRendered,
        Some((by, is_read)) => {
            let state = if is_read {
                State::NotInGit(by)
            } else {
                State::Unknown(format!("something that {by} deploys could not be read"))
            };
            return run.push(container, None, state);
        }
        None if workload.is_system => Reason::System,
        None if tracking.kustomization.is_some() || of_release || has_tracking_id(run, tracking) => {
            Reason::OtherSource
        }
        None => Reason::Unmanaged,
    };
    run.exclusions.add(reason, container.place.to_string());
}

/// The label by which Argo CD found its objects before is one that Helm's charts set as well: it tells nothing where no
/// Application has this name.
fn has_tracking_id(run: &Run<'_>, tracking: &Tracking) -> bool {
    tracking.application.is_some() && run.git.deployments.iter().any(|one| one.by.kind == "Application")
}

/// The fields of Git that a predicate chooses, by their index.
fn fields(run: &Run<'_>, is_wanted: impl Fn(&Field) -> bool) -> Vec<usize> {
    let all = run.tree.fields.iter().enumerate();
    all.filter(|(_, field)| is_wanted(field)).map(|(at, _)| at).collect()
}

/// The fields of the deployer that labels name.
fn of_deployer(run: &Run<'_>, tracking: &Tracking) -> Vec<usize> {
    fields(run, |field| {
        let by =
            field.way.deployment.and_then(|at| run.git.deployments.get(at)).map(|deployment| &deployment.by);
        let is_of_unit = by.is_some_and(|by| names(tracking, by)) && tracking.helm_release.is_none();
        field.resource.as_ref().is_some_and(|resource| names(tracking, resource)) || is_of_unit
    })
}

/// The deployer that labels name, if Git has it and something that it deploys, or that could not be read; and true if all
/// of that could be read.
fn deployer(run: &Run<'_>, tracking: &Tracking) -> Option<(String, bool)> {
    for deployment in run.git.deployments.iter().filter(|deployment| names(tracking, &deployment.by)) {
        let unit = &deployment.unit;
        let deploys = |one: &UnitId| one == unit;
        let has_containers =
            run.tree.containers().flat_map(|one| &one.ways).any(|way| deploys(&way.tree.unit));
        let is_read = !deployment.deploys_more && !run.git.unread.contains(unit);
        if !is_read || has_containers || run.tree.fields.iter().any(|field| deploys(&field.way.tree.unit)) {
            return Some((object(&deployment.by), is_read));
        }
    }
    let fields = run.tree.fields.iter().filter_map(|field| field.resource.as_ref());
    let mut releases = fields.chain(&run.tree.releases).filter(|resource| names(tracking, resource));
    releases.next().map(|resource| (object(resource), false))
}

fn object(resource: &Resource) -> String {
    format!("{} {}", resource.kind, resource.name.as_deref().unwrap_or_default())
}

/// The field with the same repository: the one with the same image if there are several, else the first.
fn chosen(run: &Run<'_>, fields: &[usize], container: &Observed) -> Option<usize> {
    let live = container.images.first()?.image.as_ref()?;
    let mut same_repository: Vec<(usize, &InTree)> = Vec::new();
    for at in fields {
        let tree = &run.tree.fields.get(*at)?.way.tree;
        if run.image(tree).is_some_and(|image| image.name() == live.name()) {
            same_repository.push((*at, tree));
        }
    }
    let same = same_repository.iter().find(|(_, tree)| run.judged(container, tree).0 == State::Same);
    same.or(same_repository.first()).map(|(at, _)| *at)
}

fn compare(run: &mut Run<'_>, at: usize, container: Observed) {
    let Some(tree) = run.tree.fields.get(at).map(|field| field.way.tree.clone()) else { return };
    run.used.insert(at);
    run.present.insert(tree.unit.clone());
    let (state, live) = run.judged(&container, &tree);
    run.items.push(Item { place: container.place, git: Some(tree), live, state });
}
