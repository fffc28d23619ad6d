//! Chart repositories, over HTTP and in OCI registries: the version that a request takes, and the files of the chart.
//!
//! [`Repositories`] outlives a run and keeps the indexes of repositories. Each run passes its
//! [`registry::Check`], which has the deadline, the connections, the guard against private networks, and the credentials
//! of registries. Those of repositories over HTTP come from Helm's own configuration ([`HelmConfig`]). Credentials are
//! sent to the server that they are for and to no other, and appear in no message.
//!
//! - A [`Request`](model::chart::Request) names a [`Consumer`](model::chart::Consumer) (Helm, Flux, Argo CD resolve versions differently), the address of the
//!   repository, the chart, and the version as it is written.
//! - An [`Answer`] is `Found` with the chart's files in memory, one of the missing kinds (version, chart, archive), which the repository itself confirms, or not verified, with its cause. `Unreadable` is an archive that exists and exceeds a
//!   limit or is broken: it is not checked, and never missing.
//!
//! Callers should make equal requests only once: the index is shared, but archives are downloaded for each request.
//!
//! ```no_run
//! use charts::{Answer, HelmConfig, Options, Repositories};
//! use model::chart::{Consumer, Request, Wanted};
//! use registry::{Check, CheckOptions, Client};
//! use source::Files as _;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! rustls::crypto::ring::default_provider().install_default().ok();
//! let helm = HelmConfig::file(&|name| std::env::var(name).ok()).map(|file| HelmConfig::read(&file));
//! let repositories = Repositories::new(Options { helm: helm.unwrap_or_default(), ..Options::default() });
//!
//! let client = Client::new(registry::Options::default())?;
//! let check = Check::new(&client, CheckOptions::default());
//! let request = Request {
//!     consumer: Consumer::Flux,
//!     repository: "https://kubernetes.github.io/ingress-nginx".to_owned(),
//!     chart: "ingress-nginx".to_owned(),
//!     wanted: Wanted::Version("4.11.x".to_owned()),
//!     has_secret: false,
//! };
//! match repositories.find(&check, &request).await {
//!     Answer::Found(chart) => println!("{} with {} files", chart.version, chart.files.list()?.len()),
//!     Answer::MissingVersion { near, .. } => println!("there is no such version; near: {}", near.join(", ")),
//!     Answer::MissingChart { near } => println!("there is no such chart; near: {near:?}"),
//!     Answer::ArchiveGone { version, address } => println!("{version} is listed, and {address} is gone"),
//!     Answer::Unreadable { version, why } => println!("{version} is not checked: {why}"),
//!     Answer::Unauthorized(why) | Answer::Unverified(why) => println!("not verified: {}", why.detail),
//! }
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

mod archive;
mod entry;
mod index;
mod inflate;
mod limits;
mod repository;
mod version;

pub use archive::{ArchiveError, Limits, Unpacked, unpack};
pub use entry::Entry;
pub use index::{INDEX_LIMIT, IndexError, Lookup, look_up};
pub use limits::Bounds;
pub use repository::{Answer, Chart, HelmConfig, Options, Repositories};
pub use version::{TagChoice, choose, choose_tag, near, tag_choice};
