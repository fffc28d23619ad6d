//! GitLab.

use model::time::instant;
use serde_json::{Value, json};

use super::dialect::{Call, Dialect, Existing, Listed, PAGE, Proposal, State, Which, escaped};
use super::place::Place;

pub(super) struct GitLab;

fn requests(place: &Place) -> String {
    format!("/projects/{}/merge_requests", escaped(&place.path))
}

/// The merge requests of a list, without those of forks: the branch of a fork may have any name.
fn own_entries(answer: &Value) -> impl Iterator<Item = &Value> {
    let entries = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().filter(|entry| entry.get("source_project_id") == entry.get("target_project_id"))
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
        own_entries(answer).filter_map(|entry| self.request(entry)).collect()
    }

    fn open(&self, place: &Place, proposal: &Proposal, is_draft: bool) -> Call {
        let Proposal { branch, onto, title, labels, reviewers, .. } = proposal;
        let title = if is_draft { format!("Draft: {title}") } else { title.clone() };
        let mut description = proposal.body.clone();
        for reviewer in reviewers {
            // A quick action, because the API itself accepts only numbers of users.
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

    fn list(&self, place: &Place, which: Which, onto: &str, page: usize) -> Call {
        let which = match which {
            Which::Open => "opened",
            Which::Newest => "all&order_by=created_at&sort=desc",
        };
        let query = format!("target_branch={}&state={which}&per_page={PAGE}&page={page}", escaped(onto));
        Call::get(format!("{}?{query}", requests(place)), "listing merge requests")
    }

    fn listed(&self, answer: &Value, _onto: &str) -> Vec<Listed> {
        let mut found = Vec::new();
        for entry in own_entries(answer) {
            let text = |name: &str| entry.get(name).and_then(Value::as_str);
            let Some(branch) = text("source_branch") else { continue };
            found.push(Listed {
                branch: branch.to_owned(),
                opened: text("created_at").and_then(instant).map(|(seconds, _)| seconds),
                body: text("description").unwrap_or_default().to_owned(),
            });
        }
        found
    }

    fn adorn(&self, _place: &Place, _proposal: &Proposal, _number: u64) -> Vec<Call> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merge_requests_of_forks_do_not_count() {
        let entry = |project: u64, number: u64| {
            json!({
                "iid": number, "web_url": "https://forge/x", "state": "closed", "source_branch": "pullable/revert/x",
                "source_project_id": project, "target_project_id": 1, "created_at": "1970-01-01T00:00:01.500Z",
                "description": "text",
            })
        };
        let answer = json!([entry(1, 7), entry(2, 8)]);
        let found = GitLab.found(&answer, "main");
        assert_eq!(found.iter().map(|existing| existing.number).collect::<Vec<_>>(), [7]);
        let listed = GitLab.listed(&answer, "main");
        let own = Listed { branch: "pullable/revert/x".to_owned(), opened: Some(1), body: "text".to_owned() };
        assert_eq!(listed, [own]);
    }
}
