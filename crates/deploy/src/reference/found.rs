//! The references and problems of one unit while its documents are read.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use model::{FileProblem, Holder, Problem, Reference, Release, Resource, Rule, Target, ThinVec, UnitId};
use source::{RepoPath, Span};

use crate::engine::file::{ALIASES, MULTIPLIED};
use crate::reference::archive;
use crate::reference::archive::Archive;
use crate::reference::claim::Claim;
use crate::reference::ignore;
use crate::reference::key::key;

/// The references and problems of one unit.
#[derive(Debug, Default)]
pub(crate) struct UnitResult {
    pub(crate) references: Vec<Box<Reference>>,
    pub(crate) problems: Vec<FileProblem>,
    /// References of the base that are neither present at head nor replaced.
    pub(crate) removed: Vec<Box<Reference>>,
}

/// The references and problems of one unit while extractors read its documents.
pub(crate) struct Found {
    unit: UnitId,
    extractor: &'static str,
    resource: Option<Arc<Resource>>,
    result: UnitResult,
    /// The fetched chart whose values are being read, with the scalar that decides which chart it is.
    archive: Option<Archive>,
    /// True if it is not certain that the values are deployed: their references are guesses.
    is_guess: bool,
    /// The release whose rendered result is being read.
    release: Option<Arc<Release>>,
    /// True if the document is a hook.
    is_hook: bool,
    /// The path of the resource within the document that is being read; empty for the document itself.
    within: String,
    /// The subjects of the notices of this unit.
    notices: HashSet<u64>,
    multiplied: bool,
    /// The number of claims: aliases may claim the same a million times.
    claims: usize,
    /// The references by place and hash.
    claimed: HashMap<(Span, u64), usize>,
    /// The paths of fields: many references have the same one.
    fields: HashSet<Arc<str>>,
}

/// Maximum number of claims of a unit.
const MAX_CLAIMS: usize = 400_000;

/// Maximum number of notices that a unit keeps: the report counts them by files.
const MAX_NOTICES: usize = 1000;

impl Found {
    /// An empty result for a unit.
    pub(crate) fn new(unit: UnitId) -> Self {
        Self {
            unit,
            extractor: "",
            resource: None,
            result: UnitResult::default(),
            archive: None,
            is_guess: false,
            release: None,
            is_hook: false,
            within: String::new(),
            notices: HashSet::new(),
            multiplied: false,
            claims: 0,
            claimed: HashMap::new(),
            fields: HashSet::new(),
        }
    }

    /// Begins or ends the reading of a chart. Returns the chart that was read before.
    pub(crate) fn read_archive(&mut self, archive: Option<Archive>) -> Option<Archive> {
        std::mem::replace(&mut self.archive, archive)
    }

    /// Sets the release whose rendered result is read next.
    pub(crate) fn set_release(&mut self, release: Option<Arc<Release>>) {
        self.release = release;
    }

    /// Sets if the next document is a hook.
    pub(crate) fn set_hook(&mut self, is_hook: bool) {
        self.is_hook = is_hook;
    }

    /// Sets the path of the resource within the document that is read next; empty for the document itself.
    pub(crate) fn read_within(&mut self, path: &str) {
        path.clone_into(&mut self.within);
    }

    /// Sets if the next values are a guess.
    pub(crate) fn set_guess(&mut self, is_guess: bool) {
        self.is_guess = is_guess;
    }

    /// Begins the extraction from a document by one extractor.
    pub(crate) fn begin(&mut self, extractor: &'static str, resource: Option<&Resource>) {
        self.extractor = extractor;
        self.resource = resource.cloned().map(Arc::new);
    }

    /// The references in the order of their places, and the problems.
    pub(crate) fn into_result(self) -> UnitResult {
        let mut result = self.result;
        result.references.sort_by_cached_key(|reference| {
            let path = reference.site.file.path().clone();
            (path, reference.site.span, reference.field.clone())
        });
        result
    }

