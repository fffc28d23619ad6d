//! `pullable init`: inspects a repository and creates the files that set up the gate. No file is overwritten.

mod found;
mod plan;
mod templates;
mod text;

pub use found::{Forge, Found, Registries};
pub use plan::{InitError, Plan, Step};
pub use templates::BASELINE;
pub use text::text;
