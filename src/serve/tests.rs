//! The server with a worker that needs no repository: the name of an object selects the result.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

use model::sentry::{About, Decision, Outcome, Reason, SENTRY_SCHEMA_VERSION};
use notification::Notification;

use super::*;
use crate::ci::Env;

/// A worker that reports each given object.
struct Scripted(Sender<String>);

impl Work for Scripted {
    fn fetch(&mut self) -> Result<(), String> {
        Ok(())
    }

    fn decide(&mut self, notification: &Notification) -> Result<Outcome, String> {
        let name = notification.object.name.clone();
        let _ = self.0.send(name.clone());
        match name.as_str() {
            "panics" => panic!("a fault"),
            "fails" => Err("it cannot happen".to_owned()),
            "hangs" => {
                thread::sleep(Duration::from_hours(1));
                Err(String::new())
            }
            _ => Ok(outcome()),
        }
    }
}

fn outcome() -> Outcome {
    Outcome {
        schema_version: SENTRY_SCHEMA_VERSION,
        decision: Decision::Ignore,
        reason: Reason::Healed,
        why: String::new(),
        about: About::default(),
        head: None,
        units: Vec::new(),
        incidents: Vec::new(),
        unverified: Vec::new(),
        proposal: None,
    }
}

/// An intake with the token `t`, and a server around it, until the test ends.
struct Running {
    intake: Arc<Intake>,
    address: SocketAddr,
    worked: Receiver<String>,
}

fn running(pause: Duration) -> Running {
    let secrets = Secrets { flux: None, argo_cd: Secret::new(b"t") };
    let intake = Arc::new(Intake::new(secrets, pause));
    let (sender, worked) = channel();
    worker::start(Arc::clone(&intake), Box::new(Scripted(sender))).unwrap();
    let (sent, address) = channel();
    let served = Arc::clone(&intake);
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            sent.send(listener.local_addr().unwrap()).unwrap();
            Connections::new(listener).accept(&served).await;
        });
    });
    Running { intake, address: address.recv().unwrap(), worked }
}

impl Running {
    /// Sends a notification about an Application, and returns the status of the answer.
    fn notify(&self, name: &str) -> String {
        let body =
            format!(r#"{{"schema":"pullable.argocd/1","app":"{name}","health":{{"status":"Degraded"}}}}"#);
        let head = format!(
            "POST /argocd HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Length: {}",
            body.len()
        );
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    }

    fn metrics(&self) -> String {
        self.intake.metrics.text(self.intake.queue.len())
    }
}

#[test]
fn a_fault_of_the_program_ends_nothing_else() {
    let server = running(Duration::from_millis(1));
    for name in ["panics", "fails", "web"] {
        assert_eq!(server.notify(name), "202");
        assert_eq!(server.worked.recv_timeout(Duration::from_mins(1)).as_deref(), Ok(name));
    }
    let begun = Instant::now();
    while !server.metrics().contains("healed") && begun.elapsed() < Duration::from_mins(1) {
        thread::sleep(Duration::from_millis(5));
    }
    let metrics = server.metrics();
    for line in [
        "failures_total{what=\"panic\"} 1",
        "failures_total{what=\"run\"} 1",
        "decisions_total{reason=\"healed\"} 1",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
}

#[test]
fn the_answer_does_not_wait_for_the_work() {
    let server = running(Duration::from_millis(1));
    assert_eq!(server.notify("hangs"), "202");
    assert_eq!(server.worked.recv_timeout(Duration::from_mins(1)).as_deref(), Ok("hangs"));
    for number in 0..256 {
        assert_eq!(server.notify(&format!("web-{number}")), "202");
    }
    assert_eq!(server.notify("web-0"), "202", "it is waiting already");
    assert_eq!(server.notify("one-more"), "429");
    let metrics = server.metrics();
    for line in ["queue_length 256", "result=\"merged\"} 1", "result=\"queue-full\"} 1"] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
}

#[tokio::test]
async fn a_secret_has_to_be_one() {
    let folder = tempfile::tempdir().unwrap();
    let context = Context::new(folder.path(), Arc::new(Env::new(|_| None))).unwrap();
    std::fs::write(folder.path().join("empty"), "\n").unwrap();
    for file in ["empty", "absent"] {
        let error = Secret::read(&context, std::path::Path::new(file)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{file}: ")), "{error}");
    }
}
