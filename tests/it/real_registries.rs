//! Real registries in other places: behind TLS of a private authority and HTTP/2, as a pull-through mirror in
//! front of another, and a second implementation. Each runs where its programs are installed.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use testkit::registry::Registry;

use crate::debian_registry::{Distribution, LOGIN, REQUIRED, hold_open_registry};
use crate::gate::{Gate, check, only, outcome, verdicts};

/// A program that serves; it stops when dropped.
pub struct Server {
    process: Child,
    folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn start(folder: TempDir, command: &mut Command, address: &str) -> Self {
        let process =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { process, folder };
        let end = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < end, "nobody answers at {address}");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// A program by its name. Where there is none, says so, and fails if a variable of this name is set.
fn program(name: &str, required: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let sbin = ["/usr/sbin".into(), "/usr/local/sbin".into()];
    let found =
        std::env::split_paths(&path).chain(sbin).map(|folder| folder.join(name)).find(|file| file.is_file());
    if found.is_none() {
        assert!(std::env::var_os(required).is_none(), "{required} is set, and {name} is not installed");
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: {name} is not installed; {required}=1 makes this a failure"
        );
    }
    found
}

/// This machine's name, which is nobody's loopback, with an address that it resolves to and a free port.
fn own_name() -> Option<(String, String)> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?.trim().to_lowercase();
    let ip = (name.as_str(), 0).to_socket_addrs().ok()?.find(std::net::SocketAddr::is_ipv4)?.ip();
    let port = TcpListener::bind((ip, 0)).ok()?.local_addr().ok()?.port();
    Some((format!("{name}:{port}"), format!("{ip}:{port}")))
}

pub fn openssl(folder: &Path, args: &str) {
    let output = Command::new("openssl").args(args.split(' ')).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The certificate of a server.
struct Certificate<'a> {
    /// The name that it is for.
    name: &'a str,
    /// Its first and last moment, as `YYMMDDHHMMSSZ`.
    dates: [&'a str; 2],
}

/// The first and last moment of a certificate that is valid today.
const VALID: [&str; 2] = ["200101000000Z", "491231235959Z"];

/// Writes an authority, `ca.pem`, and a certificate that it signed, `tls.pem`.
fn write_certificate(at: &Path, certificate: &Certificate) {
    let Certificate { name, dates: [start, end] } = certificate;
    std::fs::write(at.join("san"), format!("subjectAltName=DNS:{name}\n")).unwrap();
    std::fs::write(at.join("index.txt"), "").unwrap();
    let authority = "[ca]\ndefault_ca=shop\n[shop]\ndatabase=index.txt\nrand_serial=yes\nnew_certs_dir=.\n\
                     default_md=sha256\npolicy=names\n[names]\ncommonName=supplied\n";
    std::fs::write(at.join("ca.conf"), authority).unwrap();
    let subject = "-nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj";
    openssl(at, &format!("req -x509 -days 2 {subject} /CN=shop-authority -keyout ca.key -out ca.pem"));
    openssl(at, &format!("req {subject} /CN=shop -keyout tls.key -out tls.csr"));
    let files = "-config ca.conf -cert ca.pem -keyfile ca.key -extfile san -in tls.csr -out tls.pem";
    openssl(at, &format!("ca -batch -notext {files} -startdate {start} -enddate {end}"));
}

/// nginx in front of a registry, with a certificate of an authority that it makes up.
pub fn behind_tls(registry: &str) -> Option<(Server, String)> {
    let (host, address) = own_name()?;
    let name = host.split(':').next().unwrap();
    behind_certificate(registry, &Certificate { name, dates: VALID }, &host, &address)
}

fn behind_certificate(
    registry: &str,
    certificate: &Certificate,
    host: &str,
    address: &str,
) -> Option<(Server, String)> {
    let nginx = program("nginx", REQUIRED)?;
    program("openssl", REQUIRED)?;
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    write_certificate(at, certificate);
    let temp =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|kind| format!("{kind}_temp_path {kind};"));
    let config = format!(
        "daemon off; master_process off; pid nginx.pid; error_log error.log; events {{}} http {{ {} log_format p '$server_protocol \
         $request_method $uri'; access_log access.log p; server {{ listen {address} ssl http2; ssl_certificate \
         tls.pem; ssl_certificate_key tls.key; location / {{ proxy_pass http://{registry}; proxy_set_header Host \
         $http_host; proxy_set_header X-Forwarded-Proto https; }} }} }}",
        temp.join(" ")
    );
    std::fs::write(at.join("nginx.conf"), config).unwrap();
    let prefix = format!("{}/", at.display());
    let mut command = Command::new(nginx);
    command.args(["-p", &prefix, "-c", "nginx.conf", "-e", "error.log"]);
    Some((Server::start(folder, &mut command, address), host.to_owned()))
}

