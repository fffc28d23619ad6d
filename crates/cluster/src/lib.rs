//! The workloads of a cluster, from a dump of `kubectl get … -o json` or `-o yaml`. A dump is read item by item, and only the necessary fields of an item are read: no environment, no arguments, and no annotation with a whole object.
//!
//! ```
//! let dump = br#"{"apiVersion": "v1", "kind": "List", "items": [
//!     {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "shop", "name": "web"},
//!      "spec": {"containers": [{"name": "web", "image": "nginx:1.27", "env": [{"name": "KEY", "value": "secret"}]}]}}]}"#;
//! let dump = cluster::read(&dump[..])?;
//! assert!(!dump.snapshot().contains("secret"));
//! let workloads = cluster::workloads(dump);
//! assert_eq!(workloads[0].pods[0].containers[0].image, "nginx:1.27");
//! # Ok::<(), cluster::DumpError>(())
//! ```

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

mod absent;
mod blanks;
mod dump;
mod error;
mod image_id;
mod json;
mod kept;
mod object;
mod owners;
mod read;
mod workload;
mod yaml_items;

pub use dump::{Dump, KINDS};
pub use error::DumpError;
pub use image_id::digest_of;
pub use owners::workloads;
pub use read::read;
pub use workload::{Container, Identity, Pod, Running, Tracking, Workload};

#[cfg(test)]
mod tests;
