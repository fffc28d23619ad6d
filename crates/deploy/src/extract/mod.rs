//! From files to references: units assemble documents, extractors read references out of them, and
//! what head has and base has not is what a change introduces.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};

use crate::assemble::{self, Document, Pair, Part, Side, Tree, Unit};
use model::Rule;
use model::policy::Ignore;
use model::{Exemption, FileProblem, Kind, Reference, Resource, Target};
use source::change::Change;
use source::{Files, ReadError, RepoPath, Span};

mod argo_cd;
mod argo_workflows;
mod charts;
mod claim;
mod custom;
mod embedded;
mod flux;
mod ignore;
mod kubernetes;
mod kustomize;
mod kyverno;
mod parameter;
mod patch;
mod placeholder;
mod select;
mod set;
mod tekton;
mod unknown;
mod values;
mod version;
mod walk;

use claim::Claim;
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
    &charts::Charts,
    &argo_workflows::ArgoWorkflows,
    &tekton::Tekton,
    &kyverno::Kyverno,
    &custom::CustomResources,
    &unknown::UnknownKinds,
];

/// What to extract from.
pub struct Input<'a> {
    /// The files at head.
    pub head: &'a dyn Files,
    /// The files at base; without them everything is taken.
    pub base: Option<&'a dyn Files>,
    /// Which of the files.
    pub selection: Selection<'a>,
    /// Largest file that is read, in bytes.
    pub max_file_size: u64,
    /// The configuration's ignores: what they covered at the base does not count as already there.
    pub ignores: &'a [Ignore],
}

/// Which files are looked at.
#[derive(Clone, Copy, Debug)]
pub enum Selection<'a> {
    /// Those that differ between base and head, and all that is deployed with them.
    Changed(&'a [Change]),
    /// All whose names say that they may hold references.
    Candidates,
    /// All, whatever they are called.
    All,
}

/// What was extracted, in the order of path and place.
#[derive(Debug, Default)]
pub struct Extraction {
    /// The references.
    pub references: Vec<Reference>,
    /// What could not be read or is not understood.
    pub problems: Vec<FileProblem>,
    /// Changed files that no unit reads, outside of charts and deployed folders.
    pub unread: Vec<RepoPath>,
}

/// What is rendered by tools that are not understood: a problem for each file.
pub fn not_understood<'a>(paths: impl Iterator<Item = &'a RepoPath>) -> Vec<FileProblem> {
    let problems = paths.filter_map(|path| {
        let name = path.file_name();
        let in_helmfile_d = path.as_str().split('/').any(|part| part == "helmfile.d") && path.is_yaml();
        let what = if name.ends_with(".jsonnet") || name.ends_with(".libsonnet") {
            "jsonnet"
        } else if in_helmfile_d || name.starts_with("helmfile.") {
            "helmfile"
        } else {
            return None;
        };
        Some(FileProblem {
            rule: Rule::NotChecked,
            path: path.clone(),
            message: format!("{what} is not rendered, so the images that it deploys are not checked"),
            help: Some("render it and check the result: … | pullable check -".to_owned()),
            site: None,
            about: 0,
        })
    });
    problems.collect()
}

