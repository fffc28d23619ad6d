//! Pull requests in the API of GitHub, which Gitea and Forgejo follow.

use model::time::instant;
use serde_json::{Value, json};

use super::dialect::{Call, Existing, Listed, Proposal, State};
use super::place::Place;

/// The pull request of an answer; the forges differ in the field that shows a merge.
pub(super) fn existing(answer: &Value, is_merged: bool) -> Option<Existing> {
    let state = match (answer.get("state")?.as_str()?, is_merged) {
        (_, true) => State::Merged,
        ("open", false) => State::Open,
        (_, false) => State::Closed,
    };
    let (number, url) = (answer.get("number")?.as_u64()?, answer.get("html_url")?.as_str()?.to_owned());
    Some(Existing { number, url, state })
}

/// The calls that add labels and reviewers to a pull request.
pub(super) fn adorn(place: &Place, proposal: &Proposal, number: u64) -> Vec<Call> {
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

/// The pull requests of a list that are for a branch. The branch of a fork may have any name, and is left out.
pub(super) fn listed(answer: &Value, onto: &str) -> Vec<Listed> {
    let mut found = Vec::new();
    for entry in answer.as_array().map(Vec::as_slice).unwrap_or_default() {
        let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str);
        let (own, base) = (text("/head/repo/full_name"), text("/base/repo/full_name"));
        if own.is_none() || own != base || text("/base/ref") != Some(onto) {
            continue;
        }
        let Some(branch) = text("/head/ref") else { continue };
        found.push(Listed {
            branch: branch.to_owned(),
            opened: text("/created_at").and_then(instant).map(|(seconds, _)| seconds),
            body: text("/body").unwrap_or_default().to_owned(),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_without_forks_and_other_targets() {
        let entry = |repository: &str, base: &str| {
            json!({
                "head": {"ref": "pullable/revert/x", "repo": {"full_name": repository}},
                "base": {"ref": base, "repo": {"full_name": "team/shop"}},
                "created_at": "1970-01-01T01:00:00+01:00", "body": null,
            })
        };
        let mut deleted = entry("team/shop", "main");
        deleted["head"]["repo"] = Value::Null;
        let answer = json!([
            entry("team/shop", "main"),
            entry("mallory/shop", "main"),
            entry("team/shop", "next"),
            deleted,
            7,
        ]);
        let listed = Listed { branch: "pullable/revert/x".to_owned(), opened: Some(0), body: String::new() };
        assert_eq!(super::listed(&answer, "main"), [listed]);
        assert_eq!(super::listed(&json!({"message": "x"}), "main"), []);
    }
}
