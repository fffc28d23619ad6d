//! The index of a chart repository (`index.yaml`): the versions of one chart. Indexes have up to 50 MiB, and
//! one chart's entries are a thousandth of that. The index is therefore scanned for them, and parsed
//! completely only if it does not have the form that the common generators write.

mod lookup;
mod parse;
mod read;
mod scan;

pub use lookup::{IndexError, Lookup};
pub use read::{INDEX_LIMIT, look_up};

#[cfg(test)]
mod tests;
