//! A scripted HTTP server on loopback.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request that arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The path, with its query.
    pub path: String,
    headers: Vec<(String, String)>,
}

impl Asked {
    /// The value of a header; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        let known = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map(|(_, value)| value.as_str()).unwrap_or_default()
    }
}

/// A reply.
#[derive(Clone, Debug)]
pub struct Said {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

/// A reply of this status and body.
pub fn said(status: u16, body: impl Into<Vec<u8>>) -> Said {
    Said { status, headers: String::new(), body: body.into() }
}

impl Said {
    /// The same reply with a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }
}

/// The server. Its thread ends with the process.
#[derive(Debug)]
pub struct Server {
    /// The address that it listens at.
    pub address: SocketAddr,
    log: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Starts a server that answers each request by a script.
    pub fn new(script: impl Fn(&Asked) -> Said + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { address: listener.local_addr().unwrap(), log: Arc::default() };
        let (script, log) = (Arc::new(script), Arc::clone(&server.log));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                thread::spawn(move || serve(stream.unwrap(), &*script, &log));
            }
        });
        server
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests so far.
    pub fn log(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }

    /// The paths that were requested, in their order.
    pub fn paths(&self) -> Vec<String> {
        self.log().into_iter().map(|asked| asked.path).collect()
    }
}

/// Serves the requests of one connection; ends where the other side does.
fn serve(mut stream: TcpStream, script: &impl Fn(&Asked) -> Said, log: &Mutex<Vec<Asked>>) -> Option<()> {
    let mut input = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if input.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if line.trim().is_empty() {
                break;
            }
            lines.push(line.trim().to_owned());
        }
        let path = lines.first()?.split(' ').nth(1)?.to_owned();
        let headers = lines.iter().filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let asked = Asked { path, headers };
        log.lock().unwrap().push(asked.clone());
        let Said { status, headers, body } = script(&asked);
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(&body).ok()?;
    }
}
