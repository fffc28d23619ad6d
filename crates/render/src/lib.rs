//! Charts rendered by the user's own Helm in a sandbox, and the trace from a rendered image to its characters in the chart or in the values.
//!
//! - [`Helm`] is the helm in `PATH`, version 3 or 4. A [`Chart`] is a set of regular files in memory; a [`Release`] has the values and the cluster.
//! - [`render`] is the plain rendering: documents, each with the template that made it.
//! - [`trace`] renders again with recognizable numbers in the texts that may be part of an image, and gives the scalars of the plain rendering their places: a scalar is composed of pieces ([`yaml::Composed`]), and each piece has its own place. The text without the numbers has to equal that of the plain rendering. All other text has the fallback place.
//!
//! The sandbox: a private temporary folder with a copy of the chart's regular files, an empty environment without
//! settings, plug-ins, credentials or cluster, fixed flags, values on standard input, bounds on wall time, processor time,
//! memory and output ([`Limits`]), no schema that refers to other places, and a process group of its own, which is killed when helm ends.
//!
//! ```no_run
//! use std::path::Path;
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use render::{Chart, Helm, Limits, Release};
//! use run::Deadline;
//! use source::{RepoPath, SourceFile};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (limits, deadline) = (Limits::default(), Deadline::after(Duration::from_secs(60)));
//! let path = std::env::var_os("PATH").unwrap_or_default();
//! let Some(helm) = Helm::find(&path, Path::new("/the/repository"), &limits, &deadline)? else { return Ok(()) };
//!
//! let mut chart = Chart::default();
//! for (path, text) in [
//!     ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
//!     ("values.yaml", "tag: 1.4.2\n"),
//!     ("templates/pod.yaml", "kind: Pod\nspec: {containers: [{image: 'shop/web:{{ .Values.tag }}'}]}\n"),
//! ] {
//!     chart.add(RepoPath::new(path), &RepoPath::new("charts/web").join(path), text.into());
//! }
//! let release = Release::new("web", "shop", "1.33.0");
//! let key = SourceFile::of_text(RepoPath::new("release.yaml"), "web");
//! let fallback = yaml::Node::whole_of(&Arc::new(key));
//! let rendered = render::render(&helm, &chart, &release, &limits, &deadline)?;
//! let traced = render::trace(&helm, &chart, &release, &limits, &deadline, &rendered, &fallback)?;
//! for image in &traced.images {
//!     println!("{} of {}: traced: {}", image.image, image.template, image.is_traced);
//! }
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

mod chart;
mod documents;
mod emit;
mod failure;
mod helm;
mod limits;
mod plain;
mod release;
mod sandbox;
mod schema;
mod trace;

pub use chart::{Chart, ChartFile};
pub use documents::{Document, Rendered};
pub use failure::Failure;
pub use helm::{Helm, Unusable};
pub use limits::Limits;
pub use plain::render;
pub use release::{Hooks, Release};
pub use trace::{ImageLine, Traced, trace, untraced};

#[cfg(test)]
mod tests;
