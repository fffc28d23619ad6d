//! The objects of a tree that send notifications of failures, and the objects whose failures they report, in
//! their deployed form.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use model::{Resource, UnitId};
use source::{Files, ReadError, RepoPath, Site};

use crate::applied::is_deployed_by;
use crate::document::Document;
use crate::ecosystem::argo_cd::model::notifications::{Notifications, Subscribed};
use crate::ecosystem::argo_cd::model::{is_application, is_set};
use crate::ecosystem::flux::model::notifications::{Alert, Provider, name_of, texts, waits};
use crate::ecosystem::suspension::suspended_by;
use crate::engine::file;
use crate::engine::parallel;
use crate::engine::part::Part;
use crate::engine::side::Side;
use crate::engine::survey;
use crate::engine::tree::Tree;
use crate::engine::unit::{Assembled, Unit};
use crate::engine::units;
use crate::evaluate::references_in;
use crate::repositories::Repositories;

/// The end of the API groups of Flux.
const FLUX: &str = ".toolkit.fluxcd.io";

/// Every file with one of the objects contains at least one of these words.
const WORDS: [&str; 3] = [FLUX, "argoproj.io", "argocd-notifications-cm"];

/// The objects of a tree that send notifications, and those that they watch.
#[derive(Clone, Debug, Default)]
pub struct Notifying {
    /// Kustomizations and `HelmReleases` of Flux that are not suspended.
    pub watched: Vec<Watched>,
    /// Alerts of Flux.
    pub alerts: Vec<Alert>,
    /// Providers of Flux.
    pub providers: Vec<Provider>,
    /// Applications and `ApplicationSets` of Argo CD.
    pub applications: Vec<(Resource, Site, Subscribed)>,
    /// Projects of Argo CD.
    pub projects: Vec<Subscribed>,
    /// The config maps of Argo CD's notifications.
    pub notifications: Vec<Notifications>,
}

/// An object of Flux whose failures are reported.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Its identity.
    pub resource: Resource,
    /// The place of its name.
    pub site: Site,
    /// Its labels.
    pub labels: Vec<(String, String)>,
    /// True if the controller waits for the applied resources; otherwise their failure is not an event.
    pub waits: bool,
    /// The number of images in the resources that it applies itself, without those of `HelmReleases`; `None`
    /// if they are not in this tree.
    pub images: Option<usize>,
}

/// The relevant part of a unit.
#[derive(Default)]
struct OfUnit {
    documents: Vec<Document>,
    /// The number of images of its own objects.
    images: usize,
}

/// Finds the objects that send notifications, and those that they watch, in all units.
///
/// ```
/// use deploy::Repositories;
/// use source::Memory;
///
/// let alert = "apiVersion: notification.toolkit.fluxcd.io/v1beta3\nkind: Alert\nmetadata: {name: all}\nspec: {providerRef: {name: x}}\n";
/// let files = Memory::default().with("alert.yaml", alert);
/// let notifying = deploy::notifying(&files, 1 << 20, &Repositories::default())?;
/// assert_eq!(notifying.alerts[0].provider, "x");
/// # Ok::<(), source::ReadError>(())
/// ```
///
/// # Errors
/// [`ReadError`] if the files cannot be listed.
pub fn notifying(
    files: &dyn Files,
    max_file_size: u64,
    repositories: &Repositories,
) -> Result<Notifying, ReadError> {
    let side = survey::whole(files, max_file_size, true, false, repositories)?;
    let pairs = units::all(&side, |_| true);
    let found = parallel::map(&pairs, |pair| of_unit(&*pair.head, &side));
    let mut images: HashMap<UnitId, usize> = HashMap::new();
    for (pair, unit) in pairs.iter().zip(&found) {
        images.insert(pair.head.id(), unit.images);
    }
    let mut all = Notifying::default();
    let mut seen = HashSet::new();
    for document in found.iter().flat_map(|unit| &unit.documents) {
        // Several units may deploy one object.
        if seen.insert(identity(document)) {
            all.add(document, &side, &images);
        }
    }
    side.discard();
    Ok(all)
}

fn of_unit(unit: &dyn Unit, side: &Side<'_>) -> OfUnit {
    let assembled = Assembled::new(unit, side);
    let mut found = OfUnit::default();
    let is_own = |resource: &Resource| !group(resource).ends_with(FLUX);
    for reference in references_in(unit.id(), &assembled) {
        found.images += usize::from(reference.resource.is_some_and(|resource| is_own(&resource)));
    }
    let parts = match unit.id() {
        UnitId::File(path) => of_file(&path, side),
        _ => assembled.parts,
    };
    for part in parts {
        if let Part::Document(document) = part
            && counts(&document)
        {
            found.documents.push(document);
        }
    }
    found
}

/// The documents of a file on its own. As a unit it has none if it contains no possible reference.
fn of_file(path: &RepoPath, side: &Side<'_>) -> Vec<Part> {
    let tree = Tree::new(side);
    let mut parts = Vec::new();
    if let Ok(Some(file)) = file::read(&tree, path)
        && WORDS.iter().any(|word| file.text().contains(word))
        && !tree.is_chart_template(path)
    {
        file::documents(&file, &mut |part| match part {
            Part::Document(document) => tree.read(document, &mut |part| parts.push(part)),
            Part::Problem(_) => {}
        });
    }
    parts
}

/// True if a document is one of the objects.
fn counts(document: &Document) -> bool {
    document.resource().is_some_and(|resource| {
        let group = group(resource);
        group.ends_with(FLUX) || group == "argoproj.io" || resource.kind == "ConfigMap"
    })
}

fn group(resource: &Resource) -> &str {
    resource.api_version.split_once('/').map_or("", |(group, _)| group)
}

/// The namespace and name of a document, which depend on the unit, and its place.
type Identity = (Option<String>, Option<String>, RepoPath, Range<usize>);

fn identity(document: &Document) -> Identity {
    let site = document.root.site();
    let (namespace, name) = match document.resource() {
        Some(resource) => (resource.namespace.clone(), resource.name.clone()),
        None => (None, None),
    };
    (namespace, name, site.file.path().clone(), site.span.range())
}

impl Notifying {
    fn add(&mut self, document: &Document, side: &Side<'_>, images: &HashMap<UnitId, usize>) {
        self.alerts.extend(Alert::read(document));
        self.providers.extend(Provider::read(document));
        self.notifications.extend(Notifications::read(document));
        let Some(resource) = document.resource() else { return };
        if let Some(waits) = waits(document).filter(|_| suspended_by(document).is_none()) {
            self.watched.push(Watched {
                resource: resource.clone(),
                site: name_of(document),
                labels: texts(document.root.at(&["metadata", "labels"])),
                waits,
                images: if resource.kind == "HelmRelease" { None } else { applied(document, side, images) },
            });
        }
        if let Some(subscribed) = Subscribed::read(document) {
            if is_application(document) || is_set(document) {
                self.applications.push((resource.clone(), name_of(document), subscribed));
            } else {
                self.projects.push(subscribed);
            }
        }
    }
}

/// The images of the roots that a Kustomization deploys; `None` if it deploys none of this tree.
fn applied(document: &Document, side: &Side<'_>, images: &HashMap<UnitId, usize>) -> Option<usize> {
    let mut units = HashSet::new();
    for root in Tree::new(side).roots_of(document) {
        for known in side.graph().roots_on(&root.folder).filter(|known| is_deployed_by(known, document)) {
            units.insert(known.id.clone());
        }
    }
    if units.is_empty() {
        return None;
    }
    Some(units.iter().filter_map(|unit| images.get(unit)).sum())
}
