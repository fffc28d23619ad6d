//! A forge that keeps pull requests, after GitHub's documented shapes: it finds, lists and opens them.

use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::forge::{Call, Forge};

/// The repository on the forge.
const REPOSITORY: &str = "team/shop";

/// A forge with pull requests.
pub struct Hub {
    forge: Forge,
    pulls: Arc<Mutex<Vec<Value>>>,
}

impl Hub {
    /// A forge with these pull requests, the oldest first.
    pub fn start(pulls: Vec<Value>) -> Self {
        let pulls = Arc::new(Mutex::new(pulls));
        let known = Arc::clone(&pulls);
        Self { forge: Forge::start(move |call, _| answer(call, &mut known.lock().unwrap())), pulls }
    }

    /// The value of `--forge`.
    pub fn named(&self) -> String {
        format!("github={}/{REPOSITORY}", self.forge.url())
    }

    /// All pull requests.
    pub fn pulls(&self) -> Vec<Value> {
        self.pulls.lock().unwrap().clone()
    }

    /// `METHOD path` of each call.
    pub fn log(&self) -> Vec<String> {
        self.forge.log()
    }
}

/// A pull request of a branch, in a state: `open`, `closed` or `merged`.
pub fn pull(branch: &str, state: &str, opened: i64) -> Value {
    let merged = if state == "merged" { json!("2026-01-01T00:00:00Z") } else { Value::Null };
    json!({
        "number": 7,
        "html_url": "https://forge/team/shop/pulls/7",
        "state": if state == "open" { "open" } else { "closed" },
        "merged_at": merged,
        "created_at": written(opened),
        "head": {"ref": branch, "repo": {"full_name": REPOSITORY}},
        "base": {"ref": "main", "repo": {"full_name": REPOSITORY}},
        "body": "",
    })
}

/// Seconds since 1970.
pub fn now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}

/// A moment as clusters and forges write it.
pub fn written(seconds: i64) -> String {
    let output = Command::new("date").args(["-u", "-d", &format!("@{seconds}"), "+%FT%TZ"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn answer(call: &Call, pulls: &mut Vec<Value>) -> (u16, String) {
    let (path, query) = call.path.split_once('?').unwrap_or((&call.path, ""));
    if path != format!("/api/v3/repos/{REPOSITORY}/pulls") {
        return (404, "{}".to_owned());
    }
    if call.method == "POST" {
        let branch = call.body["head"].as_str().unwrap();
        // As GitHub: a branch has one open request.
        if pulls.iter().any(|pull| pull["head"]["ref"] == branch && pull["state"] == "open") {
            let message = format!("A pull request already exists for team:{branch}.");
            return (
                422,
                json!({"message": "Validation Failed", "errors": [{"message": message}]}).to_string(),
            );
        }
        let mut new = pull(branch, "open", now());
        new["number"] = json!(pulls.len() + 1);
        new["body"] = call.body["body"].clone();
        new["title"] = call.body["title"].clone();
        new["draft"] = call.body["draft"].clone();
        pulls.push(new.clone());
        return (201, new.to_string());
    }
    let value = |name: &str| {
        let found = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        found.unwrap_or_default().replace("%2F", "/").replace("%3A", ":")
    };
    let head = value("head");
    let is_wanted = |pull: &&Value| {
        let branch = pull["head"]["ref"].as_str().unwrap();
        (head.is_empty() || head == format!("team:{branch}"))
            && (value("state") == "all" || pull["state"] == "open")
    };
    let page: usize = value("page").parse().unwrap_or(1);
    let size: usize = value("per_page").parse().unwrap_or(30);
    let found: Vec<&Value> =
        pulls.iter().rev().filter(is_wanted).skip((page - 1) * size).take(size).collect();
    (200, serde_json::to_string(&found).unwrap())
}
