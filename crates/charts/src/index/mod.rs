//! The index of a chart repository (`index.yaml`): the versions of one chart. Indexes reach 50 MiB, and one chart's
//! entries are a thousandth of that, so the index is scanned for them, and parsed as a whole only if it is not written
//! as the common generators write it.

mod lookup;
mod parse;
mod read;
mod scan;

pub use lookup::{IndexError, Lookup};
pub use read::{INDEX_LIMIT, look_up};

#[cfg(test)]
mod tests;
