//! A real registry (distribution, as Debian packages it) with a chart that is pushed as Helm pushes it. Runs
//! if the program is installed.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use oci_client::client::{ClientConfig, ClientProtocol, Config, ImageLayer};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use tempfile::TempDir;

use super::oci::CHART_LAYER;
use super::*;

const REQUIRED: &str = "PULLABLE_REQUIRE_DOCKER_REGISTRY";

/// A running registry; it stops when dropped.
struct Distribution {
    process: Child,
    host: String,
    // Contains the configuration and the pushed data.
    _folder: TempDir,
}

impl Drop for Distribution {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Distribution {
    fn start() -> Option<Self> {
        let program = program()?;
        let folder = tempfile::tempdir().unwrap();
        let host = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let storage = folder.path().join("storage");
        let config = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: \"{host}\"}}\n",
            storage.display()
        );
        let file = folder.path().join("config.yml");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new(program);
        command.arg("serve").arg(file).env_clear().stdin(Stdio::null());
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let registry = Self { process, host, _folder: folder };
        let end = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(&registry.host).is_err() {
            assert!(Instant::now() < end, "nobody answers at {}", registry.host);
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(registry)
    }

    async fn push(&self, tag: &str, version: &str) {
        let image = Reference::with_tag(self.host.clone(), "charts/web".to_owned(), tag.to_owned());
        let archive = archive("web", version, "tag: real");
        let layers = [ImageLayer::new(archive, CHART_LAYER.to_owned(), None)];
        let media_type = "application/vnd.cncf.helm.config.v1+json".to_owned();
        let config = Config::new(format!(r#"{{"name":"web","version":"{version}"}}"#), media_type, None);
        let client = Client::new(ClientConfig { protocol: ClientProtocol::Http, ..ClientConfig::default() });
        client.push(&image, &layers, config, &RegistryAuth::Anonymous, None).await.unwrap();
    }
}

/// The registry's program. If it is not installed, prints a line, and fails if it is required.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).map(|folder| folder.join("docker-registry")).find(|file| file.is_file());
    if found.is_none() {
        assert!(
            std::env::var_os(REQUIRED).is_none(),
            "{REQUIRED} is set, and docker-registry is not installed"
        );
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: docker-registry is not installed; {REQUIRED}=1 makes this a failure"
        );
    }
    found
}

#[tokio::test]
async fn a_chart_in_a_real_registry() {
    let Some(registry) = Distribution::start() else { return };
    let _ = rustls::crypto::ring::default_provider().install_default();
    registry.push("1.2.0", "1.2.0").await;
    registry.push("1.3.0_b.1", "1.3.0+b.1").await;
    let url = format!("oci://{}/charts", registry.host);
    for (name, version, expected) in [
        ("web", "1.2.0", "1.2.0 with tag: real"),
        ("web", "^1.2", "1.3.0_b.1 with tag: real"),
        ("web", "1.2.1", "None, near 1.2.0 1.3.0_b.1"),
        ("wob", "1.2.0", "no chart, near None"),
    ] {
        let answer = find_anew(&request(&url, name, version)).await;
        assert_eq!(line(&answer), expected, "{name} {version}");
        if let Answer::Found(chart) = answer {
            assert_eq!(chart.notices, []);
        }
    }
}
