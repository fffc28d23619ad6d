//! A chart repository over HTTP on loopback, and archives of charts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::http::{Server, said};
use crate::registry::{MANIFEST, Registry};

/// A chart repository. Its thread ends with the process.
#[derive(Debug)]
pub struct ChartRepository {
    server: Server,
    /// The replies by path: status and body.
    replies: Replies,
    /// The charts of the index: name and version.
    listed: Mutex<Vec<(String, String)>>,
}

/// Replies by path: status and body.
type Replies = Arc<Mutex<BTreeMap<String, (u16, Vec<u8>)>>>;

impl ChartRepository {
    /// An empty repository.
    pub fn new() -> Self {
        let replies = Replies::default();
        let known = Arc::clone(&replies);
        let server = Server::new(move |asked| {
            let reply = known.lock().unwrap().get(&asked.path).cloned();
            let (status, body) = reply.unwrap_or((404, b"no such file".to_vec()));
            said(status, body)
        });
        Self { server, replies, listed: Mutex::default() }
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.server.url("")
    }

    /// Publishes a version of a chart with these files. `Chart.yaml` is made where it is not among them.
    pub fn publish(&self, name: &str, version: &str, files: &[(&str, &str)]) {
        self.list(name, version);
        self.reply(&format!("/{name}-{version}.tgz"), 200, archive(name, version, files));
    }

    /// Lists a version whose archive does not exist.
    pub fn list(&self, name: &str, version: &str) {
        self.listed.lock().unwrap().push((name.to_owned(), version.to_owned()));
        let index = index(&self.listed.lock().unwrap());
        self.reply("/index.yaml", 200, index.into_bytes());
    }

    /// Sets the reply for a path.
    pub fn reply(&self, path: &str, status: u16, body: Vec<u8>) {
        self.replies.lock().unwrap().insert(path.to_owned(), (status, body));
    }

    /// The paths that were requested, in their order.
    pub fn requests(&self) -> Vec<String> {
        self.server.paths()
    }
}

impl Default for ChartRepository {
    fn default() -> Self {
        Self::new()
    }
}

fn index(listed: &[(String, String)]) -> String {
    let mut charts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, version) in listed {
        charts.entry(name).or_default().push(version);
    }
    let mut text = "apiVersion: v1\nentries:\n".to_owned();
    for (name, versions) in charts {
        text.push_str(&format!("  {name}:\n"));
        for version in versions {
            text.push_str(&format!("  - version: {version}\n    urls:\n    - {name}-{version}.tgz\n"));
        }
    }
    text
}

/// Pushes a chart to a registry as Helm does: a manifest with the configuration and the archive as blobs.
pub fn push_chart(registry: &Registry, repository: &str, tag: &str, archive: Vec<u8>) -> String {
    let size = archive.len();
    let layer = registry.push_blob(repository, archive);
    let config = registry.push_blob(repository, "{}");
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": config, "size": 2},
        "layers": [{
            "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
            "digest": layer,
            "size": size,
        }],
    });
    registry.push_raw(repository, tag, MANIFEST, manifest.to_string())
}

/// The archive of a chart, packed.
pub fn archive(name: &str, version: &str, files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let made = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
    let own = files.iter().any(|(path, _)| *path == "Chart.yaml");
    let made = [("Chart.yaml", made.as_str())];
    for (path, text) in made.iter().filter(|_| !own).chain(files) {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, format!("{name}/{path}"), text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}
