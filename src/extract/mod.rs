//! From files to references: units assemble documents, extractors read references out of them, and
//! what head has and base has not is what a change introduces.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::change::Change;
use crate::finding::{FileProblem, Kind, Reference, Resource, Target};
use crate::rule::Rule;
use crate::text::{Files, RepoPath};

mod argo_cd;
mod argo_workflows;
mod chart;
mod claim;
mod custom;
mod document;
mod flux;
mod ignore;
mod kubernetes;
mod kustomize;
mod parameter;
mod placeholder;
mod select;
mod tekton;
mod unit;
mod values;
mod version;
mod walk;

use claim::Claim;
pub use document::{Document, Role};
use unit::Part;
pub use unit::{FileUnit, Unit};
use walk::TooMuch;

/// Reads references of one ecosystem out of documents.
trait Extractor: Sync {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// Claims what `document` holds; an extractor leaves documents of others alone.
    ///
    /// # Errors
    /// [`TooMuch`] where aliases expand the document beyond bounds.
    fn extract(&self, document: &Document, found: &mut Found) -> Result<(), TooMuch>;
}

/// All extractors. A new ecosystem is one file and a line here.
static ALL: &[&dyn Extractor] = &[
    &kubernetes::Kubernetes,
    &values::HelmValues,
    &kustomize::Kustomize,
    &flux::Flux,
    &argo_cd::ArgoCd,
    &chart::HelmChart,
    &argo_workflows::ArgoWorkflows,
    &tekton::Tekton,
    &custom::CustomResources,
];

/// A unit at head, and the same at base where it was there.
pub struct Pair {
    /// At base.
    pub base: Option<Box<dyn Unit>>,
    /// At head.
    pub head: Box<dyn Unit>,
}

/// What to extract from.
pub struct Input<'a> {
    /// The files at head.
    pub head: &'a dyn Files,
    /// The files at base; without them everything is taken.
    pub base: Option<&'a dyn Files>,
    /// The units.
    pub pairs: Vec<Pair>,
    /// Largest file that is read, in bytes.
    pub max_file_size: u64,
}

/// What was extracted, in the order of path and place.
#[derive(Debug, Default)]
pub struct Extraction {
    /// The references.
    pub references: Vec<Reference>,
    /// What could not be read or is not understood.
    pub problems: Vec<FileProblem>,
}

/// The units that a change reaches.
pub fn affected(changes: &[Change]) -> Vec<Pair> {
    let units = changes.iter().filter_map(|change| {
        let head = change.head.clone().filter(is_candidate)?;
        let base = change
            .base
            .clone()
            .filter(is_candidate)
            .map(|path| Box::new(FileUnit::new(path)) as Box<dyn Unit>);
        Some(Pair { base, head: Box::new(FileUnit::new(head)) })
    });
    units.collect()
}

/// The units of whole files, without a base.
pub fn whole(paths: impl IntoIterator<Item = RepoPath>) -> Vec<Pair> {
    paths.into_iter().map(|path| Pair { base: None, head: Box::new(FileUnit::new(path)) }).collect()
}

/// Whether a file's name says that it may hold references.
pub fn is_candidate(path: &RepoPath) -> bool {
    path.is_yaml() || document::is_kustomization_file(path)
}

/// What is rendered by tools that are not understood, once for each kind of file.
pub fn not_understood<'a>(paths: impl Iterator<Item = &'a RepoPath>) -> Vec<FileProblem> {
    let mut seen: BTreeMap<&str, FileProblem> = BTreeMap::new();
    for path in paths {
        let name = path.file_name();
        let in_helmfile_d = path.as_str().split('/').any(|part| part == "helmfile.d") && path.is_yaml();
        let what = if name.ends_with(".jsonnet") || name.ends_with(".libsonnet") {
            "jsonnet"
        } else if in_helmfile_d || name.starts_with("helmfile.") {
            "helmfile"
        } else {
            continue;
        };
        seen.entry(what).or_insert_with(|| FileProblem {
            rule: Rule::NotChecked,
            path: path.clone(),
            message: format!("{what} is not rendered, so the images that it deploys are not checked"),
            help: Some("render it and check the result: … | pullable check -".to_owned()),
            site: None,
            about: 0,
        });
    }
    seen.into_values().collect()
}

/// Extracts from all units, on all cores.
pub fn extract(input: &Input<'_>) -> Extraction {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Extraction)>> = Mutex::new(Vec::new());
    let work = || {
        while let Some((index, pair)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            input.pairs.get(index).map(|pair| (index, pair))
        } {
            let extraction = one(pair, input);
            if let Ok(mut done) = done.lock() {
                done.push((index, extraction));
            }
        }
    };
    // A thread costs more than a few files do.
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = cores.min(input.pairs.len() / 8);
    if threads < 2 {
        work();
    } else {
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
    }
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(index, _)| *index);
    let mut all = Extraction::default();
    for (_, extraction) in done {
        all.references.extend(extraction.references);
        all.problems.extend(extraction.problems);
    }
    all.problems = once_each(all.problems);
    all
}

