//! Requests to chart repositories: a scripted HTTP server, a scripted registry, and a real one if it is
//! installed.

use std::io::Write as _;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use registry::{Check, CheckOptions, Client};
use source::{Files as _, RepoPath};

use super::*;
use model::chart::{Consumer, Request, Wanted};

mod docker_registry;
mod http;
mod oci;

/// The archive of a chart.
fn archive(name: &str, version: &str, values: &str) -> Vec<u8> {
    testkit::charts::archive(name, version, &[("values.yaml", values)])
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn client(options: registry::Options) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new(options).unwrap()
}

/// A request by Helm.
fn request(repository: &str, chart: &str, version: &str) -> Request {
    Request {
        consumer: Consumer::Helm,
        repository: repository.to_owned(),
        chart: chart.to_owned(),
        wanted: Wanted::Version(version.to_owned()),
        has_secret: false,
    }
}

/// The answer to a request in a separate run.
async fn find(repositories: &Repositories, request: &Request) -> Answer {
    let client = client(registry::Options::default());
    let deadline = Instant::now() + Duration::from_secs(30);
    let check = Check::new(&client, CheckOptions { deadline, ..CheckOptions::default() });
    repositories.find(&check, request).await
}

/// The answer of a client with an empty cache.
async fn find_anew(request: &Request) -> Answer {
    find(&Repositories::new(Options::default()), request).await
}

/// An answer in one line.
fn line(answer: &Answer) -> String {
    match answer {
        Answer::Found(chart) => {
            let path = RepoPath::new("values.yaml");
            let values = chart.files.read(&path, 1 << 20).unwrap().unwrap_or_default();
            format!("{} with {}", chart.version, String::from_utf8(values).unwrap().trim())
        }
        Answer::MissingVersion { why, near } => format!("{why:?}, near {}", near.join(" ")),
        Answer::MissingChart { near } => format!("no chart, near {near:?}"),
        Answer::ArchiveGone { version, address } => format!("{version} is gone from {address}"),
        Answer::Unreadable { version, why } => format!("{version}: {why}"),
        Answer::Unauthorized(why) | Answer::Unverified(why) => format!("{:?}: {}", why.cause, why.detail),
    }
}

fn chart(answer: Answer) -> Chart {
    match answer {
        Answer::Found(chart) => *chart,
        other => panic!("{}", line(&other)),
    }
}
