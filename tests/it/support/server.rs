//! A running `pullable sentry serve`: its log, its answers, and the requests of Flux and Argo CD.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use testkit::repo::Repo;

use super::PULLABLE;

/// The key that Flux signs with, and the token of Argo CD.
pub const KEY: &str = "s3cret";
pub const TOKEN: &str = "t0ken";
/// Longest wait for something that has to happen: generous, since other programs may take the machine.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// A process that is killed when dropped.
struct Running(Child);

/// A server in a repository.
pub struct Server {
    process: Running,
    log: Arc<Mutex<Vec<Value>>>,
    address: SocketAddr,
    _secrets: Option<tempfile::TempDir>,
}

impl Server {
    /// Starts a server with both secrets, on a free port.
    pub fn start(repo: &Repo, args: &[&str]) -> Self {
        Self::start_after(":", repo, args)
    }

    /// Starts it after a line of the shell, which sets a limit.
    pub fn start_after(line: &str, repo: &Repo, args: &[&str]) -> Self {
        let secrets = tempfile::tempdir().unwrap();
        let key = write_secret(&secrets.path().join("key"), KEY);
        let token = write_secret(&secrets.path().join("token"), TOKEN);
        let script = format!("{line}; exec \"$@\"");
        let mut command = repo.command("sh");
        command.args(["-c", &script, "sh", PULLABLE, "sentry", "serve"]);
        command.args(["--secret-file", &key, "--bearer-file", &token]).args(args);
        Self { _secrets: Some(secrets), ..Self::started(command) }
    }

    /// Starts a server with these arguments, on a free port.
    pub fn start_with(repo: &Repo, args: &[&str]) -> Self {
        let mut command = repo.command(PULLABLE);
        command.args(["sentry", "serve"]).args(args);
        Self::started(command)
    }

    fn started(mut command: Command) -> Self {
        command.args(["--listen", "127.0.0.1:0"]);
        command.env("PULLABLE_FORGE_TOKEN", "f0rge");
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let log: Arc<Mutex<Vec<Value>>> = Arc::default();
        let lines = Arc::clone(&log);
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let read = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
                lines.lock().unwrap().push(read);
            }
        });
        let process = Running(child);
        let mut server = Self { process, log, address: ([127, 0, 0, 1], 0).into(), _secrets: None };
        let listening = server.wait_for("listening", |_| true);
        server.address = listening["address"].as_str().unwrap().parse().unwrap();
        server
    }

    /// Sends bytes, and returns the whole answer.
    pub fn send(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        // A server that has answered may close the connection before everything has arrived.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The status of the answer to a notification of Flux, signed.
    pub fn flux(&self, event: &Value) -> u16 {
        status(&self.send(&flux_request(event.to_string().as_bytes())))
    }

    /// The status of the answer to a notification of Argo CD.
    pub fn argo_cd(&self, body: &Value) -> u16 {
        let authorization = format!("Authorization: Bearer {TOKEN}");
        status(&self.send(&request("POST /argocd", &[&authorization], body.to_string().as_bytes())))
    }

    /// The metrics.
    pub fn metrics(&self) -> String {
        self.send(&request("GET /metrics", &[], b""))
    }

    /// The value of a metric; nothing if it is not there.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let text = self.metrics();
        let line = text.lines().find_map(|line| line.strip_prefix("pullable_sentry_")?.strip_prefix(name))?;
        line.trim().parse().ok()
    }

    /// Waits for a line of the log.
    pub fn wait_for(&self, event: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let found = self.log().into_iter().find(|line| line["event"] == event && is_wanted(line));
            if let Some(line) = found {
                return line;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("no {event:?} in {:#?}", self.log());
    }

    /// The lines of the log so far.
    pub fn log(&self) -> Vec<Value> {
        self.log.lock().unwrap().clone()
    }

    /// The reasons of the decisions so far.
    pub fn reasons(&self) -> Vec<String> {
        let log = self.log();
        let decided = log.iter().filter(|line| line["event"] == "decided");
        decided.map(|line| line["reason"].as_str().unwrap().to_owned()).collect()
    }

    /// The number of its process.
    pub fn process(&self) -> u32 {
        self.process.0.id()
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let id = self.process().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end.
    pub fn ended(&mut self) -> ExitStatus {
        self.process.0.wait().unwrap()
    }

    /// The most memory that it had so far, in bytes.
    #[cfg(target_os = "linux")]
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Writes a file that only its owner can read; its path.
pub fn write_secret(path: &Path, text: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, format!("{text}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A request with a body.
pub fn request(line: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{line} HTTP/1.1\r\nHost: sentry\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        head.push_str(&format!("{header}\r\n"));
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

/// A request of Flux, as notification-controller makes it.
pub fn flux_request(body: &[u8]) -> Vec<u8> {
    let signature = format!("X-Signature: {}", signature(KEY, body));
    let agent = "User-Agent: Go-http-client/1.1";
    request(
        "POST /flux",
        &[agent, "Content-Type: application/json", "Accept-Encoding: gzip", &signature],
        body,
    )
}

/// The signature of a body.
pub fn signature(key: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body);
    let code: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={code}")
}

/// The status of an answer; 0 if there is none.
pub fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
}
