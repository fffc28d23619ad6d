//! `pullable init`: from a look at a repository to the files that set the gate up. Nothing is overwritten.

mod found;
mod plan;
mod templates;
mod text;

pub use found::{Forge, Found, Registries};
pub use plan::{InitError, Plan, Step};
pub use templates::BASELINE;
pub use text::text;
