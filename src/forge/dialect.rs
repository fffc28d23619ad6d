//! The calls of a forge, and the way to read its answers.

use serde_json::Value;

use super::place::Place;

/// A request that is to be opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// The branch with the commit.
    pub branch: String,
    /// The branch that it is for.
    pub onto: String,
    /// The title.
    pub title: String,
    /// The text, in Markdown.
    pub body: String,
    /// Names of labels.
    pub labels: Vec<String>,
    /// Names of the users who should review it.
    pub reviewers: Vec<String>,
}

/// A request that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Existing {
    /// Its number.
    pub number: u64,
    /// Its address in a browser.
    pub url: String,
    /// Its state.
    pub state: State,
}

/// The state of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is open.
    Open,
    /// It was closed without a merge.
    Closed,
    /// Merged.
    Merged,
}

impl State {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Merged => "merged",
        }
    }
}

/// A request of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Short name of its branch, which is in the repository itself and not in a fork.
    pub branch: String,
    /// The time of its creation in seconds since 1970; `None` if the forge does not report it.
    pub opened: Option<i64>,
    /// Its text.
    pub body: String,
}

/// The requests of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that are open.
    Open,
    /// All, the newest first.
    Newest,
}

/// A call of the API.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) method: &'static str,
    /// The path below the address of the API, with the query.
    pub(super) path: String,
    pub(super) body: Option<Value>,
    /// The action in words, for messages.
    pub(super) action: &'static str,
}

impl Call {
    pub(super) fn get(path: String, action: &'static str) -> Self {
        Self { method: "GET", path, body: None, action }
    }

    pub(super) fn post(path: String, body: Value, action: &'static str) -> Self {
        Self { method: "POST", path, body: Some(body), action }
    }
}

/// Maximum number of requests of one page of a list: no forge has more.
pub(super) const PAGE: usize = 50;

/// The API of a forge.
pub(super) trait Dialect: Send + Sync {
    /// The header that carries the token.
    fn authorization(&self, token: &str) -> (&'static str, String);

    /// The call that searches requests of a branch, in any state.
    fn find(&self, place: &Place, branch: &str, onto: &str) -> Call;

    /// The requests in an answer to [`find`](Self::find).
    fn found(&self, answer: &Value, onto: &str) -> Vec<Existing>;

    /// The call that opens a request.
    fn open(&self, place: &Place, proposal: &Proposal, is_draft: bool) -> Call;

    /// The request in an answer.
    fn request(&self, answer: &Value) -> Option<Existing>;

    /// The call for one page of a list, from 1, of at most [`PAGE`] requests.
    fn list(&self, place: &Place, which: Which, onto: &str, page: usize) -> Call;

    /// The requests of an answer to [`list`](Self::list) that are for a branch, without those of forks.
    fn listed(&self, answer: &Value, onto: &str) -> Vec<Listed>;

    /// The calls that add labels and reviewers, if the call that opens the request does not.
    fn adorn(&self, place: &Place, proposal: &Proposal, number: u64) -> Vec<Call>;
}

/// A text, escaped as one part of a path or of a query.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
