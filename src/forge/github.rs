//! GitHub, and GitHub Enterprise Server.

use serde_json::{Value, json};

use super::dialect::{Call, Dialect, Existing, Listed, PAGE, Proposal, Which, escaped};
use super::place::Place;
use super::pulls;

pub(super) struct GitHub;

impl Dialect for GitHub {
    fn authorization(&self, token: &str) -> (&'static str, String) {
        ("Authorization", format!("Bearer {token}"))
    }

    fn find(&self, place: &Place, branch: &str, _onto: &str) -> Call {
        let head = escaped(&format!("{}:{branch}", place.owner()));
        let path = format!("/repos/{}/pulls?head={head}&state=all&per_page=100", place.path);
        Call::get(path, "looking for pull requests")
    }

    fn found(&self, answer: &Value, onto: &str) -> Vec<Existing> {
        let mut found = Vec::new();
        for entry in answer.as_array().map(Vec::as_slice).unwrap_or_default() {
            if entry.pointer("/base/ref").and_then(Value::as_str) == Some(onto) {
                found.extend(self.request(entry));
            }
        }
        found
    }

    fn open(&self, place: &Place, proposal: &Proposal, is_draft: bool) -> Call {
        let Proposal { branch, onto, title, body, .. } = proposal;
        let body = json!({"title": title, "head": branch, "base": onto, "body": body, "draft": is_draft});
        Call::post(format!("/repos/{}/pulls", place.path), body, "opening a pull request")
    }

    fn request(&self, answer: &Value) -> Option<Existing> {
        let is_merged = answer.get("merged_at").is_some_and(|at| !at.is_null());
        pulls::existing(answer, is_merged)
    }

    fn list(&self, place: &Place, which: Which, onto: &str, page: usize) -> Call {
        let which = match which {
            Which::Open => "open",
            Which::Newest => "all&sort=created&direction=desc",
        };
        let query = format!("base={}&state={which}&per_page={PAGE}&page={page}", escaped(onto));
        Call::get(format!("/repos/{}/pulls?{query}", place.path), "listing pull requests")
    }

    fn listed(&self, answer: &Value, onto: &str) -> Vec<Listed> {
        pulls::listed(answer, onto)
    }

    fn adorn(&self, place: &Place, proposal: &Proposal, number: u64) -> Vec<Call> {
        pulls::adorn(place, proposal, number)
    }
}
