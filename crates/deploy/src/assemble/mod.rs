//! From files to what is deployed: units put documents together from the files that take part in them, with the place
//! of every value. Each evaluation records its reads, and a change affects a unit if a recorded read differs.

mod account;
mod affected;
mod application_set;
mod argo_cd;
pub(crate) mod broken;
mod chart;
mod directory;
mod document;
mod each;
mod file;
mod file_unit;
mod graph;
mod index;
pub(crate) mod kustomize;
mod linked;
mod links;
mod lookup;
mod nested;
mod overrides;
mod path;
mod reads;
mod release;
mod root;
mod root_parts;
mod root_unit;
mod side;
mod substitute;
mod survey;
mod tree;
mod unit;

pub use account::{Account, account};
pub use affected::{Affected, affected, all};
pub use document::{Beside, Document, Role, is_kustomization_file};
pub(crate) use each::each;
pub use file::MULTIPLIED;
pub use index::is_candidate;
pub use side::Side;
pub use survey::{base_of, whole};
pub use tree::Tree;
pub use unit::{Pair, Part, Unit};
