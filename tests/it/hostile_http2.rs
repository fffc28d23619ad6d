//! Registries over HTTP/2 that send frames without end, and no response.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;
use testkit::registry::Registry;

use crate::gate::{at, check, verdicts};
use crate::real_registries::openssl;

use Frames::{EarlyHints, Ping};

/// The length of the text in front of the first frame of a client. RFC 9113, section 3.4.
const PREFACE: usize = 24;
/// The length of the header of a frame. RFC 9113, section 4.1.
const HEADER: usize = 9;
/// The types of frames, and their flags.
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
/// `:status: 103`, as a literal without indexing. RFC 7541, section 6.2.2.
const STATUS_103: [u8; 5] = [8, 3, b'1', b'0', b'3'];

type Tls = StreamOwned<ServerConnection, TcpStream>;

fn frame(kind: u8, flags: u8, stream: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream, payload].concat()
}

/// Reads until the first request, and returns the number of its stream; `None` if the client closes the connection.
fn first_request(tls: &mut Tls) -> Option<[u8; 4]> {
    tls.read_exact(&mut [0; PREFACE]).ok()?;
    loop {
        let mut header = [0; HEADER];
        tls.read_exact(&mut header).ok()?;
        let length = u32::from_be_bytes([0, header[0], header[1], header[2]]) as usize;
        tls.read_exact(&mut vec![0; length]).ok()?;
        if header[3] == HEADERS {
            return Some(header[5..].try_into().unwrap());
        }
    }
}

/// The frames of a server that belong to no response.
#[derive(Clone, Copy, Debug)]
enum Frames {
    EarlyHints,
    Ping,
}

/// Answers the first request of a connection with these frames until the client closes the connection.
fn flood_one(mut tls: Tls, what: Frames) {
    let Some(stream) = first_request(&mut tls) else { return };
    let settings = [frame(SETTINGS, 0, [0; 4], &[]), frame(SETTINGS, ACK, [0; 4], &[])].concat();
    let frames = match what {
        EarlyHints => frame(HEADERS, END_HEADERS, stream, &STATUS_103),
        Ping => frame(PING, 0, [0; 4], &[0; 8]),
    };
    let mut is_open = tls.write_all(&settings).is_ok();
    while is_open {
        is_open = tls.write_all(&frames.repeat(1000)).is_ok();
    }
}

fn flood(config: &Arc<ServerConfig>, what: Frames) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = Arc::clone(config);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            std::thread::spawn(move || flood_one(StreamOwned::new(connection, stream.unwrap()), what));
        }
    });
    address
}

/// TLS with a certificate that nobody signed, and HTTP/2 only.
fn tls(folder: &Path) -> Arc<ServerConfig> {
    let key = "-nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1";
    openssl(folder, &format!("req -x509 -days 2 {key} -subj /CN=flood -keyout tls.key -out tls.pem"));
    let certificate = CertificateDer::from_pem_file(folder.join("tls.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("tls.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = versions.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Arc::new(config)
}

/// Servers that send frames of no response as fast as they are read delay no other registry.
#[test]
fn frames_of_no_response_are_bounded() {
    let folder = TempDir::new().unwrap();
    let config = tls(folder.path());
    let registry = Registry::start();
    registry.push("shop/web", "1");
    for what in [EarlyHints, Ping] {
        let mut images = at(&registry, &["shop/web:1", "shop/web:2"]);
        // Nothing waits for these limits: they are longer than a test build needs for the bytes.
        let mut args = ["--timeout", "100s", "--deadline", "200s"].map(str::to_owned).to_vec();
        for _ in 0..3 {
            let host = flood(&config, what).to_string();
            images.push(format!("{host}/shop/web:1"));
            args.extend(["--insecure-registry".to_owned(), host]);
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let run = check(&images, &args);
        assert_eq!(run.code, 1, "{what:?}: {}", run.stdout);
        assert_eq!(verdicts(&run), ["present", "missing", "unverified", "unverified", "unverified"]);
        let message = "sends data that belong to no response";
        assert_eq!(run.stdout.matches(message).count(), 3, "{what:?}: {}", run.stdout);
    }
}
