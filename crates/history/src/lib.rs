//! Walks through the history of a repository along first parents: the commit that introduced a reference of a unit, and
//! the values that its field had before. The comparison is that of the gate: a commit introduces a reference if its unit has the reference at the commit, and lacks it at the first parent.
//!
//! ```no_run
//! use std::path::Path;
//! use std::time::Duration;
//!
//! use git::Repository;
//! use history::History;
//! use model::UnitId;
//! use run::Deadline;
//! use source::RepoPath;
//!
//! let deadline = Deadline::after(Duration::from_secs(60));
//! let repository = Repository::open(Path::new("."), &deadline)?;
//! let mut history = History::new(&repository, "HEAD", 16 << 20, &deploy::Repositories::default())?;
//! let unit = UnitId::Kustomization(RepoPath::new("prod"));
//! for reference in history.references(&unit)? {
//!     let introduced = history.introducing(&unit, &reference)?;
//!     println!("{} since {}", reference.image_or_text(), introduced.commit);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

mod completed;
mod earlier;
mod error;
mod filter;
mod introducing;
mod since;
mod states;
mod tracked;

pub use completed::Completed;
pub use earlier::{Earlier, EarlierValues};
pub use error::HistoryError;
pub use introducing::Introduced;
pub use since::{Since, suspended_since};
pub use states::History;

#[cfg(test)]
#[cfg(unix)]
mod tests;
