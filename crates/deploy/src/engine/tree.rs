//! The view of one side for an evaluation. It records every read, listing and look-up, which decide if a
//! change affects the evaluated unit.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use source::{Files as _, ReadError, RepoPath};
use yaml::Node;

use crate::document::Document;
use crate::ecosystem::kustomize::Built;
use crate::engine::content;
use crate::engine::reads::{Lookup, Reads, Use};
use crate::engine::rendered::{RenderedChart, RenderedCharts};
use crate::engine::side::{Recorded, Side};

/// The view of an evaluation.
pub struct Tree<'a> {
    side: &'a Side<'a>,
    /// The records of this evaluation and of the nested ones that are recorded separately.
    frames: RefCell<Vec<Reads>>,
    is_tracing: bool,
    /// The charts of kustomizations that were rendered, for the second build of a root.
    charts: Option<&'a RenderedCharts>,
    /// The records of the kustomizations that were built, if deployers are made.
    by_folder: Option<RefCell<BTreeMap<RepoPath, Reads>>>,
}

impl<'a> Tree<'a> {
    /// For a full evaluation.
    pub fn new(side: &'a Side<'a>) -> Self {
        let frames = RefCell::new(vec![Reads::default()]);
        Self { side, frames, is_tracing: false, charts: None, by_folder: None }
    }

    /// For a full evaluation with the charts of kustomizations that were rendered.
    pub(crate) fn with_charts(side: &'a Side<'a>, charts: &'a RenderedCharts) -> Self {
        Self { charts: Some(charts), ..Self::new(side) }
    }

    /// For the build of all deployers that a root deploys.
    pub(crate) fn making(side: &'a Side<'a>) -> Self {
        Self { by_folder: Some(RefCell::default()), ..Self::new(side) }
    }

    /// For an evaluation that determines the files that are read, without parsing files that name no other
    /// file.
    pub(crate) fn tracing(side: &'a Side<'a>) -> Self {
        Self { is_tracing: true, ..Self::new(side) }
    }

    /// True if the evaluation only determines the files that are read.
    pub(crate) fn is_tracing(&self) -> bool {
        self.is_tracing
    }

    /// True if deployers are built. The reads of each kustomization are recorded separately then, and those
    /// of the deployers' own files are not recorded.
    pub(crate) fn is_making(&self) -> bool {
        self.by_folder.is_some()
    }

