//! The resources that a GitOps repository deploys, and the image references in them. The engine assembles
//! units and records the reads of each; the ecosystems know the fields of Kubernetes, kustomize, Helm, Flux,
//! Argo CD and others.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

mod applied;
mod build;
mod deployments;
mod document;
mod ecosystem;
mod engine;
mod evaluate;
mod extract;
mod left_out;
mod notifying;
mod object_id;
mod objects;
mod plan;
mod reading;
mod reference;
mod render;
mod repositories;
mod sides;
mod tool_file;
mod units;

pub use applied::{Applied, Share, applied};
pub use build::Extraction;
pub use deployments::{Deployment, deployed_from};
pub use document::is_kustomization_file;
pub use ecosystem::argo_cd::model::notifications::{Notifications, Subscribed};
pub use ecosystem::flux::model::notifications::{Alert, EventSource, Obsolete, Pattern, Provider};
pub use ecosystem::helm::charts_of::ChartFile;
pub use ecosystem::helm::fetched::{Charts, Surveyed};
pub use ecosystem::helm::rendering::Options;
pub use engine::index::is_candidate;
pub use engine::links::Held;
pub use engine::previous::counterpart;
pub use evaluate::Evaluation;
pub use extract::{evaluate, extract};
pub use notifying::{Notifying, Watched, notifying};
pub use object_id::ObjectId;
pub use objects::{DeployingObject, Objects, SuspendedObject, Updater, objects};
pub use plan::{Input, Selection};
pub use reference::key::key;
pub use reference::unrendered::not_understood;
pub use render::{Gaps, Outcome, Place, Rendered, Rendering, Renderings};
pub use repositories::{Repositories, has_host, name as repository_name};
pub use sides::Sides;
pub use tool_file::given_tool_files;
pub use units::{Survey, UnitReads, UnitState};
