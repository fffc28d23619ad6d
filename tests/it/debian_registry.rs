//! A real registry: distribution, as Debian packages it, filled by `oci-client`.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use oci_client::client::{ClientConfig, ClientProtocol, Config, ImageLayer};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use tempfile::TempDir;

use testkit::environment::Scrubbed as _;

use crate::gate::{Gate, check, only, outcome, suggestions, verdicts};

/// `htpasswd -nbB -C 5 pullable right-password`
const HTPASSWD: &str = "pullable:$2y$05$JsN9D4MACsL6KDAtbHXj4OXGDqid6iHpiBXhMZ.//IsJmb9XlTBsa\n";
pub const LOGIN: &str = "pullable:right-password";
pub const REQUIRED: &str = "PULLABLE_REQUIRE_DOCKER_REGISTRY";

/// A running registry; it stops when dropped.
pub struct Distribution {
    process: Child,
    pub host: String,
    // Contains its configuration and the pushed data.
    _folder: TempDir,
}

impl Drop for Distribution {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Distribution {
    /// Starts one with `shop/web:1.5.0` in it; `None` if it is not installed.
    pub fn start(locked: bool) -> Option<Self> {
        let registry = Self::serving(locked, None)?;
        push(&registry.host, "shop/web", "1.5.0", locked);
        push(&registry.host, "shop/web", "1.4.2", locked);
        Some(registry)
    }

    /// Starts an empty one that fetches requested images from another.
    pub fn in_front_of(upstream: &str) -> Option<Self> {
        Self::serving(false, Some(upstream))
    }

    fn serving(locked: bool, upstream: Option<&str>) -> Option<Self> {
        let program = program()?;
        // Another process may take the port before the registry does.
        let Some(registry) = (0..5).find_map(|_| Self::at_free_port(&program, locked, upstream)) else {
            panic!("{} does not answer", program.display())
        };
        Some(registry)
    }

    fn at_free_port(program: &PathBuf, locked: bool, upstream: Option<&str>) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let host = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut config = serde_json::json!({
            "version": "0.1",
            "log": {"level": "error"},
            "storage": {"filesystem": {"rootdirectory": path("storage")}, "delete": {"enabled": true}},
            "http": {"addr": host},
        });
        if locked {
            std::fs::write(path("htpasswd"), HTPASSWD).unwrap();
            config["auth"] = serde_json::json!({"htpasswd": {"realm": "shop", "path": path("htpasswd")}});
        }
        if let Some(upstream) = upstream {
            config["proxy"] = serde_json::json!({"remoteurl": format!("http://{upstream}")});
        }
        // JSON is YAML.
        std::fs::write(path("config.yml"), config.to_string()).unwrap();
        let mut command = Command::new(program);
        command.args(["serve", &path("config.yml")]).scrubbed().stdin(Stdio::null());
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut registry = Self { process, host, _folder: folder };
        registry.answers().then_some(registry)
    }

    /// Waits until it answers, or has ended.
    fn answers(&mut self) -> bool {
        let end = Instant::now() + Duration::from_secs(20);
        let url = format!("http://{}/v2/", self.host);
        in_runtime(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            while Instant::now() < end && self.process.try_wait().unwrap().is_none() {
                let reply = client.get(&url).timeout(Duration::from_secs(1)).send().await;
                if reply.is_ok_and(|reply| matches!(reply.status().as_u16(), 200 | 401)) {
                    return true;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            false
        })
    }

    /// The digest of the manifest of a tag.
    pub fn digest(&self, repository: &str, tag: &str) -> String {
        let manifest = format!("http://{}/v2/{repository}/manifests/{tag}", self.host);
        in_runtime(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let accept = "application/vnd.oci.image.manifest.v1+json";
            let found = client.head(manifest).header("Accept", accept).send().await.unwrap();
            found.headers()["docker-content-digest"].to_str().unwrap().to_owned()
        })
    }

    /// Deletes the manifest of a tag, as a clean-up policy does.
    pub fn delete(&self, repository: &str, tag: &str) {
        let digest = self.digest(repository, tag);
        let manifest = format!("http://{}/v2/{repository}/manifests/{digest}", self.host);
        in_runtime(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let deleted = client.delete(manifest).send().await.unwrap();
            assert_eq!(deleted.status().as_u16(), 202);
        });
    }

    pub fn images(&self, images: &[&str]) -> Vec<String> {
        images.iter().map(|image| format!("{}/{image}", self.host)).collect()
    }
}