/// Extracts from the units that a change reaches, or from all, on all cores.
///
/// # Errors
/// [`ReadError`] where the files cannot be listed.
pub fn extract(input: &Input<'_>) -> Result<Extraction, ReadError> {
    let changes = match input.selection {
        Selection::Changed(changes) => Some(changes),
        _ => None,
    };
    if changes.is_some_and(<[Change]>::is_empty) && !links_differ(input)? {
        return Ok(Extraction::default());
    }
    let is_whole = !matches!(input.selection, Selection::All);
    let head = assemble::whole(input.head, input.max_file_size, is_whole)?;
    let base = match (input.base, changes) {
        (Some(files), Some(changes)) => Some(assemble::base_of(&head, files, changes)?),
        _ => None,
    };
    let (pairs, mut read) = match input.selection {
        Selection::Changed(changes) => {
            let affected = assemble::affected(&head, base.as_ref(), changes);
            (affected.pairs, affected.read)
        }
        Selection::Candidates => (assemble::all(&head, assemble::is_candidate), BTreeSet::new()),
        Selection::All => (assemble::all(&head, |_| true), BTreeSet::new()),
    };
    let done: Mutex<Vec<(usize, Evaluated)>> = Mutex::new(Vec::new());
    let numbered: Vec<(usize, &Pair)> = pairs.iter().enumerate().collect();
    assemble::each(&numbered, |(index, pair)| {
        let result = one(pair, &head, base.as_ref(), input.ignores);
        if let Ok(mut done) = done.lock() {
            done.push((*index, result));
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(index, _)| *index);
    let mut all = Extraction::default();
    for (_, (extraction, files)) in done {
        read.extend(files);
        all.references.extend(extraction.references);
        all.problems.extend(extraction.problems);
    }
    if let Some(changes) = changes {
        let account = assemble::account(&head, changes, &read);
        all.problems.extend(account.problems);
        all.unread = account.unread;
    }
    all.references = of_all_units(all.references);
    // A notice is about a file, however often it holds there.
    let mut notices: HashSet<(RepoPath, String)> = HashSet::new();
    all.problems.retain(|problem| {
        problem.rule != Rule::NotChecked || notices.insert((problem.path.clone(), problem.message.clone()))
    });
    if let Some(changes) = changes {
        // A new unit reads files that are as they were: nothing is added to these.
        let at_head: HashSet<&RepoPath> = changes.iter().filter_map(|change| change.head.as_ref()).collect();
        all.problems.retain(|problem| problem.rule != Rule::IgnoreAdded || at_head.contains(&problem.path));
    }
    Ok(all)
}

/// Whether a symbolic link differs between base and head: links are no changed files.
fn links_differ(input: &Input<'_>) -> Result<bool, ReadError> {
    Ok(match input.base {
        Some(base) => base.links()? != input.head.links()?,
        None => false,
    })
}

/// The references and problems of a unit, and the files that it reads.
type Evaluated = (Extraction, BTreeSet<RepoPath>);

/// The references and problems of a unit at head that it does not have at base, and the files that it reads at head.
fn one(pair: &Pair, head: &Side<'_>, base: Option<&Side<'_>>, ignores: &[Ignore]) -> Evaluated {
    let (head, read) = evaluate(&*pair.head, head);
    if base.is_none() || head.references.is_empty() && head.problems.is_empty() {
        return (head, read);
    }
    let base = match (base, &pair.base) {
        (Some(side), Some(unit)) => evaluate(&**unit, side).0,
        _ => Extraction::default(),
    };
    (introduced(head, &base, ignores), read)
}

fn introduced(mut head: Extraction, base: &Extraction, ignores: &[Ignore]) -> Extraction {
    let added = model::added_ignores(&head.references, &base.references);
    let mut old: HashMap<(String, Kind), Vec<Exemption>> = HashMap::new();
    for reference in &base.references {
        old.entry(key(reference)).or_default().push(Exemption::of(reference, ignores));
    }
    head.references.retain(|reference| {
        let exemption = Exemption::of(reference, ignores);
        let same = old.get(&key(reference)).map(Vec::as_slice).unwrap_or_default();
        !same.iter().any(|at_base| at_base.is_kept_by(&exemption))
    });
    let what = |problem: &FileProblem| (problem.rule, problem.message.clone(), problem.about);
    let old: HashSet<(Rule, String, u64)> = base.problems.iter().map(what).collect();
    head.problems.retain(|problem| !old.contains(&what(problem)));
    head.problems.extend(added);
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

/// The references and problems of a unit, and the files that it reads.
fn evaluate(unit: &dyn Unit, side: &Side<'_>) -> Evaluated {
    let tree = Tree::new(side);
    let mut found = Found { unit: unit.id().clone(), ..Found::default() };
    unit.assemble(&tree, &mut |part| match part {
        Part::Problem(problem) => found.extraction.problems.push(problem),
        Part::Document(document) => found.document(&document),
    });
    let mut extraction = found.extraction;
    let place = |reference: &Reference| (reference.site.file.path().clone(), reference.site.span);
    extraction.references.sort_by_cached_key(|reference| (place(reference), reference.field.clone()));
    (extraction, tree.into_files())
}

/// A base that several roots deploy without changing it says the same in each: that is one reference, with all
/// the units that deploy it.
fn of_all_units(references: Vec<Reference>) -> Vec<Reference> {
    type Same = (RepoPath, Span, (String, Kind));
    let mut at: HashMap<Same, usize> = HashMap::new();
    let mut kept: Vec<Reference> = Vec::new();
    for reference in references {
        let site = &reference.site;
        let same = (site.file.path().clone(), site.span, key(&reference));
        match at.entry(same) {
            Entry::Occupied(first) => {
                // The references of a unit come together.
                if let Some(first) = kept.get_mut(*first.get())
                    && first.also_in.last().unwrap_or(&first.unit) != &reference.unit
                {
                    first.also_in.push(reference.unit);
                }
            }
            Entry::Vacant(new) => {
                new.insert(kept.len());
                kept.push(reference);
            }
        }
    }
    kept
}

/// Where extractors put what they find.
#[derive(Default)]
struct Found {
    unit: RepoPath,
    extractor: &'static str,
    resource: Option<Arc<Resource>>,
    extraction: Extraction,
    /// What the notices of this unit were about.
    notices: HashSet<u64>,
    multiplied: bool,
    /// How often something was claimed: aliases may claim the same a million times.
    claims: usize,
    /// What was claimed, by place and hash.
    claimed: HashSet<(Span, u64)>,
}

/// Most claims of a unit.
const MAX_CLAIMS: usize = 400_000;

/// Most notices that a unit keeps: they are counted by files in the end.
const MAX_NOTICES: usize = 1000;

impl Found {
    fn document(&mut self, document: &Document) {
        self.resource = document.resource().cloned().map(Arc::new);
        for extractor in ALL {
            self.extractor = extractor.name();
            if extractor.extract(document, self) == Err(TooMuch) {
                self.multiplied(document.root.site().file.path());
            }
        }
    }

    /// Says once that aliases come to more than is looked at.
    fn multiplied(&mut self, path: &RepoPath) {
        if std::mem::replace(&mut self.multiplied, true) {
            return;
        }
        self.problem(FileProblem {
            rule: Rule::UnparseableFile,
            path: path.clone(),
            message: assemble::MULTIPLIED.to_owned(),
            help: None,
            site: None,
            about: 0,
        });
    }

    fn problem(&mut self, problem: FileProblem) {
        self.extraction.problems.push(problem);
    }

    /// Something that is not checked; the same is said once of a unit.
    fn not_checked(&mut self, problem: FileProblem) {
        if self.notices.len() < MAX_NOTICES && self.notices.insert(problem.about) {
            self.problem(problem);
        }
    }

    fn claim(&mut self, claim: Claim) {
        self.claims += 1;
        if self.claims > MAX_CLAIMS {
            if self.claims == MAX_CLAIMS + 1
                && let Some(read) = claim.understand()
            {
                self.multiplied(read.site.file.path());
            }
            return;
        }
        let Some(read) = claim.understand() else { return };
        let range = claim.range();
        let mut reference = Reference {
            target: read.target,
            kind: read.kind,
            site: read.site,
            parts: read.parts,
            related: read.related,
            resource: self.resource.clone(),
            field: claim.field,
            extractor: self.extractor,
            unit: self.unit.clone(),
            also_in: Vec::new(),
            registry_unknown: read.registry_unknown,
            range,
            ignores: Vec::new(),
        };
        // An anchor's scalar may be used many times over; it is one place, and says one thing.
        let mut hasher = DefaultHasher::new();
        (reference.site.file.path(), key(&reference)).hash(&mut hasher);
        if self.claimed.insert((reference.site.span, hasher.finish())) {
            let related = reference.related.iter().map(|(site, _)| site);
            let sites = std::iter::once(&reference.site).chain(related);
            reference.ignores = sites.flat_map(ignore::ignores).collect();
            self.extraction.references.push(reference);
        }
    }
}

#[cfg(test)]
mod tests;
