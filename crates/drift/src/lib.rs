//! The comparison of what a cluster runs with what Git deploys, container by container. Pure: registries and the history
//! of Git are queried by the caller, for the states that leave something open.
//!
//! Every container of both sides is in exactly one place: in an [`Item`], or in an exclusion with its reason.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

mod absent;
mod compare;
mod declared;
mod exclusions;
mod git;
mod images;
mod live;
mod pairs;
mod run;
mod tracked;

pub use compare::{Compared, compare};
pub use exclusions::{Exclusions, NOT_INCLUDED, Reason};
pub use git::Git;
pub use images::{Relation, Renamed, relation};
pub use pairs::{Failing, InCluster, InTree, Item, Place, State};
