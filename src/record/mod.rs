//! Files that an audit keeps from one run to the next: the history of audits and the keep-list. Each is
//! updated under a lock and replaced completely, so that no run loses the changes of another one.

mod file;
mod history;
mod keep_list;

pub use file::{LARGEST, RecordFile};
pub use history::History;
pub use keep_list::{KeepList, entries};
