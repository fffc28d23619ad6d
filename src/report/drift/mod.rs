//! The reports of `pullable drift`.

use model::drift::Drift;

use super::safe;

mod human;
mod markdown;
mod sarif;
mod words;

pub use human::human;
pub use markdown::markdown;
pub use sarif::sarif;

/// The report for programs.
pub fn json(found: &Drift) -> String {
    safe::json(found)
}
