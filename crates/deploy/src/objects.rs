//! Objects that decide if a change is rolled out, or that may overwrite it: suspended ones, and those that
//! update images in Git.

use std::sync::{Arc, LazyLock};

use regex::bytes::Regex;

use model::Resource;
use source::{Files, ReadError, RepoPath, Site, SourceFile};
use yaml::Node;

use crate::document::{Document, Role};
use crate::ecosystem::argo_cd::model::{is_application, sources, updated_images};
use crate::ecosystem::flux::model::{ChartTemplate, ImageUpdate, Kustomization, SourceRef};
use crate::ecosystem::suspension::{annotation, is_automated, suspended_by};
use crate::engine::content;
use crate::engine::index::is_candidate;
use crate::engine::parallel;
use crate::engine::schemas::Documents;
use crate::engine::words::ESCAPES;

/// The annotation that explains a suspension.
const REASON: &str = "pullable.dev/suspended";

/// Every file with such an object contains at least one of these words. `None` only if the pattern is
/// invalid, which the tests would show.
static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let deploying = r"argoproj\.io/|kustomize\.toolkit\.fluxcd\.io/|GitRepository|Bucket";
    let updating = r"ImageUpdateAutomation|argocd-image-updater";
    Regex::new(&format!(r"suspend|paused|/reconcile|/ssa|skip-reconcile|{deploying}|{updating}|{ESCAPES}"))
        .ok()
});

/// An object that is suspended.
#[derive(Clone, Debug)]
pub struct SuspendedObject {
    /// Its kind and name.
    pub resource: Resource,
    /// The place that suspends it.
    pub site: Site,
    /// The explanation in its annotation `pullable.dev/suspended`.
    pub reason: Option<String>,
    /// A hash of its fields.
    pub(crate) content: u64,
}

/// An object that deploys a folder: a Kustomization of Flux, an Application of Argo CD, a HelmRelease with its chart.
#[derive(Clone, Debug)]
pub struct DeployingObject {
    /// Its kind and name.
    pub resource: Resource,
    /// The folder that it deploys.
    pub folder: RepoPath,
    /// Kind and name of its source; empty for an Application, which names an address.
    pub source: (String, String),
}

/// An object that updates images in Git.
#[derive(Clone, Debug)]
pub enum Updater {
    /// An `ImageUpdateAutomation` of Flux, which edits the lines with markers below a folder.
    Flux {
        /// Its kind and name.
        resource: Resource,
        /// The folder that it edits.
        folder: RepoPath,
        /// True if it is suspended.
        is_suspended: bool,
        /// Its file, and the place and text of the edit that suspends it; `None` if it is not written in block style.
        hold: Option<(Site, String)>,
        /// The file that it is in.
        path: RepoPath,
    },
    /// An Application with annotations of Argo CD Image Updater.
    ArgoCd {
        /// Its kind and name.
        resource: Resource,
        /// The images, without tags.
        images: Vec<String>,
        /// The file that it is in.
        path: RepoPath,
    },
}

/// The objects of a tree.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    /// The suspended objects.
    pub suspended: Vec<SuspendedObject>,
    /// The objects that deploy folders.
    pub deploying: Vec<DeployingObject>,
    /// The objects that update images.
    pub updaters: Vec<Updater>,
    /// All objects of files with a word of suspension, with their places.
    pub(crate) found: Vec<(Resource, Site)>,
    /// Applications that Argo CD syncs by itself, with their places.
    pub(crate) automated: Vec<(Resource, Site)>,
}

/// Finds the objects in all files of a tree, or in some of them.
///
/// ```
/// use source::Memory;
///
/// let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec: {suspend: true}\n";
/// let files = Memory::default().with("web.yaml", release);
/// let objects = deploy::objects(&files, 1 << 20, None)?;
/// assert_eq!(objects.suspended[0].resource.name.as_deref(), Some("web"));
/// # Ok::<(), source::ReadError>(())
/// ```
///
/// # Errors
/// [`ReadError`] if the files cannot be listed. A file that cannot be read has no objects.
pub fn objects(
    files: &dyn Files,
    max_file_size: u64,
    only: Option<&[RepoPath]>,
) -> Result<Objects, ReadError> {
    let mut paths = match only {
        Some(paths) => paths.to_vec(),
        None => files.list()?,
    };
    paths.retain(is_candidate);
    let mut all = Objects::default();
    for found in parallel::map(&paths, |path| of_file(files, path, max_file_size)) {
        all.suspended.extend(found.suspended);
        all.deploying.extend(found.deploying);
        all.updaters.extend(found.updaters);
        all.found.extend(found.found);
        all.automated.extend(found.automated);
    }
    Ok(all)
}

fn of_file(files: &dyn Files, path: &RepoPath, limit: u64) -> Objects {
    let mut objects = Objects::default();
    let Ok(Some(bytes)) = files.read(path, limit) else { return objects };
    if !WORDS.as_ref().is_some_and(|words| words.is_match(&bytes)) {
        return objects;
    }
    let Ok(file) = SourceFile::decode(path.clone(), bytes) else { return objects };
    Documents::of(&Arc::new(file)).each_other_readable(|root| {
        let (documents, _) = Document::classify(root, path);
        for document in &documents {
            add(&mut objects, document, path);
        }
    });
    objects
}

/// The object in one document.
pub(crate) fn objects_of(document: &Document, path: &RepoPath) -> Objects {
    let mut objects = Objects::default();
    add(&mut objects, document, path);
    objects
}

fn add(objects: &mut Objects, document: &Document, path: &RepoPath) {
    let Role::Manifest(resource) = &document.role else { return };
    let place = document.root.at(&["metadata", "name"]).unwrap_or(&document.root);
    objects.found.push((resource.clone(), place.site()));
    let suspended = suspended_by(document);
    let is_suspended = suspended.is_some();
    if let Some(site) = suspended {
        let reason = annotation(&document.root, REASON).and_then(Node::scalar).map(str::to_owned);
        let content = content::hash(document);
        objects.suspended.push(SuspendedObject { resource: resource.clone(), site, reason, content });
    }
    if is_automated(document) {
        objects.automated.push((resource.clone(), place.site()));
    }
    for (folder, source) in deployed(document) {
        objects.deploying.push(DeployingObject { resource: resource.clone(), folder, source });
    }
    if let Some(update) = ImageUpdate::read(document) {
        let (resource, folder, path) = (resource.clone(), update.folder(), path.clone());
        objects.updaters.push(Updater::Flux { resource, folder, is_suspended, hold: update.hold(), path });
    }
    let images = updated_images(document);
    if !images.is_empty() {
        objects.updaters.push(Updater::ArgoCd { resource: resource.clone(), images, path: path.clone() });
    }
}

/// The folders that an object deploys, each with kind and name of its source.
fn deployed(document: &Document) -> Vec<(RepoPath, (String, String))> {
    let named = |source: SourceRef<'_>| {
        (source.kind.unwrap_or_default().to_owned(), source.name.unwrap_or_default().to_owned())
    };
    if let Some(kustomization) = Kustomization::read(document) {
        let folder = kustomization.folder(None);
        return folder.map(|folder| (folder, named(kustomization.source))).into_iter().collect();
    }
    if let Some(chart) = ChartTemplate::read(document) {
        return chart.folder(None).map(|folder| (folder, named(chart.source))).into_iter().collect();
    }
    if !is_application(document) {
        return Vec::new();
    }
    let folders = sources(document).into_iter().filter_map(|source| source.folder(None));
    folders.map(|folder| (folder, (String::new(), String::new()))).collect()
}