#[test]
fn behind_tls_of_a_private_authority() {
    let Some(registry) = Distribution::start(true) else { return };
    let Some((nginx, host)) = behind_tls(&registry.host) else { return };
    let images: Vec<String> =
        ["1.5.0", "1.4.2", "1.5.O"].map(|tag| format!("{host}/shop/web:{tag}")).to_vec();
    let gate = Gate::new().login(&[(&host, LOGIN)]);
    let run = gate.check(&images, &[]);
    assert_eq!(outcome(&run), (3, vec!["unreachable".to_owned()]), "{}", run.stdout);
    let said = "cannot be reached: TLS: the certificate is signed by an authority that is not trusted";
    assert_eq!(only(&run).1, format!("{host} {said} (and 2 more references)"));
    let authority = nginx.file("ca.pem").display().to_string();
    for run in [
        gate.check(&images, &["--ca-file", &authority]),
        gate.check(&images, &["--insecure-registry", &host]),
        gate.env("SSL_CERT_FILE", &authority).check(&images, &[]),
    ] {
        assert_eq!(outcome(&run), (1, vec!["missing-tag".to_owned()]), "{}", run.stdout);
        assert_eq!(verdicts(&run), ["present", "present", "missing"]);
    }
    let log = std::fs::read_to_string(nginx.file("access.log")).unwrap();
    assert!(log.lines().count() >= 3 && log.lines().all(|line| line.starts_with("HTTP/2.0 ")), "{log}");
    // Where strangers send changes, this name is one more way to a private network.
    let run = check(&images, &["--ca-file", &authority, "--deny-private-networks"]);
    assert!(only(&run).1.contains("is not public, and --deny-private-networks is on"), "{}", run.stdout);
}

/// A certificate that cannot be accepted says nothing about the images: the message names the certificate.
#[test]
fn certificates_that_are_not_accepted() {
    let registry = Registry::start();
    let Some((host, address)) = own_name() else { return };
    let name = host.split(':').next().unwrap();
    for (name, dates, why) in [
        (name, ["200101000000Z", "210101000000Z"], "the certificate has expired"),
        (name, ["480101000000Z", "490101000000Z"], "the certificate is not valid yet"),
        ("other.example.com", VALID, "the certificate is for another name"),
    ] {
        let certificate = Certificate { name, dates };
        let Some((nginx, host)) = behind_certificate(&registry.host(), &certificate, &host, &address) else {
            return;
        };
        let authority = nginx.file("ca.pem").display().to_string();
        let run = check(&[format!("{host}/shop/web:1.5.O")], &["--ca-file", &authority]);
        assert_eq!(outcome(&run), (3, vec!["unreachable".to_owned()]), "{}", run.stdout);
        assert_eq!(only(&run).1, format!("{host} cannot be reached: TLS: {why}"));
        assert_eq!(verdicts(&run), ["unverified"]);
    }
    assert_eq!(registry.requests().len(), 0);
}

#[test]
fn all_places_are_used_over_http_2() {
    let registry = Registry::builder().latency(Duration::from_millis(100)).start();
    let Some((nginx, host)) = behind_tls(&registry.host()) else { return };
    let image = |n: usize| {
        registry.push(&format!("shop/web{}", n % 10), &n.to_string());
        format!("{host}/shop/web{}:{n}", n % 10)
    };
    let images: Vec<String> = (0..200).map(image).collect();
    let authority = nginx.file("ca.pem").display().to_string();
    for (args, expected) in [(&[][..], 64), (&["--concurrency", "24"], 24)] {
        registry.clear_requests();
        let run = check(&images, &[args, &["--ca-file", &authority]].concat());
        assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
        assert_eq!(registry.max_in_flight(), expected, "{args:?}");
        assert_eq!(registry.requests().len(), 201);
    }
}

#[test]
fn a_pull_through_mirror() {
    let Some(upstream) = Distribution::start(false) else { return };
    let Some(cache) = Distribution::in_front_of(&upstream.host) else { return };
    let rule = format!("{}={}", upstream.host, cache.host);
    let images = upstream.images(&["shop/web:1.5.0", "shop/web:1.5.O", "shop/wob:1"]);
    let run = check(&images, &["--mirror", &rule]);
    assert_eq!(verdicts(&run), ["present", "missing", "missing"], "{}", run.stdout);
    assert_eq!(run.rules(), ["missing-tag", "missing-repository"]);
    assert_eq!(run.json()["references"][0]["mirror"], cache.host);
    // As a registry of its own it says the same.
    let run = check(&cache.images(&["shop/web:1.5.0", "shop/web:1.5.O"]), &[]);
    assert_eq!(verdicts(&run), ["present", "missing"], "{}", run.stdout);
    drop(cache);
    let run = check(&images, &["--mirror", &rule]);
    assert_eq!(verdicts(&run), ["present", "missing", "missing"], "{}", run.stdout);
    assert!(run.stderr.contains("was not used"), "{}", run.stderr);
}

/// The registry of go-containerregistry, kept in memory.
#[test]
fn cranes_registry() {
    let Some(crane) = program("crane", "PULLABLE_REQUIRE_CRANE") else { return };
    let Some(filled) = Distribution::start(false) else { return };
    let host = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut command = Command::new(&crane);
    command.args(["registry", "serve", "--address", &host]);
    let _server = Server::start(TempDir::new().unwrap(), &mut command, &host);
    for tag in ["1.5.0", "1.4.2"] {
        let [from, to] = [&filled.host, &host].map(|host| format!("{host}/shop/web:{tag}"));
        let copied = Command::new(&crane).args(["copy", "--insecure", &from, &to]).output().unwrap();
        assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    }
    hold_open_registry(&host);
}
