//! An object that a chart generates, as a unit.

use model::UnitId;

use crate::engine::chart_object::ChartObject;
use crate::engine::part::Part;
use crate::engine::side::Side;
use crate::engine::tree::Tree;
use crate::engine::unit::Unit;

impl ChartObject {
    /// The same object on another side.
    pub(crate) fn same_in(&self, side: &Side<'_>) -> Option<Self> {
        side.objects.iter().find(|other| self.is(other)).cloned()
    }
}

impl Unit for ChartObject {
    fn id(&self) -> UnitId {
        UnitId::Chart { folder: self.folder.clone(), values: None }
    }

    fn assemble(&self, tree: &Tree<'_>, visit: &mut dyn FnMut(Part)) {
        tree.shares(&self.reads);
        tree.read(self.document.clone(), visit);
    }
}
