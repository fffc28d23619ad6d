//! A real Gitea on 127.0.0.1, built by `tests/frameworks/gitea.sh` and named by `PULLABLE_GITEA`.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// The user that owns the repositories.
const USER: &str = "team";
/// Scopes of the token that prepares the scenes.
const EVERYTHING: &str = "write:repository,write:user,write:issue";
/// The scope that `docs/revert.md` names as sufficient.
const LEAST: &str = "write:repository";
/// Most pauses of a tenth of a second until the server answers.
const MOST_PAUSES: usize = 600;

/// A running Gitea; it stops when dropped.
pub struct Gitea {
    program: PathBuf,
    folder: TempDir,
    port: u16,
    server: Child,
    /// A token of the owner with all scopes of the scenes.
    pub owner: String,
    /// A token with the least scope.
    pub token: String,
}

impl Gitea {
    /// Starts the program that the environment names; `None`, with the way to get it, if it names none.
    pub fn start() -> Option<Self> {
        let Some(program) = std::env::var_os("PULLABLE_GITEA").map(PathBuf::from) else {
            // Past the harness, which shows nothing of what a passing test prints.
            let how = "`tests/frameworks/gitea.sh FOLDER` builds one, then set PULLABLE_GITEA=FOLDER/gitea";
            let _ = writeln!(std::io::stderr(), "SKIPPED: PULLABLE_GITEA names no Gitea; {how}");
            return None;
        };
        let program = fs::canonicalize(&program).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let fixed = program.with_file_name("static");
        let settings = settings(folder.path().to_str().unwrap(), fixed.to_str().unwrap(), port);
        fs::write(folder.path().join("app.ini"), settings).unwrap();
        let command = |arguments: &[&str]| command(&program, &folder, arguments);
        output(command(&["migrate"]));
        let create = ["admin", "user", "create", "--username", USER, "--email", "team@example.org"];
        let password = ["--password", "s3cret-passw0rd", "--must-change-password=false"];
        output(command(&[&create[..], &password].concat()));
        let token = |name: &str, scopes: &str| {
            let arguments = ["admin", "user", "generate-access-token", "--username", USER, "--raw"];
            let printed =
                output(command(&[&arguments[..], &["--token-name", name, "--scopes", scopes]].concat()));
            // Its log goes to the same place.
            let is_token =
                |line: &&str| line.len() == 40 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
            printed.lines().find(is_token).unwrap_or_else(|| panic!("no token in {printed}")).to_owned()
        };
        let (owner, least) = (token("owner", EVERYTHING), token("least", LEAST));
        let log = File::create(folder.path().join("log")).unwrap();
        let server = command(&["web"]).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let gitea = Self { program, folder, port, server, owner, token: least };
        gitea.wait();
        Some(gitea)
    }

    fn wait(&self) {
        for _ in 0..MOST_PAUSES {
            if self.send("GET", "/version", &Value::Null).is_some_and(|(status, _)| status == 200) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
        panic!("{} does not answer: {log}", self.program.display());
    }

    /// Makes a repository with one commit. Returns its address with the token of the owner, and without.
    pub fn repository(&self, name: &str) -> (String, String) {
        self.call("POST", "/user/repos", &json!({"name": name, "auto_init": true, "default_branch": "main"}));
        let path = format!("127.0.0.1:{}/{USER}/{name}", self.port);
        (format!("http://{USER}:{}@{path}.git", self.token), format!("http://{path}"))
    }

    /// Calls the API as the owner.
    pub fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.send(method, path, body).unwrap();
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// All requests of a repository, in any state.
    pub fn pulls(&self, name: &str) -> Vec<Value> {
        let path = format!("/repos/{USER}/{name}/pulls?state=all");
        self.call("GET", &path, &Value::Null).as_array().unwrap().clone()
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        let body = if body.is_null() { String::new() } else { body.to_string() };
        // Version 1.0 has no chunks.
        let request = format!(
            "{method} /api/v1{path} HTTP/1.0\r\nHost: 127.0.0.1:{}\r\nAuthorization: token {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            self.owner,
            body.len()
        );
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, serde_json::from_str(body).unwrap_or(Value::Null)))
    }
}

impl Drop for Gitea {
    fn drop(&mut self) {
        _ = self.server.kill();
        _ = self.server.wait();
    }
}

fn command(program: &PathBuf, folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.arg("--config").arg(folder.path().join("app.ini")).arg("--work-path").arg(folder.path());
    command.args(arguments).env("HOME", folder.path()).env("USER", "root").stdin(Stdio::null());
    command
}

/// The standard output of a command that succeeds.
fn output(mut command: Command) -> String {
    let output = command.output().unwrap();
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{command:?}: {stdout}{stderr}");
    stdout
}

fn settings(folder: &str, fixed: &str, port: u16) -> String {
    format!(
        "RUN_MODE = prod\nRUN_USER = root\nI_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true\n\
         [server]\nHTTP_ADDR = 127.0.0.1\nHTTP_PORT = {port}\nROOT_URL = http://127.0.0.1:{port}/\n\
         STATIC_ROOT_PATH = {fixed}\nOFFLINE_MODE = true\nDISABLE_SSH = true\nLFS_START_SERVER = false\n\
         [database]\nDB_TYPE = sqlite3\nPATH = {folder}/gitea.db\n\
         [security]\nINSTALL_LOCK = true\nSECRET_KEY = {key}\nINTERNAL_TOKEN = {key}\n\
         [repository]\nROOT = {folder}/repositories\nDEFAULT_BRANCH = main\n\
         [indexer]\nISSUE_INDEXER_TYPE = db\n[service]\nDISABLE_REGISTRATION = true\n\
         [actions]\nENABLED = false\n[log]\nMODE = console\nLEVEL = Warn\n",
        key = "0123456789abcdef0123456789abcdef"
    )
}
