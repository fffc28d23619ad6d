//! Chart repositories, over HTTP and in OCI registries: from a request to the files of a chart.

mod address;
mod answer;
mod cache;
mod client;
mod helm_config;
mod http;
mod inspect;
mod oci;

pub use answer::{Answer, Chart};
pub use client::{Options, Repositories};
pub use helm_config::HelmConfig;

#[cfg(test)]
mod tests;
