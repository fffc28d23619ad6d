//! GitLab.

use serde_json::{Value, json};

use super::dialect::{Call, Dialect, Existing, Proposal, State, escaped};
use super::place::Place;

pub(super) struct GitLab;

fn requests(place: &Place) -> String {
    format!("/projects/{}/merge_requests", escaped(&place.path))
}

impl Dialect for GitLab {
    fn authorization(&self, token: &str) -> (&'static str, String) {
        ("PRIVATE-TOKEN", token.to_owned())
    }

    fn find(&self, place: &Place, branch: &str, onto: &str) -> Call {
        let (branch, onto) = (escaped(branch), escaped(onto));
        let query = format!("source_branch={branch}&target_branch={onto}&state=all&per_page=100");
        Call::get(format!("{}?{query}", requests(place)), "looking for merge requests")
    }

    fn found(&self, answer: &Value, _onto: &str) -> Vec<Existing> {
        let entries = answer.as_array().map(Vec::as_slice).unwrap_or_default();
        entries.iter().filter_map(|entry| self.request(entry)).collect()
    }

    fn open(&self, place: &Place, proposal: &Proposal, is_draft: bool) -> Call {
        let Proposal { branch, onto, title, labels, reviewers, .. } = proposal;
        let title = if is_draft { format!("Draft: {title}") } else { title.clone() };
        let mut description = proposal.body.clone();
        for reviewer in reviewers {
            // A quick action: the API itself takes numbers of users only.
            description.push_str(&format!("\n/assign_reviewer @{reviewer}\n"));
        }
        let mut body = json!({
            "source_branch": branch, "target_branch": onto, "title": title, "description": description,
            "remove_source_branch": true,
        });
        if let (Some(fields), false) = (body.as_object_mut(), labels.is_empty()) {
            fields.insert("labels".to_owned(), labels.join(",").into());
        }
        Call::post(requests(place), body, "opening a merge request")
    }

    fn request(&self, answer: &Value) -> Option<Existing> {
        let state = match answer.get("state")?.as_str()? {
            "merged" => State::Merged,
            "opened" | "locked" => State::Open,
            _ => State::Closed,
        };
        let (number, url) = (answer.get("iid")?.as_u64()?, answer.get("web_url")?.as_str()?.to_owned());
        Some(Existing { number, url, state })
    }

    fn adorn(&self, _place: &Place, _proposal: &Proposal, _number: u64) -> Vec<Call> {
        Vec::new()
    }
}
