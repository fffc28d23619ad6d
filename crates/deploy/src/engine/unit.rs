//! Units: resources that are deployed together.

use std::sync::Arc;

use model::UnitId;

use crate::engine::part::Part;
use crate::engine::reads::Reads;
use crate::engine::side::Side;
use crate::engine::tree::Tree;

/// Resources that are deployed together.
pub trait Unit: Send + Sync {
    /// Its identity.
    fn id(&self) -> UnitId;

    /// Visits its documents one by one; a part that cannot be read is a problem.
    fn assemble(&self, tree: &Tree<'_>, visit: &mut dyn FnMut(Part));

    /// The reads that tracing finds, without those of files and resources that its documents name.
    fn traced(&self, side: &Side<'_>) -> Arc<Reads> {
        let tree = Tree::tracing(side);
        self.assemble(&tree, &mut |_| {});
        Arc::new(tree.into_reads())
    }
}

/// The result of a full evaluation, and its reads.
pub(crate) struct Assembled {
    pub(crate) parts: Vec<Part>,
    pub(crate) reads: Reads,
}

impl Assembled {
    /// Evaluates a unit completely.
    pub(crate) fn new(unit: &dyn Unit, side: &Side<'_>) -> Self {
        let tree = Tree::new(side);
        let mut parts = Vec::new();
        unit.assemble(&tree, &mut |part| parts.push(part));
        Self { parts, reads: tree.into_reads() }
    }
}

/// A unit at head, and the same unit at base if it existed there.
pub(crate) struct Pair {
    pub(crate) base: Option<Box<dyn Unit>>,
    pub(crate) head: Box<dyn Unit>,
    /// The result at head, if it was needed to determine the reads of the unit.
    pub(crate) assembled: Option<Assembled>,
}

impl Pair {
    /// A unit that does not exist at base, or is not compared.
    pub(crate) fn alone(head: impl Unit + 'static) -> Self {
        Self { base: None, head: Box::new(head), assembled: None }
    }

    /// A unit with its counterpart at base.
    pub(crate) fn of(head: impl Unit + 'static, base: Option<impl Unit + 'static>) -> Self {
        let base = base.map(|unit| Box::new(unit) as Box<dyn Unit>);
        Self { base, head: Box::new(head), assembled: None }
    }
}
