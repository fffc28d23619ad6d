//! Units: resources that are deployed together.

use model::UnitId;

use crate::engine::part::Part;
use crate::engine::tree::Tree;

/// Resources that are deployed together.
pub trait Unit: Send + Sync {
    /// Its identity.
    fn id(&self) -> UnitId;

    /// Reads its documents one by one; a part that cannot be read is a problem.
    fn assemble(&self, tree: &Tree<'_>, visit: &mut dyn FnMut(Part));
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
