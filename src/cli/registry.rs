//! The arguments about registries, which all commands share that query them.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::config::{self, Network};
use image::Platform;
use model::policy::Mirror;

/// Headings of the help.
const REGISTRIES: &str = "Registries";
const NETWORK: &str = "Network";

/// Arguments about registries.
#[derive(Clone, Debug, Args)]
pub struct RegistryArgs {
    /// Also verify every manifest in an index and its type
    #[arg(long, help_heading = REGISTRIES, hide_short_help = true)]
    pub deep: bool,
    /// Keep retrying missing images for up to DURATION
    #[arg(long, value_parser = config::duration, value_name = "DURATION", help_heading = REGISTRIES)]
    pub wait: Option<Duration>,
    /// Query a mirror first for the images of a registry, as in `docker.io=mirror.example/hub`; repeatable
    #[arg(long, value_parser = config::mirror, value_name = "REGISTRY=MIRROR", help_heading = REGISTRIES, hide_short_help = true)]
    pub mirror: Vec<Mirror>,
    /// Use the registries of this `registries.conf`: prefix, location, mirror, insecure, blocked
    #[arg(long, value_name = "FILE", help_heading = REGISTRIES, hide_short_help = true)]
    pub registries_conf: Option<PathBuf>,
    /// Connect to this registry without verifying TLS, or in plain HTTP; repeatable
    #[arg(long, value_parser = config::host, value_name = "HOST[:PORT]", help_heading = REGISTRIES, hide_short_help = true)]
    pub insecure_registry: Vec<String>,
    /// Look up no chart over HTTP, and download no chart
    #[arg(long, help_heading = REGISTRIES, hide_short_help = true)]
    pub no_charts: bool,
    /// Disable the digest cache
    #[arg(long, help_heading = REGISTRIES, hide_short_help = true)]
    pub no_cache: bool,
    /// Concurrent requests, for one registry and in total [default: 64 in total; 16 for one registry, more while
    /// it answers]; at most 8 for Docker Hub
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = NETWORK, hide_short_help = true)]
    pub concurrency: Option<u16>,
    /// Time limit of one request
    #[arg(long, value_parser = config::duration, default_value = "15s", value_name = "DURATION", help_heading = NETWORK, hide_short_help = true)]
    pub timeout: Duration,
    /// Trust the authorities in this PEM file as well as the system's or those of `SSL_CERT_FILE`; repeatable
    #[arg(long, value_name = "FILE", help_heading = NETWORK, hide_short_help = true)]
    pub ca_file: Vec<PathBuf>,
    /// Connect to public addresses only [default: true for changes from forks, and in CI if the origin is unknown]
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(help_heading = NETWORK, hide_short_help = true)]
    pub deny_private_networks: Option<bool>,
}

impl RegistryArgs {
    /// The options for registries.
    pub fn network(&self, platforms: Vec<Platform>) -> Network {
        Network {
            insecure: self.insecure_registry.clone(),
            concurrency: self.concurrency.map(usize::from),
            timeout: self.timeout,
            mirrors: self.mirror.clone(),
            registries_conf: self.registries_conf.clone(),
            authorities: self.ca_file.clone(),
            deny_private: self.deny_private_networks,
            platforms,
            deep: self.deep,
            cache: !self.no_cache,
            charts: self.no_charts.then_some(false),
            similar_names: true,
            wait: self.wait,
        }
    }
}
