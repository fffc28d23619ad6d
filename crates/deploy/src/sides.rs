//! The two sides of a run before its plan: charts whose objects deploy other resources are rendered, so that
//! these objects are treated like objects in files.

use std::collections::{HashMap, HashSet};

use model::policy::{Ignore, Patterns};
use source::ReadError;
use source::change::Change;

use crate::ecosystem::helm::fetched::Surveyed;
use crate::engine::chart_objects::{Maker, follow, makers, not_followed};
use crate::engine::content;
use crate::engine::links;
use crate::engine::side::Side;
use crate::engine::survey;
use crate::evaluate::{Evaluation, charts_differ};
use crate::plan::{Input, Plan, Selection, is_empty};
use crate::render::{Outcome, Place, Rendering, Renderings, renderings};

/// The sides of a run.
pub struct Sides<'a> {
    head: Side<'a>,
    base: Option<Side<'a>>,
    selection: Selection<'a>,
    ignores: &'a [Ignore],
    excluded: Option<&'a Patterns>,
    /// The releases that are being rendered.
    makers: Vec<(Of, Maker)>,
    /// The releases that were rendered, by their contents.
    done: HashSet<(Of, u64)>,
}

/// The side of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Of {
    Head,
    Base,
    /// Both: the release and its chart are the same.
    Both,
}

impl<'a> Sides<'a> {
    /// Surveys the files; `None` if base and head are the same.
    ///
    /// # Errors
    /// [`ReadError`] if the files cannot be listed.
    pub fn survey(input: &Input<'a>) -> Result<Option<Self>, ReadError> {
        if let Selection::Changed(changes) = input.selection
            && is_empty(input, changes)?
        {
            return Ok(None);
        }
        let is_whole = !matches!(input.selection, Selection::All);
        let (limit, repositories) = (input.max_file_size, &input.repositories);
        let head = survey::whole(input.head, limit, is_whole, input.renders, repositories)?;
        let base = match (input.selection, input.base) {
            (Selection::Changed(changes), Some(files)) => Some(survey::base_of(&head, files, changes)?),
            _ => None,
        };
        let (makers, done) = (Vec::new(), HashSet::new());
        let Input { selection, ignores, excluded, .. } = *input;
        Ok(Some(Self { head, base, selection, ignores, excluded, makers, done }))
    }

    /// The releases that have to be rendered to determine the resources that they deploy; none if there are
    /// no more. An image in the result that cannot be traced is at the scalar that names the chart.
    pub fn renderings(&mut self) -> Vec<Rendering> {
        self.makers = self.next_makers();
        let mut all = Vec::new();
        for (unit, (of, maker)) in self.makers.iter().enumerate() {
            let side = self.base.as_ref().filter(|_| *of == Of::Base).unwrap_or(&self.head);
            // The result of the base is not traced. If both sides are the same, it is that of head.
            let place = Place { unit, is_base: *of != Of::Head, document: 0, source: 0 };
            for rendering in renderings(&maker.document, place, side, &Surveyed::default()) {
                all.push(Rendering { fallback: rendering.named_by.clone(), ..rendering });
            }
        }
        all
    }

    /// The releases that were not rendered yet.
    fn next_makers(&mut self) -> Vec<(Of, Maker)> {
        if !self.head.renders {
            return Vec::new();
        }
        let mut of_base: HashMap<u64, Maker> = HashMap::new();
        for maker in self.base.iter().flat_map(makers) {
            of_base.insert(content::hash(&maker.document), maker);
        }
        let changes = self.changes();
        let mut next = Vec::new();
        for maker in makers(&self.head) {
            let hash = content::hash(&maker.document);
            let is_alike =
                of_base.contains_key(&hash) && !charts_differ(&maker.document, &self.head, &changes);
            let of = if is_alike { Of::Both } else { Of::Head };
            if is_alike {
                of_base.remove(&hash);
            }
            next.push((of, hash, maker));
        }
        next.extend(of_base.into_iter().map(|(hash, maker)| (Of::Base, hash, maker)));
        next.retain(|(of, hash, _)| self.done.insert((*of, *hash)));
        next.into_iter().map(|(of, _, maker)| (of, maker)).collect()
    }

    /// The changes of the run, with those of paths that symbolic links add.
    fn changes(&self) -> Vec<Change> {
        let Selection::Changed(changes) = self.selection else { return Vec::new() };
        links::all_changes(changes, &self.head.files, self.base.as_ref().map(|base| &base.files))
    }

    /// Adds the objects of the rendered releases.
    pub fn follow(&mut self, results: &Renderings) {
        let known =
            [Some(&self.head), self.base.as_ref()].map(|side| side.map_or(0, |side| side.objects.len()));
        for (unit, (of, maker)) in self.makers.iter().enumerate() {
            for source in maker.document.beside.local.iter().map(|local| local.at) {
                let place = Place { unit, is_base: *of != Of::Head, document: 0, source };
                let documents = match results.get(&place).map(|rendered| &rendered.outcome) {
                    Some(Outcome::Documents { documents, .. }) => documents,
                    Some(Outcome::Unverified(why)) if *of != Of::Base => {
                        self.head.hides(not_followed(maker, why));
                        continue;
                    }
                    _ => continue,
                };
                if *of != Of::Base {
                    follow(&mut self.head, maker, documents);
                }
                if let Some(base) = self.base.as_mut().filter(|_| *of != Of::Head) {
                    follow(base, maker, documents);
                }
            }
        }
        if self.head.objects.len() > known[0] {
            survey::again(&mut self.head);
        }
        if let Some(base) = self.base.as_mut().filter(|base| base.objects.len() > known[1]) {
            survey::again(base);
        }
    }

    /// Ends the search for objects of charts: those of the releases that were to be rendered are not followed.
    pub fn stop(&mut self) {
        for (_, maker) in self.makers.iter().filter(|(of, _)| *of != Of::Base) {
            self.head.hides(not_followed(maker, "charts make objects that use charts, on too many levels"));
        }
    }

    /// Finds the units that the run evaluates, and evaluates them.
    pub fn evaluate(self) -> Evaluation<'a> {
        Plan::new(self.head, self.base, self.selection, (self.ignores, self.excluded)).evaluate()
    }
}
