//! Gitea and Forgejo, whose API is much like that of GitHub.

use serde_json::{Value, json};

use super::dialect::{Call, Dialect, Existing, Proposal, State, escaped};
use super::place::Place;

pub(super) struct Gitea;

impl Dialect for Gitea {
    fn authorization(&self, token: &str) -> (&'static str, String) {
        ("Authorization", format!("token {token}"))
    }

    fn find(&self, place: &Place, branch: &str, onto: &str) -> Call {
        let path = format!("/repos/{}/pulls/{}/{}", place.path, escaped(onto), escaped(branch));
        Call::get(path, "looking for pull requests")
    }

    fn found(&self, answer: &Value, _onto: &str) -> Vec<Existing> {
        self.request(answer).into_iter().collect()
    }

    fn open(&self, place: &Place, proposal: &Proposal, is_draft: bool) -> Call {
        let Proposal { branch, onto, title, body, .. } = proposal;
        // A draft is a request with this word in front.
        let title = if is_draft { format!("WIP: {title}") } else { title.clone() };
        let body = json!({"title": title, "head": branch, "base": onto, "body": body});
        Call::post(format!("/repos/{}/pulls", place.path), body, "opening a pull request")
    }

    fn request(&self, answer: &Value) -> Option<Existing> {
        let is_merged = answer.get("merged").and_then(Value::as_bool).unwrap_or_default();
        let state = match (answer.get("state")?.as_str()?, is_merged) {
            (_, true) => State::Merged,
            ("open", false) => State::Open,
            (_, false) => State::Closed,
        };
        let (number, url) = (answer.get("number")?.as_u64()?, answer.get("html_url")?.as_str()?.to_owned());
        Some(Existing { number, url, state })
    }

    fn adorn(&self, place: &Place, proposal: &Proposal, number: u64) -> Vec<Call> {
        let mut calls = Vec::new();
        if !proposal.labels.is_empty() {
            let path = format!("/repos/{}/issues/{number}/labels", place.path);
            calls.push(Call::post(path, json!({"labels": proposal.labels}), "adding labels"));
        }
        if !proposal.reviewers.is_empty() {
            let path = format!("/repos/{}/pulls/{number}/requested_reviewers", place.path);
            calls.push(Call::post(path, json!({"reviewers": proposal.reviewers}), "asking for reviews"));
        }
        calls
    }
}
