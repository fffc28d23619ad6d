//! Gitea and Forgejo, whose API is similar to that of GitHub.

use serde_json::{Value, json};

use super::dialect::{Call, Dialect, Existing, Listed, PAGE, Proposal, Which, escaped};
use super::place::Place;
use super::pulls;

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
        // A draft is a request whose title starts with this word.
        let title = if is_draft { format!("WIP: {title}") } else { title.clone() };
        let body = json!({"title": title, "head": branch, "base": onto, "body": body});
        Call::post(format!("/repos/{}/pulls", place.path), body, "opening a pull request")
    }

    fn request(&self, answer: &Value) -> Option<Existing> {
        let is_merged = answer.get("merged").and_then(Value::as_bool).unwrap_or_default();
        pulls::existing(answer, is_merged)
    }

    fn list(&self, place: &Place, which: Which, _onto: &str, page: usize) -> Call {
        let which = match which {
            Which::Open => "open",
            Which::Newest => "all&sort=recentupdate",
        };
        let query = format!("state={which}&limit={PAGE}&page={page}");
        Call::get(format!("/repos/{}/pulls?{query}", place.path), "listing pull requests")
    }

    fn listed(&self, answer: &Value, onto: &str) -> Vec<Listed> {
        pulls::listed(answer, onto)
    }

    fn adorn(&self, place: &Place, proposal: &Proposal, number: u64) -> Vec<Call> {
        pulls::adorn(place, proposal, number)
    }
}