/// A pair's extraction: head's, less what base has too.
fn one(pair: &Pair, input: &Input<'_>) -> Extraction {
    let mut head = evaluate(&*pair.head, input.head, input.max_file_size);
    let (Some(files), Some(unit)) = (input.base, &pair.base) else { return head };
    if head.references.is_empty() && head.problems.is_empty() {
        return head;
    }
    let base = evaluate(&**unit, files, input.max_file_size);
    let old: HashSet<(String, Kind)> = base.references.iter().map(key).collect();
    head.references.retain(|reference| !old.contains(&key(reference)));
    let what = |problem: &FileProblem| (problem.rule, problem.message.clone(), problem.about);
    let old: HashSet<(Rule, String, u64)> = base.problems.iter().map(what).collect();
    head.problems.retain(|problem| !old.contains(&what(problem)));
    head
}

/// What makes two references of a unit the same: the effective image and its kind; where there is none,
/// the text and what is wrong with it.
fn key(reference: &Reference) -> (String, Kind) {
    let what = match &reference.target {
        Target::Known(image) => format!("{image} {}", reference.range.as_deref().unwrap_or_default()),
        Target::Malformed(problem) | Target::Unknown(problem) => {
            let beside: Vec<&str> = reference.related.iter().map(|(site, _)| site.text()).collect();
            let (text, beside) = (reference.site.text(), beside.join("\0"));
            format!("{}\0{text}\0{beside}\0{}", problem.rule, problem.message)
        }
    };
    (what, reference.kind)
}

fn evaluate(unit: &dyn Unit, files: &dyn Files, limit: u64) -> Extraction {
    let mut found = Found { unit: unit.id().clone(), ..Found::default() };
    unit.assemble(files, limit, &mut |part| match part {
        Part::Problem(problem) => found.extraction.problems.push(problem),
        Part::Document(document) => found.document(&document),
    });
    let mut extraction = found.extraction;
    let place = |reference: &Reference| (reference.site.file.path().clone(), reference.site.span);
    extraction.references.sort_by_cached_key(|reference| (place(reference), reference.field.clone()));
    // An anchor's scalar may be used many times over; it is one place, and says one thing.
    extraction.references.dedup_by(|a, b| place(a) == place(b) && key(a) == key(b));
    extraction
}

/// Where extractors put what they find.
#[derive(Default)]
struct Found {
    unit: RepoPath,
    extractor: &'static str,
    resource: Option<Arc<Resource>>,
    extraction: Extraction,
}

impl Found {
    fn document(&mut self, document: &Document) {
        self.resource = document.resource().cloned().map(Arc::new);
        for extractor in ALL {
            self.extractor = extractor.name();
            if extractor.extract(document, self) == Err(TooMuch) {
                self.extraction.problems.push(FileProblem {
                    rule: Rule::UnparseableFile,
                    path: document.root.site().file.path().clone(),
                    message: unit::MULTIPLIED.to_owned(),
                    help: None,
                    site: None,
                    about: 0,
                });
            }
        }
    }

    fn claim(&mut self, claim: Claim) {
        let Some(read) = claim.understand() else { return };
        let range = claim.range();
        let sites = std::iter::once(&read.site).chain(read.related.iter().map(|(site, _)| site));
        let ignores = sites.flat_map(ignore::ignores).collect();
        self.extraction.references.push(Reference {
            target: read.target,
            kind: read.kind,
            site: read.site,
            parts: read.parts,
            related: read.related,
            resource: self.resource.clone(),
            field: claim.field,
            extractor: self.extractor,
            unit: self.unit.clone(),
            registry_unknown: read.registry_unknown,
            range,
            ignores,
        });
    }
}

/// A notice is said once for each cause, with the number of files that share it.
fn once_each(problems: Vec<FileProblem>) -> Vec<FileProblem> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut kept: Vec<FileProblem> = Vec::new();
    for problem in problems {
        if problem.rule == Rule::NotChecked {
            let count = counts.entry(problem.message.clone()).or_default();
            *count += 1;
            if *count > 1 {
                continue;
            }
        }
        kept.push(problem);
    }
    for problem in &mut kept {
        if let Some(more) = counts.get(&problem.message).filter(|count| **count > 1) {
            problem.message = format!("{} ({more} files)", problem.message);
        }
    }
    kept
}

#[cfg(test)]
mod tests;