    /// The deployers in a file, as they are written.
    pub(crate) fn deployers_in(&self, path: &RepoPath) -> &'a [Document] {
        self.side.index.deployers_in(path)
    }

    /// Builds a kustomization that another one includes.
    pub(crate) fn below<T>(&self, folder: &RepoPath, build: impl FnOnce() -> T) -> T {
        let Some(by_folder) = &self.by_folder else { return build() };
        let (done, reads) = self.apart(build);
        by_folder.borrow_mut().entry(folder.clone()).or_default().extend(&reads);
        done
    }

    /// The records of the kustomizations that were built.
    pub(crate) fn by_folder(&self) -> BTreeMap<RepoPath, Arc<Reads>> {
        let mut records = BTreeMap::new();
        for (folder, reads) in self.by_folder.iter().flat_map(RefCell::take) {
            records.insert(folder, Arc::new(reads));
        }
        records
    }

    /// Records the reads of a result that several evaluations share.
    pub(crate) fn shares(&self, reads: &Arc<Reads>) {
        self.record(|own| own.share(reads));
    }

    pub(crate) fn side(&self) -> &'a Side<'a> {
        self.side
    }

    /// Maximum size of a file, in bytes.
    pub(crate) fn limit(&self) -> u64 {
        self.side.limit
    }

    /// True if the charts in the tree are rendered.
    pub(crate) fn renders(&self) -> bool {
        self.side.renders
    }

    /// The name of the archive that contains the files, if they are not those of the repository.
    pub(crate) fn origin(&self) -> Option<&'a Arc<str>> {
        self.side.origin.as_ref()
    }

    /// True if all existing files are in this tree.
    pub(crate) fn is_whole(&self) -> bool {
        self.side.is_whole
    }

    /// The record of the evaluation.
    pub(crate) fn into_reads(self) -> Reads {
        self.frames.into_inner().pop().unwrap_or_default()
    }

    fn record(&self, note: impl FnOnce(&mut Reads)) {
        if let Some(reads) = self.frames.borrow_mut().last_mut() {
            note(reads);
        }
    }

    /// Records a look-up.
    pub(crate) fn looked_up(&self, lookup: Lookup) {
        self.record(|reads| _ = reads.lookups.insert(lookup));
    }

    /// Records the reads of a result that was computed before.
    pub(crate) fn took(&self, reads: &Reads) {
        self.record(|own| own.extend(reads));
    }

    /// Records that a kustomization is included, whose reads are recorded for it.
    pub(crate) fn included(&self, folder: &RepoPath) {
        self.record(|reads| _ = reads.included.insert(folder.clone()));
    }

    /// Records that the documents of a file are resources, without reading it.
    pub(crate) fn resources(&self, path: &RepoPath) {
        self.uses(path, Use::Resource);
    }

    /// Records that a file is a patch, without reading it.
    pub(crate) fn patch(&self, path: &RepoPath) {
        self.uses(path, Use::Patch);
    }

    /// Records that the content of a file becomes a part of the result, without reading it.
    pub(crate) fn part(&self, path: &RepoPath) {
        self.uses(path, Use::Part);
    }

    /// Records a file, and the one that it is a link to.
    fn uses(&self, path: &RepoPath, made: Use) {
        self.record(|reads| reads.file(path, made));
        if let Some(real) = self.side.files.real(path) {
            self.record(|reads| reads.file(real, Use::Beside));
        }
    }

    /// Records that the result depends on a file that was read before.
    pub(crate) fn depends_on(&self, path: &RepoPath) {
        self.record(|reads| reads.file(path, Use::Beside));
    }

    /// Runs the work with a separate record, which is returned instead of added to this one.
    pub(crate) fn apart<T>(&self, work: impl FnOnce() -> T) -> (T, Reads) {
        self.frames.borrow_mut().push(Reads::default());
        let done = work();
        let reads = self.frames.borrow_mut().pop().unwrap_or_default();
        (done, reads)
    }

    /// The bytes of a file; `None` if it does not exist. `is_part`: its content becomes a part of the result.
    ///
    /// # Errors
    /// [`ReadError`] if it is larger than `limit` bytes, or cannot be read.
    pub(crate) fn bytes(
        &self,
        path: &RepoPath,
        limit: u64,
        is_part: bool,
    ) -> Result<Option<Vec<u8>>, ReadError> {
        self.uses(path, if is_part { Use::Part } else { Use::Beside });
        self.side.files.read(path, limit)
    }

    /// The path of the regular file behind a path.
    pub(crate) fn real(&self, path: &RepoPath) -> RepoPath {
        self.side.files.real(path).unwrap_or(path).clone()
    }

    /// True if a file exists.
    pub(crate) fn has_file(&self, path: &RepoPath) -> bool {
        self.record(|reads| reads.file(path, Use::Beside));
        self.side.index.has_file(path)
    }

    /// True if a folder exists.
    pub(crate) fn has_folder(&self, path: &RepoPath) -> bool {
        self.looked_up(Lookup::Folder(path.clone()));
        self.side.index.has_folder(path)
    }

    /// The files below a folder, in the order of their paths.
    pub(crate) fn files_below(&self, folder: &RepoPath) -> impl Iterator<Item = &'a RepoPath> + use<'a> {
        self.record(|reads| reads.folder(folder));
        self.side.index.files_below(folder)
    }

    /// Regular files below a folder that are not part of the list: templates may read them.
    pub(crate) fn unlisted(&self, folder: &RepoPath) -> Vec<RepoPath> {
        self.side.files.unlisted(folder)
    }

    /// The kustomization of a folder.
    pub(crate) fn kustomization(&self, folder: &RepoPath) -> Option<Arc<Node>> {
        match &self.by_folder {
            Some(by_folder) => {
                by_folder.borrow_mut().entry(folder.clone()).or_default().kustomization(folder);
            }
            None => self.record(|reads| reads.kustomization(folder)),
        }
        self.side.index.kustomization(folder).cloned()
    }

    /// True if a repository is not that of this tree.
    pub(crate) fn is_elsewhere(&self, url: &str) -> bool {
        self.looked_up(Lookup::Elsewhere(url.to_owned()));
        self.side.graph().is_elsewhere(url)
    }

    /// The result of the kustomization of a folder that several others include: built once, and recorded for each.
    pub(crate) fn built(&self, folder: &RepoPath, build: impl FnOnce() -> Built) -> Recorded<Built> {
        let known = self.side.built.lock().ok().and_then(|built| built.get(folder).cloned());
        let done = known.unwrap_or_else(|| {
            let (done, reads) = self.apart(build);
            let done = Arc::new((done, Arc::new(reads)));
            if let Ok(mut built) = self.side.built.lock() {
                built.insert(folder.clone(), Arc::clone(&done));
            }
            done
        });
        self.took(&done.1);
        done
    }

    /// True if the result of the kustomization of this folder is kept for other kustomizations that include
    /// it.
    pub(crate) fn is_shared(&self, folder: &RepoPath) -> bool {
        self.charts.is_none() && self.side.graph().users(folder).len() > 1
    }

    /// The rendered result of the chart of a kustomization that a document names.
    pub(crate) fn rendered_chart(&self, named: &Document) -> Option<&'a RenderedChart> {
        self.charts?.get(&content::hash(named))
    }

    /// True if a file is a template of a chart in the repository: below `templates/` beside a `Chart.yaml`.
    pub(crate) fn is_chart_template(&self, path: &RepoPath) -> bool {
        path.ancestors()
            .filter(|folder| folder.file_name() == "templates")
            .any(|folder| self.has_file(&folder.parent().join("Chart.yaml")))
    }
}