/// Pushes a small image for linux/amd64.
fn push(host: &str, repository: &str, tag: &str, locked: bool) {
    let image = Reference::with_tag(host.to_owned(), repository.to_owned(), tag.to_owned());
    let auth = match LOGIN.split_once(':').filter(|_| locked) {
        Some((user, password)) => RegistryAuth::Basic(user.to_owned(), password.to_owned()),
        None => RegistryAuth::Anonymous,
    };
    let layers = [ImageLayer::oci_v1(format!("the layer of {repository}:{tag}"), None)];
    let config = Config::oci_v1(r#"{"os":"linux","architecture":"amd64"}"#, None);
    in_runtime(async {
        let client = Client::new(ClientConfig { protocol: ClientProtocol::Http, ..ClientConfig::default() });
        client.push(&image, &layers, config, &auth, None).await.unwrap();
    });
}

fn in_runtime<T>(what: impl Future<Output = T>) -> T {
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(what)
}

/// The registry's program. If it is not installed, prints a line, and fails if it is required.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = ["docker-registry", "registry"]
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|file| file.is_file());
    if found.is_none() {
        let how = "docker-registry is not installed (apt-get install docker-registry)";
        assert!(std::env::var_os(REQUIRED).is_none(), "{REQUIRED} is set, and {how}");
        // Past the harness, which shows nothing of what a passing test prints.
        let _ = writeln!(std::io::stderr(), "SKIPPED: {how}; {REQUIRED}=1 makes this a failure");
    }
    found
}

/// The checks for any registry that has `shop/web` at 1.5.0 and 1.4.2.
pub fn hold_open_registry(host: &str) {
    let images = |images: &[&str]| images.iter().map(|image| format!("{host}/{image}")).collect::<Vec<_>>();
    let run = check(&images(&["shop/web:1.5.0"]), &[]);
    assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
    let json = run.json();
    let digest = json["references"][0]["digest"].as_str().unwrap();
    let pinned = format!("shop/web@{digest}");
    let other = format!("shop/web:1.4.2@{digest}");
    let gone = format!("shop/web@sha256:{}", "0".repeat(64));
    let elsewhere = format!("shop/wob@{digest}");
    for (image, exit, rules, verdict) in [
        (pinned.as_str(), 0, vec![], "present"),
        (&other, 0, vec!["moved-tag"], "present"),
        ("shop/web:1.5.O", 1, vec!["missing-tag"], "missing"),
        ("shop/web", 1, vec!["missing-tag"], "missing"),
        ("shop/wob:1.5.0", 1, vec!["missing-repository"], "missing"),
        (&gone, 1, vec!["missing-digest"], "missing"),
        (&elsewhere, 1, vec!["missing-repository"], "missing"),
    ] {
        let run = check(&images(&[image]), &[]);
        assert_eq!(
            (run.code, run.rules()),
            (exit, rules.iter().map(ToString::to_string).collect()),
            "{image}"
        );
        assert_eq!(verdicts(&run), [verdict], "{image}");
    }
    assert_eq!(suggestions(&check(&images(&["shop/web:1.5.O"]), &[])), ["1.5.0"]);
    let run = check(&images(&["shop/web:1.5.0"]), &["--platform", "linux/amd64,linux/arm64"]);
    assert_eq!(outcome(&run), (1, vec!["missing-platform".to_owned()]), "{}", run.stdout);
    assert!(
        only(&run).1.ends_with("has no build for linux/arm64; it has builds for linux/amd64"),
        "{}",
        run.stdout
    );
}

#[test]
fn an_open_registry() {
    let Some(registry) = Distribution::start(false) else { return };
    hold_open_registry(&registry.host);
    let all = registry.images(&["shop/web:1.5.0", "shop/web:1.5.O"]);
    drop(registry);
    let run = check(&all, &[]);
    assert_eq!(outcome(&run), (3, vec!["unreachable".to_owned()]));
    assert!(only(&run).1.contains("connection refused, 3 times (and 1 more reference"), "{}", run.stdout);
}

#[test]
fn a_registry_with_passwords() {
    let Some(registry) = Distribution::start(true) else { return };
    let host = registry.host.as_str();
    let images = registry.images(&["shop/web:1.5.0", "shop/web:1.5.O", "shop/wob:1.5.0"]);
    let run = check(&images, &[]);
    assert_eq!(outcome(&run), (3, vec!["unauthorized".to_owned()]));
    assert!(only(&run).1.contains("requires credentials, and none are configured"), "{}", run.stdout);
    let run = Gate::new().login(&[(host, "pullable:wrong-password")]).check(&images, &["-v"]);
    assert_eq!(outcome(&run), (3, vec!["unauthorized".to_owned()]));
    assert!(only(&run).1.contains("rejects the credentials from DOCKER_AUTH_CONFIG"), "{}", run.stdout);
    assert!(!format!("{}{}", run.stdout, run.stderr).contains("wrong-password"));
    let run = Gate::new().login(&[(host, LOGIN)]).check(&images, &[]);
    assert_eq!(verdicts(&run), ["present", "missing", "missing"]);
    assert_eq!((run.code, run.rules()), (1, vec!["missing-tag".to_owned(), "missing-repository".to_owned()]));
}
