//! A scripted forge on 127.0.0.1: answers each call by its method and path, and remembers what it was sent.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;

/// A call as it arrived.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub path: String,
    pub headers: String,
    pub body: Value,
}

type Script = dyn Fn(&Call, usize) -> (u16, String) + Send + Sync;

/// A running forge; it stops when dropped.
pub struct Forge {
    port: u16,
    calls: Arc<Mutex<Vec<Call>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Forge {
    /// Starts a forge. The script is given a call and the number of calls before it.
    pub fn start(script: impl Fn(&Call, usize) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (calls, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (seen, stopped) = (Arc::clone(&calls), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                serve(stream.unwrap(), &seen, &script);
            }
        });
        Self { port, calls, stop, thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// `METHOD path` of each call.
    pub fn log(&self) -> Vec<String> {
        self.calls().iter().map(|call| format!("{} {}", call.method, call.path)).collect()
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

impl Drop for Forge {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Call>>, script: &Script) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    let call = loop {
        let n = stream.read(&mut piece).unwrap_or(0);
        bytes.extend_from_slice(&piece[..n]);
        if let Some(call) = whole(&bytes) {
            break call;
        }
        if n == 0 {
            return;
        }
    };
    let before = seen.lock().unwrap().len();
    let (status, body) = script(&call, before);
    seen.lock().unwrap().push(call);
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    let location = if status == 302 { "Location: http://127.0.0.1:1/stolen\r\n" } else { "" };
    let _ = stream.write_all(format!("{head}{location}\r\n{body}").as_bytes());
}

/// The call, if all of it has arrived.
fn whole(bytes: &[u8]) -> Option<Call> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
    });
    if body.len() < length.unwrap_or(0) {
        return None;
    }
    let mut words = head.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let body = serde_json::from_str(body).unwrap_or(Value::Null);
    Some(Call { method, path, headers: head.to_ascii_lowercase(), body })
}
