//! Units: what gets deployed as one, and the parts that it is assembled of.

use model::FileProblem;
use source::RepoPath;

use crate::document::Document;
use crate::engine::tree::Tree;

/// Something that gets deployed as one.
pub trait Unit: Send + Sync {
    /// Its name in reports.
    fn id(&self) -> &RepoPath;

    /// Reads its documents one by one; a part that cannot be read is a problem.
    fn assemble(&self, tree: &Tree<'_>, visit: &mut dyn FnMut(Part));
}

/// A part of a unit.
#[derive(Debug)]
pub enum Part {
    /// A document.
    Document(Document),
    /// Something that could not be read.
    Problem(FileProblem),
}

/// A unit at head, and the same unit at base if it existed there.
pub struct Pair {
    /// At base.
    pub base: Option<Box<dyn Unit>>,
    /// At head.
    pub head: Box<dyn Unit>,
}

impl Pair {
    /// A unit that does not exist at base, or is not compared.
    pub(crate) fn alone(head: impl Unit + 'static) -> Self {
        Self { base: None, head: Box::new(head) }
    }

    /// A unit with the one that it was.
    pub(crate) fn of(head: impl Unit + 'static, base: Option<impl Unit + 'static>) -> Self {
        Self { base: base.map(|unit| Box::new(unit) as Box<dyn Unit>), head: Box::new(head) }
    }
}