    /// Reports once that aliases multiply beyond the bound.
    pub(crate) fn multiplied(&mut self, path: &RepoPath) {
        if std::mem::replace(&mut self.multiplied, true) {
            return;
        }
        self.problem(FileProblem {
            rule: Rule::UnreadableFile,
            path: path.clone(),
            cause: ALIASES.to_owned(),
            message: MULTIPLIED.to_owned(),
            help: None,
            site: None,
            about: 0,
        });
    }

    pub(crate) fn problem(&mut self, problem: FileProblem) {
        self.result.problems.push(problem);
    }

    /// Reports a part that is not checked, once for a unit.
    pub(crate) fn not_checked(&mut self, problem: FileProblem) {
        if self.notices.len() < MAX_NOTICES && self.notices.insert(problem.about) {
            self.problem(problem);
        }
    }

    pub(crate) fn claim(&mut self, claim: Claim) {
        self.claims += 1;
        if self.claims > MAX_CLAIMS {
            if self.claims == MAX_CLAIMS + 1
                && let Some(read) = claim.understand()
            {
                self.multiplied(read.site.file.path());
            }
            return;
        }
        let Some(mut read) = claim.understand() else { return };
        if read.lacks_tag && self.is_of_chart_alone() {
            let message = "the tag is empty: a value has to fill it in".to_owned();
            let problem = Problem {
                rule: Rule::UnresolvedReference,
                message,
                help: None,
                site: read.site.clone(),
                printed: None,
            };
            read.target = Target::unknown(problem);
        }
        let range = claim.range();
        let field = match self.within.as_str() {
            "" => claim.field,
            path => format!("{path}.{}", claim.field),
        };
        let field = self.shared(field);
        let mut reference = Box::new(Reference {
            target: read.target,
            kind: read.kind,
            site: read.site,
            parts: read.parts,
            related: read.related.into(),
            resource: self.resource.clone(),
            field,
            extractor: self.extractor,
            unit: self.unit.clone(),
            also_in: ThinVec::new(),
            registry_unknown: read.registry_unknown || self.is_guess,
            range: range.map(String::into_boxed_str),
            container: claim.container.map(String::into_boxed_str),
            previous: None,
            ignores: ThinVec::new(),
            default_of: None,
            release: self.release.clone(),
            is_hook: self.is_hook,
            left_out: None,
            also_held: ThinVec::new(),
        });
        if let Some(chart) = &self.archive {
            archive::place_in_repository(&mut reference, chart);
            // A malformed default of a fetched chart may never be deployed.
            let is_read = matches!(reference.target, Target::Known(_));
            if !is_read && reference.default_of.as_ref().is_some_and(|default| default.is_whole) {
                return;
            }
        }
        self.add(reference);
    }

    /// True for the rendered result of a chart with its own values: a release may give those that are missing.
    fn is_of_chart_alone(&self) -> bool {
        let is_rendered = self.archive.as_ref().is_some_and(|archive| archive.is_rendered);
        is_rendered && matches!(self.unit, UnitId::Chart { .. })
    }

    /// The path of a field, in memory once.
    fn shared(&mut self, field: String) -> Arc<str> {
        if let Some(known) = self.fields.get(field.as_str()) {
            return Arc::clone(known);
        }
        let field = Arc::from(field);
        self.fields.insert(Arc::clone(&field));
        field
    }

    /// Adds a reference. A scalar of an anchor or of an overlay may be used many times: it is one place, and
    /// one reference with several holders.
    fn add(&mut self, mut reference: Box<Reference>) {
        let mut hasher = DefaultHasher::new();
        (reference.site.file.path(), key(&reference)).hash(&mut hasher);
        let next = self.result.references.len();
        let at = *self.claimed.entry((reference.site.span, hasher.finish())).or_insert(next);
        if let Some(known) = self.result.references.get_mut(at) {
            let Reference { unit, resource, container, release, is_hook, .. } = *reference;
            return known.also_held.push(Holder { unit, resource, container, release, is_hook });
        }
        let related = reference.related.iter().map(|(site, _)| site);
        let sites = std::iter::once(&reference.site).chain(related);
        reference.ignores = sites.flat_map(ignore::ignores).collect();
        self.result.references.push(reference);
    }
}
