//! Tests of the client with scripted registries.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;

use super::*;
use image::{Image, parse};
use model::{Answer, Cause, Missing, Present, TagList, TagState, Unverified};

mod authentication;
mod bounds;
mod contradictions;
mod downloads;
mod verdicts;

pub(super) const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
pub(super) const OCI: &str = "application/vnd.oci.image.manifest.v1+json";

/// A request that arrived.
pub(super) struct Asked {
    pub(super) line: String,
    pub(super) authorization: Option<String>,
    pub(super) body: String,
}

impl Asked {
    pub(super) fn is(&self, start: &str) -> bool {
        self.line.starts_with(start)
    }
}

/// A scripted answer.
#[derive(Clone)]
pub(super) struct Said {
    status: u16,
    headers: String,
    body: Vec<u8>,
    delay: Duration,
    /// Sends a byte of the body at a time, with this pause.
    drip: Option<Duration>,
    /// Sends the answer when the number of requests of this barrier wait.
    together: Option<Arc<Barrier>>,
}

pub(super) fn said(status: u16) -> Said {
    let (headers, body) = (String::new(), Vec::new());
    Said { status, headers, body, delay: Duration::ZERO, drip: None, together: None }
}

impl Said {
    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers = format!("{}{name}: {value}\r\n", self.headers);
        self
    }

    pub(super) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(super) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub(super) fn together(mut self, barrier: &Arc<Barrier>) -> Self {
        self.together = Some(Arc::clone(barrier));
        self
    }

    pub(super) fn dripping(mut self, pause: Duration) -> Self {
        self.drip = Some(pause);
        self
    }
}

/// The answer to `GET /v2/` of a registry without authentication.
pub(super) fn open() -> Said {
    said(200).header("Docker-Distribution-Api-Version", "registry/2.0").body("{}")
}

pub(super) fn manifest() -> Said {
    said(200).header("Content-Type", OCI).header("Docker-Content-Digest", DIGEST)
}

pub(super) fn envelope(status: u16, code: &str) -> Said {
    said(status).body(format!(r#"{{"errors":[{{"code":"{code}","message":"it is {code}"}}]}}"#))
}

/// A scripted server on loopback.
pub(super) struct Stub {
    pub(super) address: SocketAddr,
    log: Log,
}

/// The requests that arrived, with their times.
type Log = Arc<Mutex<Vec<(String, Instant)>>>;

impl Stub {
    pub(super) async fn new(script: impl Fn(&Asked) -> Said + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let log = Log::default();
        let (script, kept) = (Arc::new(script), Arc::clone(&log));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&kept)));
            }
        });
        Self { address, log }
    }

    /// The requests so far that start with a text.
    pub(super) fn count(&self, start: &str) -> usize {
        self.arrivals(start).len()
    }

    pub(super) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().iter().map(|(line, _)| line.clone()).collect()
    }

    /// The pauses between the requests that start with a text.
    pub(super) fn pauses(&self, start: &str) -> Vec<Duration> {
        self.arrivals(start).windows(2).map(|two| two[1] - two[0]).collect()
    }

    fn arrivals(&self, start: &str) -> Vec<Instant> {
        let log = self.log.lock().unwrap();
        log.iter().filter(|(line, _)| line.starts_with(start)).map(|(_, arrival)| *arrival).collect()
    }

    pub(super) fn images(&self, references: &[&str]) -> Vec<(Arc<Image>, Subject)> {
        references.iter().map(|reference| (Arc::new(self.image(reference)), Subject::Image)).collect()
    }

    pub(super) fn image(&self, reference: &str) -> Image {
        parse(&format!("{}/{reference}", self.address)).unwrap().0
    }

    /// Queries each image, with the options.
    pub(super) async fn ask(&self, setup: impl Into<Setup>, references: &[&str]) -> Vec<Answer> {
        resolve(setup, self.images(references), |_, _| {}).await
    }

    pub(super) async fn ask_one(&self, reference: &str) -> Answer {
        self.ask(Options::default(), &[reference]).await.pop().unwrap()
    }
}

async fn serve(mut stream: TcpStream, script: Arc<impl Fn(&Asked) -> Said>, log: Log) -> Option<()> {
    let mut received = Vec::new();
    loop {
        let end = loop {
            if let Some(at) = received.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            // A TLS handshake, which this server does not support.
            if stream.read_buf(&mut received).await.ok()? == 0 || received[0] == 0x16 {
                return None;
            }
        };
        let head = String::from_utf8(received.drain(..end).collect()).unwrap();
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
        };
        let length: usize = header("content-length").map_or(0, |length| length.parse().unwrap());
        while received.len() < length {
            stream.read_buf(&mut received).await.ok()?;
        }
        let asked = Asked {
            line: head.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned(),
            authorization: header("authorization"),
            body: String::from_utf8(received.drain(..length).collect()).unwrap(),
        };
        log.lock().unwrap().push((asked.line.clone(), Instant::now()));
        let said = script(&asked);
        tokio::time::sleep(said.delay).await;
        if let Some(barrier) = &said.together {
            barrier.wait().await;
        }
        let (status, length) = (said.status, said.body.len());
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{}\r\n", said.headers);
        stream.write_all(head.as_bytes()).await.ok()?;
        if asked.is("HEAD") {
            continue;
        }
        let Some(pause) = said.drip else {
            stream.write_all(&said.body).await.ok()?;
            continue;
        };
        for byte in said.body {
            stream.write_all(&[byte]).await.ok()?;
            tokio::time::sleep(pause).await;
        }
    }
}

/// The settings of a client and of one run.
#[derive(Default)]
pub(super) struct Setup {
    pub(super) options: Options,
    pub(super) check: CheckOptions,
}

impl From<Options> for Setup {
    fn from(options: Options) -> Self {
        Self { options, ..Self::default() }
    }
}

pub(super) fn client(options: Options) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new(options).unwrap()
}

/// Answers all requests in one run.
pub(super) async fn resolve(
    setup: impl Into<Setup>,
    requests: Vec<(Arc<Image>, Subject)>,
    progress: impl Fn(usize, usize),
) -> Vec<Answer> {
    let setup = setup.into();
    let client = client(setup.options);
    Check::new(&client, setup.check).resolve(&requests, progress).await
}

/// Options with a time for one request and one for the run, in milliseconds.
pub(super) fn limits(timeout: u64, deadline: u64) -> Setup {
    let options = Options { timeout: Duration::from_millis(timeout), ..Options::default() };
    let deadline = Instant::now() + Duration::from_millis(deadline);
    Setup { options, check: CheckOptions { deadline, ..CheckOptions::default() } }
}

/// Cause and detail of an unverified answer.
pub(super) fn unverified(answer: &Answer) -> (Cause, &str) {
    match answer {
        Answer::Unverified(Unverified { cause, detail }) => (*cause, detail),
        other => panic!("{other:?}"),
    }
}

pub(super) fn present(answer: &Answer) -> &Present {
    match answer {
        Answer::Present(present) => present,
        other => panic!("{other:?}"),
    }
}
