//! Queries registries for the manifest of a reference: its existence, and the permission to pull it from here.
//!
//! A [`Client`] outlives a run: it keeps connections, credentials, tokens and the state of every endpoint. A [`Check`]
//! is one run: it has a deadline, reads each tag list once and returns one [`Answer`](model::Answer) for each request.
//! The protocol is that of the [OCI distribution specification][oci]. The transport is implemented here, because a gate must distinguish a registry's answer from a login page, and must send each request once.
//!
//! [oci]: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
//!
//! ```no_run
//! use std::time::{Duration, Instant};
//!
//! use model::Answer;
//! use registry::{Check, CheckOptions, Client, Options, Subject};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! rustls::crypto::ring::default_provider().install_default().ok();
//! let client = Client::new(Options::default())?;
//! let deadline = Instant::now() + Duration::from_secs(60);
//! let check = Check::new(&client, CheckOptions { deadline, ..CheckOptions::default() });
//! let (image, _) = image::parse("nginx:1.27")?;
//! match check.answer(&image, &Subject::Image).await {
//!     Answer::Present(present) => println!("{image} is there: {}", present.digest),
//!     Answer::Missing(_) => println!("{image} is missing"),
//!     Answer::Unverified(why) => println!("{image} is not verified: {}", why.detail),
//! }
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop"))]

mod check;
mod client;
#[doc(hidden)]
pub mod headers;
mod message;
mod oci;

pub use check::{Artifact, Check, CheckOptions, Download, Downloaded, Layer, Numbers, Subject, version};
pub use client::{
    Client, CredentialSources, Diagnosis, Mirror, Options, Provided, Proxies, ProxyError, Pulls, Route,
    SetupError, certificate_fault,
};
pub use message::clean;
pub use reqwest::Url;

#[cfg(test)]
mod tests;
