//! A program that queries each reference with oci-client and one client: a peer for `benches/peers.py`. Its
//! argument is the number of queries at a time; it reads references from standard input, and writes the
//! number of those that are present to standard output.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark talks, and stops where it cannot go on"
)]

use futures_util::{StreamExt, stream};
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};

fn main() {
    let at_a_time = std::env::args().nth(1).unwrap().parse().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let references: Vec<Reference> =
        std::io::stdin().lines().map(|line| line.unwrap().parse().unwrap()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let there = runtime.block_on(async {
        let client = Client::new(ClientConfig { protocol: ClientProtocol::Http, ..ClientConfig::default() });
        let asked = references.iter().map(|reference| {
            let client = &client;
            async move { client.fetch_manifest_digest(reference, &RegistryAuth::Anonymous).await.is_ok() }
        });
        stream::iter(asked)
            .buffer_unordered(at_a_time)
            .filter(|there| std::future::ready(*there))
            .count()
            .await
    });
    println!("{there}");
}
